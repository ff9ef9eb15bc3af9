"""A test that measured nothing stands in the verdict once, with the reason that the run knows."""

from __future__ import annotations

from datetime import date

import pytest

from millwright.build.judge.waivers import Accepted
from millwright.build.plan import Wish, plan
from millwright.build.reasons import doubted, with_reasons
from millwright.build.running import turn_id
from millwright.build.schedule import turns
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Came, Outcome
from millwright.model.verdict import NodeVerdict, Verdict, VerdictDocument, VerdictFinding
from millwright.model.waiver import Waiver
from tests.unit.build.plans import basis

OK = NodeVerdict(verdict=Verdict.PASS, gates=Verdict.PASS, outliers=Verdict.PASS, completeness=1.0)


PLAN = plan(basis(), Wish(tests=frozenset({"gpu-inventory"})))
"""One turn on each of gpu1 and gpu2."""


def planned(test: str) -> BuildPlan:
    """Return a standard plan that holds one test alone."""
    return plan(basis(), Wish(class_="standard", tests=frozenset({test})))


def measured(made: BuildPlan, turns_done: int) -> list[Outcome]:
    """Return what came of a run that was killed after so many turns, all of them well."""
    return [
        Outcome(at="2026-01-05T10:00:00Z", node=node, test=test, number=number, came="measured")
        for test, number, node in map(turn_id, turns(made)[:turns_done])
    ]


def missing(test: str, device: str) -> VerdictFinding:
    return VerdictFinding(
        metric="gpu_memory_total",
        device=device,
        test=test,
        kind="missing",
        reason="not measured",
        verdict=Verdict.UNKNOWN,
    )


def judged(**nodes: NodeVerdict) -> VerdictDocument:
    return VerdictDocument(
        verdict=Verdict.PASS,
        completeness=0.9,
        expected_from="plan",
        simulated=False,
        platform="bare-metal",
        measurements=1,
        nodes=nodes,
    )


def came(came: Came, reason: str, test: str = "gpu-inventory") -> Outcome:
    return Outcome(at="2026-01-05T10:00:00Z", node="gpu1", test=test, came=came, reason=reason)


def test_a_hung_tool_stands_for_everything_that_is_missing_with_it() -> None:
    gone = OK.model_copy(
        update={
            "findings": tuple(missing("gpu-inventory", f"gpu{at}") for at in range(8)),
            "verdict": Verdict.UNKNOWN,
        }
    )
    hung = came("hung", "nvidia-smi did not end within 46 s")
    told = with_reasons(judged(gpu1=gone, gpu2=OK), [hung, *measured(PLAN, 2)[1:]], PLAN)
    (finding,) = told.nodes["gpu1"].findings
    assert (finding.kind, finding.verdict, finding.test) == ("error", "UNKNOWN", "gpu-inventory")
    assert finding.reason == "hung: nvidia-smi did not end within 46 s"
    assert told.nodes["gpu2"] == OK
    assert told.verdict == Verdict.UNKNOWN


def test_a_test_of_which_no_value_was_expected_leaves_its_node_unknown_as_well() -> None:
    failed = came("error", "lspci is not there", "pcie-links")
    told = with_reasons(judged(gpu1=OK), [*measured(PLAN, 2), failed], PLAN)
    assert told.nodes["gpu1"].verdict == Verdict.UNKNOWN
    assert told.nodes["gpu1"].findings[0].reason == "lspci is not there"


def test_a_node_that_said_nothing_at_all_is_in_the_verdict() -> None:
    told = with_reasons(judged(gpu2=OK), [came("lost", "gpu1 is silent: no route to host")], PLAN)
    assert told.nodes["gpu1"].verdict == Verdict.UNKNOWN
    assert "no route to host" in told.nodes["gpu1"].findings[0].reason


def test_what_failed_stays_failed_and_what_was_measured_in_the_end_has_no_reason() -> None:
    bad = OK.model_copy(update={"verdict": Verdict.FAIL, "gates": Verdict.FAIL})
    told = with_reasons(judged(gpu1=bad), [came("lost", "gone")], PLAN)
    assert told.nodes["gpu1"].verdict == Verdict.FAIL
    again = [came("error", "once"), came("measured", "")]
    assert with_reasons(judged(gpu1=OK), again, PLAN).nodes["gpu1"] == OK


def test_a_run_that_is_whole_is_complete_and_changes_nothing() -> None:
    whole = judged(gpu1=OK, gpu2=OK).model_copy(update={"completeness": 1.0})
    assert with_reasons(whole, measured(PLAN, 2), PLAN) == whole


