"""From what machines and persons said to answers: nothing is green by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.manage.comply.answering import (
    control_answers,
    coverage,
    rule_answers,
    words_of,
)
from millwright.manage.comply.scope import holds, scope_of
from millwright.model.checked import WORST, Word
from millwright.model.compliance import Books, Control, When
from millwright.model.scan import Scan, ScanRow
from millwright.model.spec import Factory
from millwright.model.standing import Done
from tests.unit.manage.comply.scenes import NOW, ground, node, recording

DAY = NOW.date()


def _word(kind: str, control: str, **more: Any) -> Word:
    told = {
        "id": f"{kind}-{control}", "kind": kind, "control": control, "at": "2026-11-01T08:00:00Z",
        "by": "root", "owner": "Ann", "reason": "because it is so", **more,
    }  # fmt: skip
    return Word.model_validate(told)


def test_nothing_is_answered_where_nobody_said_anything(factory: Factory, books: Books) -> None:
    names = list(books.controls)
    told = control_answers(ground(factory, books), books, (), names)
    good = {name for name, each in told.items() if each.answer in ("pass", "attested")}
    # What the spec itself shows is all that can be known without a machine and a person.
    assert good <= {"data-placed"}


def test_every_control_with_machines_is_unknown_where_no_node_was_asked(
    factory: Factory, books: Books
) -> None:
    told = control_answers(ground(factory, books), books, (), ["access-keys", "rest-encrypted"])
    assert {each.answer for each in told.values()} == {"unknown"}


def test_a_healthy_node_passes_and_one_of_many_that_does_not_is_named(
    factory: Factory, books: Books
) -> None:
    names = ["access-keys", "rest-encrypted", "access-unique", "access-logoff", "files-unchanged",
             "audit-clocks", "updates-applied", "logins-watched", "logs-kept"]  # fmt: skip
    healthy = recording(gpu1=node(), gpu2=node())
    told = control_answers(ground(factory, books, healthy), books, (), names)
    assert {each.answer for each in told.values()} == {"pass"}
    open_ = recording(gpu1=node(), gpu2=node(sshd="permitrootlogin yes\n"))
    bad = control_answers(ground(factory, books, open_), books, (), ["access-keys"])
    (answer,) = bad.values()
    assert answer.answer == "fail"
    assert list(answer.testimony[0].nodes) == ["gpu2"]


def test_a_node_of_the_design_that_nobody_asked_is_unknown(factory: Factory, books: Books) -> None:
    there = ground(factory, books, recording(gpu1=node()), hosts=("gpu1", "gpu9"))
    (answer,) = control_answers(there, books, (), ["access-keys"]).values()
    assert answer.answer == "unknown"
    assert answer.testimony[0].nodes["gpu9"] == "unknown: it was not asked"


def test_what_simulated_machines_show_says_so(factory: Factory, books: Books) -> None:
    heard = replace(recording(gpu1=node()), simulated=frozenset({"gpu1"}))
    (answer,) = control_answers(
        ground(factory, books, heard), books, (), ["access-keys"]
    ).values()  # fmt: skip
    assert (answer.answer, answer.simulated) == ("pass", True)


def test_old_facts_count_as_none(factory: Factory, books: Books) -> None:
    heard = replace(recording(gpu1=node()), at="2026-10-01T00:00:00Z")
    (answer,) = control_answers(ground(factory, books, heard), books, (), ["access-keys"]).values()
    assert answer.answer == "unknown"
    assert "56 days old, and good for 7" in answer.why


def test_a_person_answers_until_the_day_and_no_longer(factory: Factory, books: Books) -> None:
    word = _word("attestation", "risk-analysed", expires="2026-12-01")
    (answer,) = control_answers(
        ground(factory, books), books, (word,), ["risk-analysed"]
    ).values()  # fmt: skip
    assert (answer.answer, answer.due) == ("attested", "2026-12-01")
    ended = word.model_copy(update={"expires": "2026-11-25"})
    (answer,) = control_answers(
        ground(factory, books), books, (ended,), ["risk-analysed"]
    ).values()  # fmt: skip
    assert (answer.answer, answer.stale) == ("unanswered", True)


def test_an_attestation_never_stands_for_what_machines_found_wrong(
    factory: Factory, books: Books
) -> None:
    heard = recording(gpu1=node(sshd="permitrootlogin yes\n"))
    word = _word("attestation", "access-keys")
    (answer,) = control_answers(
        ground(factory, books, heard), books, (word,), ["access-keys"]
    ).values()  # fmt: skip
    assert answer.answer == "fail"


def test_a_withdrawn_word_counts_no_more(factory: Factory, books: Books) -> None:
    word = _word("attestation", "risk-analysed")
    gone = _word("withdrawal", "risk-analysed", of=word.id)
    standing = words_of((word, gone), books.controls["risk-analysed"], DAY)
    assert not standing.holds


def test_a_waiver_that_ended_is_a_fail(factory: Factory, books: Books) -> None:
    heard = recording(gpu1=node(mounts=None))
    word = _word("waiver", "transit-files", expires="2026-11-20", instead="an isolated fabric")
    there = ground(factory, books, heard)
    (answer,) = control_answers(there, books, (word,), ["transit-files"]).values()
    assert answer.answer == "fail"
    fresh = word.model_copy(update={"expires": "2027-01-01"})
    (answer,) = control_answers(there, books, (fresh,), ["transit-files"]).values()
    assert answer.answer == "waived"


def test_rdma_is_answered_by_a_compensating_measure_where_the_control_allows_one(
    factory: Factory, books: Books
) -> None:
    mounts = {"/m": {"source": "10.20.0.9:/e", "kind": "nfs4", "options": ["proto=rdma"]}}
    there = ground(factory, books, recording(gpu1=node(mounts=mounts)))
    word = _word("compensating", "transit-files", instead="partition key, isolated fabric")
    (answer,) = control_answers(there, books, (word,), ["transit-files"]).values()
    assert answer.answer == "compensating"
    never = Books.model_construct(
        None, packs=books.packs, rules=books.rules,
        controls={"transit-files": books.controls["transit-files"].model_copy(
            update={"compensable": False})},
    )  # fmt: skip
    (answer,) = control_answers(there, never, (word,), ["transit-files"]).values()
    assert answer.answer == "fail"


def test_a_role_that_a_host_cannot_show_is_not_proven(factory: Factory, books: Books) -> None:
    row = Done("gpu1", "firewall", "x", "not testable", "r1", "2026-11-26T08:00:00Z")
    there = ground(factory, books, ledger={("gpu1", "firewall"): row})
    (answer,) = control_answers(there, books, (), ["ports-closed"]).values()
    assert answer.answer == "unknown"
    proven = replace(row, standing="proven")
    there = ground(factory, books, ledger={("gpu1", "firewall"): proven})
    (answer,) = control_answers(there, books, (), ["ports-closed"]).values()
    assert answer.answer == "pass"


def test_a_scan_spoils_a_paragraph_and_never_gives_it(factory: Factory, books: Books) -> None:
    def scan(*results: str) -> Scan:
        rows = tuple(
            ScanRow.model_validate({"rule": f"r{n}", "result": result, "refs": ["164.312(d)"]})
            for n, result in enumerate(results)
        )
        return Scan(tool="oscap", kind="baseline", node="gpu1", at="2026-11-25T00:00:00Z",
                    sha256="0" * 64, file="r.xml", imported="x", rows=rows)  # fmt: skip

    pack = books.packs["hipaa"]
    heard = recording(gpu1=node())

    def answer(*scans: Scan) -> tuple[str, str]:
        there = ground(factory, books, heard, scans=scans)
        controls = control_answers(there, books, (), ["access-keys"])
        rules = rule_answers(there, books, [pack], controls)
        found = next(rule for rule in rules if rule.ref == "164.312(d)")
        return found.answer, found.why

    assert answer()[0] == "pass"
    assert answer(scan("pass", "not-covered"))[0] == "pass"
    assert "1 not covered" in answer(scan("pass", "not-covered"))[1]
    assert answer(scan("pass", "fail"))[0] == "fail"


def test_coverage_counts_every_paragraph_once(factory: Factory, books: Books) -> None:
    there = ground(factory, books, recording(gpu1=node()))
    pack = books.packs["hipaa"]
    names = [name for rule in books.of("hipaa") for name in rule.controls]
    rules = rule_answers(there, books, [pack], control_answers(there, books, (), names))
    (told,) = coverage([pack], rules)
    assert sum(told.counts.values()) == told.total == len(books.of("hipaa"))


@given(st.lists(st.sampled_from(WORST), min_size=1))
def test_the_worst_of_answers_is_one_of_them(answers: list[str]) -> None:
    assert next(each for each in WORST if each in answers) in answers


def test_every_paragraph_is_answered_by_a_control_and_every_control_answers_one(
    books: Books,
) -> None:
    assert all(rule.controls for pack in books.packs for rule in books.of(pack))
    used = {name for rule in books.rules for name in rule.controls}
    assert not set(books.controls) - used


def test_what_is_proposed_or_guidance_holds_on_wish_alone(factory: Factory, books: Books) -> None:
    scope = scope_of(factory, books, (), ())
    assert [note.name for note in scope.packs] == ["hipaa"]
    suggested = {note.name for note in scope.suggested}
    assert "breach-safe-harbor" in suggested
    assert not any(books.packs[name].on_wish for name in suggested)


@pytest.mark.parametrize(
    ("when", "right"),
    [
        (When(), True),
        (When(jurisdictions=("US",)), True),
        (When(jurisdictions=("CH",)), False),
        (When(eu=True), False),
        (When(data=("controlled-genomic",)), False),
        (When(data=("phi",), kinds=("imaging-inference",)), True),
    ],
)
def test_a_pack_holds_by_place_data_and_kind(factory: Factory, when: When, right: bool) -> None:
    assert holds(when, factory, ("phi", "deidentified")) is right


def test_a_control_that_nobody_answers_is_refused() -> None:
    with pytest.raises(ValueError, match="asks or attest"):
        Control(id="x", title="nothing")
