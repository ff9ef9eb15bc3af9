"""`manage comply` as a person meets it: scope, check, report; wrong input, pipes and statuses."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from millwright.adapters.recordedfacts import write_recording
from tests.conftest import Run
from tests.unit.manage.comply.scenes import HEALTHY, node, recording

SPEC = Path(__file__).parents[2] / "examples" / "regional-health.yaml"


@pytest.fixture
def hospital(tmp_path: Path) -> Path:
    """A workspace with a spec, and a recording of three nodes beside it."""
    folder = tmp_path / "hospital"
    folder.mkdir()
    (folder / "factory.yaml").write_text(SPEC.read_text(encoding="utf-8"), encoding="utf-8")
    planted = {"source": "nfs.elsewhere.example:/v", "kind": "nfs4", "options": ["sec=sys"]}
    mounts = {**HEALTHY["mounts"], "/mnt/research": planted}
    write_recording(tmp_path / "facts", recording(gpu1=node(), gpu2=node(mounts=mounts)))
    return folder


def test_the_scope_says_what_holds_and_what_seems_to(hospital: Path, run: Run) -> None:
    done = run("-C", str(hospital), "manage", "comply", "scope", "--json")
    told = json.loads(done.out)
    assert [note["name"] for note in told["packs"]] == ["hipaa"]
    assert told["zones"]["phi"] == ["campus", "clinic-north"]


def test_a_check_on_recorded_facts_is_kept_and_reported(hospital: Path, run: Run) -> None:
    facts = str(hospital.parent / "facts")
    done = run("-C", str(hospital), "manage", "comply", "check", "--from", facts)
    assert done.status == 1
    assert "gpu2: /mnt/research comes with sec=sys" in done.out
    assert "fail        data-resident" in done.out
    out = hospital.parent / "out"
    done = run("-C", str(hospital), "manage", "comply", "report", "--out", str(out))
    assert done.status == 1
    page = (out / "compliance.html").read_text(encoding="utf-8")
    assert "nfs.elsewhere.example" in page
    assert (out / "compliance.pdf").read_bytes().startswith(b"%PDF")
    assert {path.name for path in out.iterdir()} >= {"paragraphs.csv", "access.csv", "ways.csv"}
    done = run("-C", str(hospital), "evidence", "verify")
    assert "comply" in done.out


def test_kept_evidence_is_read_back_and_nobody_is_asked(hospital: Path, run: Run) -> None:
    done = run("-C", str(hospital), "manage", "comply", "check", "--kept", "--json")
    assert done.status == 3
    told = json.loads(done.out)
    assert {control["answer"] for control in told["controls"]} <= {"unknown", "unanswered"}


def test_a_rule_book_that_nobody_has_is_named_with_its_line(hospital: Path, run: Run) -> None:
    path = hospital / "factory.yaml"
    path.write_text(path.read_text().replace("[hipaa]", "[hippa]"))
    done = run("-C", str(hospital), "manage", "comply", "scope")
    assert done.status == 2
    assert "compliance.frameworks[0]" in done.err
    assert "did you mean 'hipaa'?" in done.err


def test_a_sites_own_control_that_asks_nobody_is_refused(hospital: Path, run: Run) -> None:
    own = hospital / "catalog" / "compliance"
    own.mkdir(parents=True)
    (own / "state.yaml").write_text(
        "schema: millwright.compliance/1\ncontrols:\n"
        "  - {id: own, title: Ours, asks: ['facts:nothing']}\n"
    )
    done = run("-C", str(hospital), "manage", "comply", "packs")
    assert done.status == 2
    assert "state.yaml:3" in done.err
    assert "facts:nothing" in done.err


BENT = {
    "its reason": ("UPDATE compliance_words SET document = replace(document, 'of May', 'of June')"),
    "and its signature": (
        "UPDATE compliance_words SET document = json_set(document, '$.reason', 'of June',"
        " '$.key', NULL, '$.signature', NULL)"
    ),
}


@pytest.mark.parametrize("how", BENT)
def test_a_signed_word_that_was_bent_is_told_and_counts_no_more(
    hospital: Path, run: Run, how: str
) -> None:
    key = {"MILLWRIGHT_EVIDENCE_KEY": str(hospital.parent / "keys" / "k")}
    at = ("-C", str(hospital))
    assert run(*at, "evidence", "key", **key).status == 0
    words = ("--owner", "Ann Lee", "--reason", "analysis of May")
    said = run(*at, "manage", "comply", "attest", "risk-analysed", *words, **key)
    assert (said.status, "; signed" in said.out) == (0, True), said.err
    check = ("manage", "comply", "check", "--kept", "--json")
    assert _answers(run(*at, *check).out)["risk-analysed"] == "attested"
    with closing(sqlite3.connect(hospital / "state.db")) as book:
        book.execute(BENT[how])
        book.commit()
    bent = run(*at, *check)
    assert "word w1 of risk-analysed" in bent.err
    assert _answers(bent.out)["risk-analysed"] == "unanswered"


def _answers(told: str) -> dict[str, str]:
    return {each["control"]: each["answer"] for each in json.loads(told)["controls"]}