@pytest.mark.parametrize(("test", "done"), [("reboot", 2), ("node-network", 0), ("nccl-fabric", 0)])
def test_a_turn_that_the_run_has_not_come_to_leaves_all_its_nodes_unknown(
    test: str, done: int
) -> None:
    made = planned(test)
    whole = judged(gpu1=OK, gpu2=OK).model_copy(update={"completeness": 1.0})
    count = len(turns(made))
    told = with_reasons(whole, measured(made, done), made)
    assert told.verdict == Verdict.UNKNOWN
    assert told.completeness == pytest.approx(done / count)
    for node in told.nodes.values():
        assert node.verdict == Verdict.UNKNOWN
        assert node.completeness < 1
        assert node.findings[0].reason.startswith("not run: the run has not come to it")
    assert doubted(told) == set(), "the run goes on with it, nothing is repeated"
    assert with_reasons(whole, measured(made, count), made) == whole


def test_a_turn_of_several_that_was_not_run_leaves_unknown_who_heard_nothing_else_of_it() -> None:
    made = planned("nccl-fabric")
    (turn,) = turns(made)
    test, number, node = turn_id(turn)
    out = Outcome(at="", node=node, test=test, number=number, came="not run", reason="gpu2: gone")
    told = with_reasons(judged(gpu1=OK, gpu2=OK), [out], made)
    assert {each.verdict for each in told.nodes.values()} == {Verdict.UNKNOWN}
    for each in told.nodes.values():
        assert each.findings[0].reason == "not run: gpu2: gone"
    assert told.nodes["gpu2"].findings[0].peer == "gpu1"
    assert doubted(told) == {("nccl-fabric", "gpu1")}, "a turn is repeated once"


def test_a_node_is_not_unknown_for_one_pair_if_it_was_measured_with_another() -> None:
    made = plan(basis(nodes=3), Wish(class_="standard", tests=frozenset({"node-network"})))
    came_of = measured(made, len(turns(made)))
    failed = came_of[0].model_copy(update={"came": "hung"})
    peer = turns(made)[0].peer
    told = with_reasons(judged(gpu1=OK, gpu2=OK, gpu3=OK), [failed, *came_of[1:]], made)
    assert told.nodes[failed.node].verdict == Verdict.UNKNOWN
    assert told.nodes[peer].verdict == Verdict.PASS
    assert told.nodes[peer].completeness < 1


def test_what_is_missing_and_waived_stays_waived_where_its_test_did_not_measure() -> None:
    accepted = Accepted(
        (Waiver(node="gpu1", owner="Ada", reason="no GPU in it", expires=date(2026, 6, 1)),),
        date(2026, 5, 1),
    )
    gone = missing("gpu-inventory", "gpu0").model_copy(
        update={"disposition": "waived", "waiver": "Ada, until 2026-06-01: no GPU in it"}
    )
    node = OK.model_copy(update={"findings": (gone,)})
    document = judged(gpu1=node, gpu2=OK)
    assert document.verdict == Verdict.PASS
    hung = [came("hung", "nvidia-smi did not end"), *measured(PLAN, 2)[1:]]
    told = with_reasons(document, hung, PLAN, accepted)
    assert told.verdict == Verdict.PASS
    assert {each.disposition for each in told.nodes["gpu1"].findings} == {"waived"}
    assert gone in told.nodes["gpu1"].findings
    by_value = with_reasons(document, hung, PLAN)
    assert by_value.verdict == Verdict.PASS, "all that is missing was waived, value by value"
    both = (gone, missing("gpu-inventory", "gpu1"))
    other = OK.model_copy(update={"findings": both, "gates": Verdict.UNKNOWN})
    partly = with_reasons(judged(gpu1=other, gpu2=OK), hung, PLAN).nodes["gpu1"]
    assert partly.verdict == Verdict.UNKNOWN
    assert [(each.kind, each.disposition) for each in partly.findings] == [
        ("error", "retest"),
        ("missing", "waived"),
    ]


def test_a_value_that_a_turn_did_not_give_is_not_explained_by_turns_to_come() -> None:
    made = planned("reboot")
    node = OK.model_copy(update={"findings": (missing(made.tests[0].test, ""),)})
    told = with_reasons(judged(gpu1=node, gpu2=OK), measured(made, 2), made)
    assert {each.kind for each in told.nodes["gpu1"].findings} == {"missing", "error"}


def test_what_a_verdict_wants_repeated_is_named_by_test_and_node() -> None:
    slow = VerdictFinding(
        metric="gpu_burn_gflops",
        device="gpu3",
        test="gpu-burn",
        kind="outlier",
        reason="slow",
        verdict=Verdict.WARN,
        disposition="retest",
    )
    sure = slow.model_copy(update={"test": "gpu-inventory", "disposition": "rma"})
    node = OK.model_copy(update={"findings": (slow, sure)})
    assert doubted(judged(gpu1=node, gpu2=OK)) == {("gpu-burn", "gpu1")}
