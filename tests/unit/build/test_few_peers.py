"""Few peers: who is plainly off among eight devices is asked again, and never passed in silence."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from millwright.build.judge.outliers import Against, Suspect
from millwright.build.judge.repeats import History, Seen
from millwright.build.judge.repeats import judged as judged_alone
from millwright.build.judge.traits import trait_of
from millwright.build.judge.verdicts import Terms, judge
from millwright.model.verdict import Verdict, VerdictDocument
from millwright.probes.metrics import ALL
from tests.unit.build.fleet import Row, columns, healthy


def one_node(seed: int, share: float, *, attempts: int = 1, spread: float = 0.003) -> list[Row]:
    """Return a GEMM on the eight GPUs of a node, of which gpu3 reaches a share."""
    dice = random.Random(seed)
    own = [700 * (share if at == 3 else dice.gauss(1, spread)) for at in range(8)]
    return [
        Row("n0", "gemm_bf16_tflops", value * dice.gauss(1, 0.001), f"gpu{at}",
            attempt=attempt, moment=attempt)
        for at, value in enumerate(own)
        for attempt in range(1, attempts + 1)
    ]  # fmt: skip


def judged(rows: list[Row]) -> VerdictDocument:
    """Return the verdict over some rows, with no bar and no plan."""
    return judge(columns(rows), Terms())


@pytest.mark.parametrize("attempts", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(25))
def test_a_gpu_at_four_fifths_of_seven_peers_is_never_passed(seed: int, attempts: int) -> None:
    node = judged(one_node(seed, 0.8, attempts=attempts)).nodes["n0"]
    assert node.verdict in (Verdict.WARN, Verdict.FAIL)
    assert {each.device for each in node.findings} == {"gpu3"}
    assert {each.disposition for each in node.findings} <= {"retest", "rma"}


def test_whom_only_its_size_marks_is_asked_again_and_after_three_times_told_to_need_a_bar() -> None:
    told = [judged(one_node(seed, 0.8, attempts=3)).nodes["n0"] for seed in range(25)]
    warned = [node.findings[0] for node in told if node.verdict is Verdict.WARN]
    assert warned
    assert all("hold it against a bar" in finding.reason for finding in warned)
    assert {finding.disposition for finding in warned} == {"retest"}


@pytest.mark.parametrize("seen", Seen)
@pytest.mark.parametrize("count", [1, 2, 3, 9])
@pytest.mark.parametrize("against", ["peers", "siblings", "nodes"])
def test_whom_only_its_size_marks_fails_nothing_whatever_its_repeats_say(
    seen: Seen, count: int, against: Against
) -> None:
    suspect = Suspect(0, against, 1e6, 1e6, 1e6, 8, sure=False, by_size=True)
    history = History(seen, (1.0,) * count, count)
    for trait in {trait_of(name) for name in ("nobody_knows_it", *(each.name for each in ALL))}:
        verdict, disposition = judged_alone(trait, history, suspect)
        assert verdict < Verdict.UNKNOWN
        assert disposition != "rma"


def test_once_of_three_times_is_still_cleared_among_few() -> None:
    rows = [
        replace(row, value=700.0 + row.attempt) if row.device == "gpu3" and row.attempt > 1 else row
        for row in one_node(1, 0.8, attempts=3)
    ]
    assert judged(rows).nodes["n0"].verdict is Verdict.PASS


def test_who_is_only_a_little_off_among_few_is_left_alone() -> None:
    assert {judged(one_node(seed, 0.985)).nodes["n0"].verdict for seed in range(25)} == {
        Verdict.PASS
    }


def test_a_node_whose_eight_devices_are_slow_beside_three_other_nodes_is_not_passed() -> None:
    rows = [
        replace(row, value=row.value * 0.8) if row.node == "n001" else row
        for row in healthy(1, 4)
    ]  # fmt: skip
    document = judged(rows)
    assert document.nodes["n001"].verdict > Verdict.PASS
    assert {name for name, node in document.nodes.items() if node.verdict > Verdict.PASS} == {
        "n001"
    }


def test_a_node_with_versions_of_its_own_is_told_to_stand_alone() -> None:
    rows = [
        replace(row, env={"driver": "550.2" if row.node == "n003" else "550.1"})
        for row in healthy(3, 8)
    ]
    document = judged(rows)
    notes = {each.note for each in document.populations if "driver=550.2" in each.conditions}
    assert all("n003 stands alone among its own devices" in note for note in notes)
    assert any("n003" in note and "driver=550.2" in note for note in document.notes)
    alike = judged(healthy(3, 8))
    assert not any("alone" in each.note for each in alike.populations)


def test_eight_runs_of_which_one_has_late_steps_are_asked_again_and_blamed_by_no_rate() -> None:
    dice = random.Random(5)
    rows = [
        Row(f"n{node}", "step_time", dice.gauss(0.4, 0.002) * (1.5 if late else 1), unit="s",
            moment=step)
        for node in range(8)
        for step in range(100)
        for late in [node == 3 and step % 20 == 0]
    ]  # fmt: skip
    document = judged(rows)
    assert {name for name, node in document.nodes.items() if node.findings} == {"n3"}
    assert document.nodes["n3"].findings[0].disposition == "retest"


def test_one_late_step_that_no_peer_has_is_asked_again_and_blames_nobody() -> None:
    dice = random.Random(6)
    rows = [
        Row(f"n{node:02d}", "step_time", dice.gauss(0.4, 0.002) * (1.5 if late else 1), unit="s",
            attempt=attempt, moment=step)
        for node in range(40)
        for attempt in (1, 2)
        for step in range(120)
        for late in [node == 7 and step == 60]
    ]  # fmt: skip
    document = judged(rows)
    assert {name for name, node in document.nodes.items() if node.findings} == {"n07"}
    finding = document.nodes["n07"].findings[0]
    assert (finding.verdict, finding.disposition) == (Verdict.WARN, "retest")
    assert "its worst sample is 1.5" in finding.reason


def test_a_version_that_others_do_not_say_counts_as_one_of_its_own() -> None:
    rows = [
        replace(row, env={"driver": "1", "vbios": "2"} if row.node == "n003" else {"driver": "3"})
        for row in healthy(3, 8)
    ]
    notes = [each.note for each in judged(rows).populations if "vbios=2" in each.conditions]
    assert notes
    assert all("driver=1, vbios=2" in note for note in notes)
