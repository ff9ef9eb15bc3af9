"""A test that measured nothing stands in the verdict once, with the reason that the run knows."""

from __future__ import annotations

from millwright.build.reasons import doubted, with_reasons
from millwright.model.buildrun import Came, Outcome
from millwright.model.verdict import NodeVerdict, Verdict, VerdictDocument, VerdictFinding

OK = NodeVerdict(verdict=Verdict.PASS, gates=Verdict.PASS, outliers=Verdict.PASS, completeness=1.0)


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
    told = with_reasons(judged(gpu1=gone, gpu2=OK), [hung])
    (finding,) = told.nodes["gpu1"].findings
    assert (finding.kind, finding.verdict, finding.test) == ("error", "UNKNOWN", "gpu-inventory")
    assert finding.reason == "hung: nvidia-smi did not end within 46 s"
    assert told.nodes["gpu2"] == OK
    assert told.verdict == Verdict.UNKNOWN


def test_a_test_of_which_no_value_was_expected_leaves_its_node_unknown_as_well() -> None:
    told = with_reasons(judged(gpu1=OK), [came("error", "lspci is not there", "pcie-links")])
    assert told.nodes["gpu1"].verdict == Verdict.UNKNOWN
    assert told.nodes["gpu1"].findings[0].reason == "lspci is not there"


def test_a_node_that_said_nothing_at_all_is_in_the_verdict() -> None:
    told = with_reasons(judged(gpu2=OK), [came("lost", "gpu1 is silent: no route to host")])
    assert told.nodes["gpu1"].verdict == Verdict.UNKNOWN
    assert "no route to host" in told.nodes["gpu1"].findings[0].reason


def test_what_failed_stays_failed_and_what_was_measured_in_the_end_has_no_reason() -> None:
    bad = OK.model_copy(update={"verdict": Verdict.FAIL, "gates": Verdict.FAIL})
    told = with_reasons(judged(gpu1=bad), [came("lost", "gone")])
    assert told.nodes["gpu1"].verdict == Verdict.FAIL
    again = [came("error", "once"), came("measured", "")]
    assert with_reasons(judged(gpu1=OK), again).nodes["gpu1"] == OK


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
