"""Looking ahead: why a step is needed, whom it disturbs, what runs there, how long it takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.deploy.blast import allowance, disturbed, refusals
from millwright.deploy.estimate import estimated, expected_of, seconds_for
from millwright.deploy.inputs import Inputs
from millwright.deploy.plan import Plan, plan
from millwright.deploy.reasons import FILES, Reading, differences, reasons
from millwright.deploy.workload import Job, Work, question, work
from millwright.errors import MillwrightError
from millwright.model.catalog import Catalog
from millwright.model.standing import Done, Took
from millwright.ports import Answer
from millwright.reports.foresight import (
    Ahead,
    HitAhead,
    StepAhead,
    TimeAhead,
    WorkAhead,
    ahead_lines,
    ahead_table,
)
from tests.unit.deploy.fakes import ROLES, TEXTS, Book, lab_inputs

NODES = frozenset({"gpu1", "gpu2", "gpu3", "gpu4"})
QUIET = Work(states=dict.fromkeys(NODES, "idle"))


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 4)


class Kept(dict[str, dict[str, Any]]):
    """Inputs in memory, by their digest."""

    def inputs(self, input_hash: str) -> dict[str, Any] | None:
        return self.get(input_hash)


def done_all(inputs: Inputs) -> tuple[Book, Kept]:
    """Return a ledger in which everything stands, and what was read for it."""
    book, kept = Book(), Kept()
    files = {role.name: {"a.yml": "1"} for role in ROLES}
    reading = Reading(inputs, files)
    for step in plan(ROLES, inputs, {}, TEXTS).steps:
        book.put(Done(step.host, step.role.name, step.input_hash, "proven", "r", "now"))
        kept[step.input_hash] = reading.of(step.role, step.host)
    return book, kept


def with_sysctl(inputs: Inputs, key: str, value: str) -> Inputs:
    nodes = {}
    for name, node in inputs.nodes.items():
        changed = tuple(
            p.model_copy(update={"value": value}) if p.key == key else p
            for p in node.parameters.sysctl
        )
        table = node.parameters.model_copy(update={"sysctl": changed})
        nodes[name] = node.model_copy(update={"parameters": table})
    return inputs.model_copy(update={"nodes": nodes})


def why(made: Plan, book: Book, inputs: Inputs, kept: Kept) -> dict[str, set[tuple[str, ...]]]:
    reading = Reading(inputs, {role.name: {"a.yml": "1"} for role in ROLES})
    told: dict[str, set[tuple[str, ...]]] = {}
    for (role, _), words in reasons(made, book.rows(), reading, kept).items():
        told.setdefault(role, set()).add(words)
    return told


def test_a_changed_parameter_is_named_with_what_it_was(inputs: Inputs) -> None:
    book, kept = done_all(inputs)
    changed = with_sysctl(inputs, "vm.max_map_count", "300000")
    made = plan(ROLES, changed, book.rows(), TEXTS)
    name = "node.parameters.sysctl[vm.max_map_count].value 262144 -> 300000"
    assert why(made, book, changed, kept) == {"kernel-parameters": {(name,)}}


def test_a_new_host_is_named_where_the_others_must_know_it(
    catalog: Catalog, inputs: Inputs
) -> None:
    book, kept = done_all(inputs)
    grown = lab_inputs(catalog, 5)
    made = plan(ROLES, grown, book.rows(), TEXTS)
    told = why(made, book, grown, kept)
    assert told["names"] == {("factory.hosts[gpu5] is new",)}
    assert any("gpu[1-5]" in words[0] for words in told["slurm-controller"])


def test_changed_files_of_a_role_are_named(inputs: Inputs) -> None:
    book, kept = done_all(inputs)
    made = plan(ROLES, inputs, book.rows(), {**TEXTS, "limits": "other"})
    reading = Reading(inputs, {"limits": {"a.yml": "2", "b.yml": "1"}})
    told = set(reasons(made, book.rows(), reading, kept).values())
    assert told == {(f"{FILES}: a.yml changed", f"{FILES}: b.yml new")}


def test_several_changed_files_of_one_role_are_told_together() -> None:
    now = {f"roles/daemon/tasks/{n}.yml": "1" for n in range(9)}
    assert list(differences({FILES: {}}, {FILES: now})) == [f"{FILES}: 9 files of roles/daemon"]


def test_what_was_not_kept_is_said_and_never_guessed(inputs: Inputs) -> None:
    book, _ = done_all(inputs)
    changed = with_sysctl(inputs, "vm.max_map_count", "300000")
    made = plan(ROLES, changed, book.rows(), TEXTS)
    told = why(made, book, changed, Kept())
    assert told == {"kernel-parameters": {("what it read then was not kept",)}}


def test_a_failed_step_tells_what_was_found_then(inputs: Inputs) -> None:
    book, kept = done_all(inputs)
    book.put(replace(book.kept["gpu2", "dcgm"], standing="failed", detail="7 GPUs found"))
    made = plan(ROLES, inputs, book.rows(), TEXTS)
    assert [step.why for step in made.steps] == ["failed before"]
    assert why(made, book, inputs, kept) == {"dcgm": {("7 GPUs found",)}}


def test_many_differences_are_counted_and_not_listed() -> None:
    told = list(differences({"x": {}}, {"x": {str(n): n for n in range(20)}}))
    assert len(told) == 20


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=12,
    )
)
def test_the_same_is_never_different(value: Any) -> None:
    assert list(differences({"x": value}, {"x": value})) == []


def test_a_first_deployment_disturbs_nobody_and_needs_no_flag(inputs: Inputs) -> None:
    made = plan(ROLES, inputs, {}, TEXTS)
    hit = disturbed(made, {}, frozenset())
    assert hit == ()
    unknown = Work(unknown="head-1 has no Slurm", absent=True)
    assert refusals(hit, allowance(None, (), jobs=False), unknown, frozenset()) == ()


def test_the_table_names_restarts_only_where_something_runs() -> None:
    steps = tuple(StepAhead("munge", host, "changed", (), ("munge",)) for host in ("gpu1", "gpu2"))
    time = TimeAhead("no history", None, False, ())
    hits = (HitAhead("gpu2", ("munge",), ()),)

    def ahead(hit: tuple[HitAhead, ...]) -> Ahead:
        return Ahead(steps, 0, hit, WorkAhead("nothing"), time, (), (), False)

    rows = ahead_table(ahead(hits)).rows
    assert [(row[1], row[4]) for row in rows] == [("gpu1", ""), ("gpu2", "munge")]
    assert "disturbs: gpu2 (1): munge" in list(ahead_lines(ahead(hits)))
    quiet = ahead(())
    assert [row[4] for row in ahead_table(quiet).rows] == [""]
    assert "disturbs: nothing that runs there is restarted" in list(ahead_lines(quiet))


def changed_driver(inputs: Inputs) -> tuple[Plan, Book]:
    book, _ = done_all(inputs)
    return plan(ROLES, inputs, book.rows(), {**TEXTS, "gpu-driver": "other"}), book


def test_a_changed_driver_disturbs_its_hosts_and_may_want_a_reboot(inputs: Inputs) -> None:
    made, book = changed_driver(inputs)
    hit = disturbed(made, book.rows(), NODES)
    assert {each.host for each in hit} == NODES
    assert hit[0].restarts == ("the GPUs' driver",)
    assert "reboot" in hit[0].reboots[0]


def test_a_new_role_disturbs_where_the_scheduler_runs_and_nowhere_else(inputs: Inputs) -> None:
    book, _ = done_all(inputs)
    del book.kept["gpu2", "gpu-driver"]
    made = plan(ROLES, inputs, book.rows(), TEXTS)
    assert [each.host for each in disturbed(made, book.rows(), NODES)] == ["gpu2"]
    assert disturbed(made, book.rows(), frozenset()) == ()


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        (None, False),
        ("4", False),
        ("3", True),
        ("0", True),
        ("100%", False),
        ("50%", True),
        ("gpu[1-4]", False),
        ("gpu[1-3]", True),
    ],
)
def test_only_what_was_allowed_is_disturbed(
    inputs: Inputs, said: str | None, refused: bool
) -> None:
    made, book = changed_driver(inputs)
    hit = disturbed(made, book.rows(), NODES)
    allowed = allowance(said, tuple(inputs.nodes), jobs=False)
    assert bool(refusals(hit, allowed, QUIET, NODES)) is refused


def test_hosts_outside_are_named(inputs: Inputs) -> None:
    made, book = changed_driver(inputs)
    hit = disturbed(made, book.rows(), NODES)
    told = refusals(hit, allowance("gpu[1-2]", tuple(inputs.nodes), jobs=False), QUIET, NODES)
    assert told == ("it disturbs gpu[3-4] (2), which --allow does not name",)


@pytest.mark.parametrize("said", ["", "-1", "101%", "%", "@all", "gpu9", "1e3", "٣"])
def test_an_allowance_that_is_none_is_refused(inputs: Inputs, said: str) -> None:
    with pytest.raises(MillwrightError):
        allowance(said, tuple(inputs.nodes), jobs=False)


def test_nodes_with_jobs_are_left_alone_unless_that_is_wanted(inputs: Inputs) -> None:
    made, book = changed_driver(inputs)
    hit = disturbed(made, book.rows(), NODES)
    busy = replace(QUIET, jobs=(Job("17", "ada", "RUNNING", ("gpu3",)),))
    names = tuple(inputs.nodes)
    told = refusals(hit, allowance(None, names, jobs=False), busy, NODES)
    assert told == ("1 jobs of ada run on gpu3 (1)",)
    assert refusals(hit, allowance(None, names, jobs=True), busy, NODES) == ()


def test_a_silent_scheduler_is_no_word_that_nothing_runs(inputs: Inputs) -> None:
    made, book = changed_driver(inputs)
    hit = disturbed(made, book.rows(), NODES)
    silent = Work(unknown="Slurm on head-1 does not answer")
    told = refusals(hit, allowance(None, tuple(inputs.nodes), jobs=False), silent, NODES)
    assert told[0].startswith("jobs may run on gpu[1-4] (4): what runs there is UNKNOWN")


def answer(out: str, status: int = 0, err: str = "") -> Answer:
    return Answer("head-1", question(), "exit", status, 0.1, out.encode(), err.encode())


def test_what_slurm_says_is_read() -> None:
    jobs = "17 ada RUNNING gpu[1-2]\n18_1 ben SUSPENDED gpu2\n"
    found = work(answer(f"gpu1 mixed\ngpu2 drained*\ngpu1 mixed\n--\n{jobs}"))
    assert found.states == {"gpu1": "mixed", "gpu2": "drained*"}
    assert [job.id for job in found.on(["gpu2"])] == ["17", "18_1"]
    assert found.told() == "2 jobs run, on gpu[1-2]"
    assert work(answer("gpu1 idle\n--\n")).told() == "Slurm knows of no job on its 1 nodes"


@pytest.mark.parametrize(
    "given_answer",
    [
        answer("", 127),
        answer("", 1, "slurm_load_partitions: Unable to contact slurm controller"),
        answer("gpu1 idle\n"),
        answer("gpu1 idle\n--\n17 ada RUNNING @all\n"),
        answer("gpu1 idle\n--\n17 ada\n"),
        replace(answer("gpu1 idle\n--\n"), dropped_bytes=1),
        Answer("head-1", question(), "lost", None, 0.0, reason="no route"),
        Answer("head-1", question(), "timeout", None, 20.0, b"gpu1 idle\n--\n"),
    ],
)
def test_no_answer_is_ever_read_as_no_job(given_answer: Answer) -> None:
    found = work(given_answer)
    assert found.unknown
    assert "UNKNOWN" in found.told()


def took(role: str, hosts: int, seconds: float, first: bool = True) -> Took:
    return Took(f"r{hosts}", role, hosts, first, seconds)


def test_without_history_no_number_is_said(inputs: Inputs) -> None:
    made = plan(ROLES, inputs, {}, TEXTS)
    found = estimated(made, ())
    assert found.seconds is None
    assert found.told() == "no history yet to tell how long it takes"


def test_a_part_without_history_makes_it_at_least(inputs: Inputs) -> None:
    made = plan(ROLES[:2], inputs, {}, TEXTS)
    found = estimated(made, [took("names", 5, 40.0)])
    assert found.told() == "at least 40 s, from 1 earlier run; no history yet of limits"
    assert expected_of(made, [took("names", 5, 40.0)]) == {"names": 40.0}


def test_a_repeated_role_is_not_told_from_a_first_time(inputs: Inputs) -> None:
    made = plan(ROLES[:1], inputs, {}, TEXTS)
    assert estimated(made, [took("names", 5, 4.0, first=False)]).seconds is None


def test_more_hosts_than_ever_take_at_least_as_long(inputs: Inputs) -> None:
    made = plan(ROLES[:1], inputs, {}, TEXTS)
    found = estimated(made, [took("names", 2, 10.0), took("names", 3, 30.0)])
    assert (found.seconds, found.at_least) == (30.0, True)


@given(
    st.dictionaries(st.integers(1, 1000), st.floats(0.1, 1e4), min_size=1),
    st.integers(1, 2000),
)
def test_an_estimate_lies_among_what_was_measured(measured: dict[int, float], count: int) -> None:
    ordered = dict(sorted(measured.items()))
    found = seconds_for(count, ordered)
    assert min(ordered.values()) - 1e-6 <= found <= max(ordered.values()) + 1e-6
