"""What a turn's output proves: what was not looked at has not passed, and no fault is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millwright.build.observe import Observed, observed
from millwright.build.plan import Wish, plan
from millwright.model.buildplan import Expected, PlannedTest
from millwright.ports import Unit
from tests.unit.build.plans import basis


def planned(name: str) -> PlannedTest:
    """Return a test of the catalogue as a burn-in plans it."""
    wish = Wish(class_="standard", tests=frozenset({name}))
    return next(t for t in plan(basis(), wish).tests if t.test == name)


def ended(stdout: bytes, status: int = 0, **more: Any) -> Unit:
    return Unit("done", "boot-1", "exit", status, 300.0, stdout, **more)


def values(seen: Observed, metric: str) -> dict[str, float]:
    return {m.device: m.value for m in seen.measurements if m.metric == metric}


def diagnosed(status: int, **words: list[str | None]) -> Observed:
    """Return what comes of a diagnostic that says these words of GPUs, test by test."""
    tests = [
        {
            "name": f"test {at}",
            "results": [
                {"entity_group": "GPU", "entity_id": int(gpu[3:])}
                | ({"status": said[at]} if said[at] is not None else {})
                for gpu, said in words.items()
            ],
        }
        for at in range(len(next(iter(words.values()))))
    ]
    whole = {"DCGM Diagnostic": {"test_categories": [{"category": "x", "tests": tests}]}}
    return observed(planned("gpu-diagnostic-long"), ended(json.dumps(whole).encode(), status))


@pytest.mark.parametrize(("word", "faults"), [("Pass", 0), ("Warn", 0), ("Fail", 1), ("Error", 1)])
def test_a_diagnostic_counts_what_went_wrong_by_gpu(word: str, faults: int) -> None:
    seen = diagnosed(0, gpu0=["Pass", word], gpu1=["Pass", "Pass"])
    assert values(seen, "burnin_faults") == {"gpu0": faults, "gpu1": 0}


def test_a_gpu_whose_tests_were_all_skipped_has_not_passed() -> None:
    seen = diagnosed(0, gpu0=["Skip", "Skip"], gpu1=["Pass", "Skip"])
    assert values(seen, "burnin_faults") == {"gpu1": 0}


def test_a_gpu_that_nothing_is_said_of_has_not_passed_and_hides_no_fault_of_another() -> None:
    seen = diagnosed(0, gpu0=[None], gpu1=["Fail"], gpu2=["Pass"])
    assert (seen.came, values(seen, "burnin_faults")) == ("measured", {"gpu1": 1, "gpu2": 0})


def test_the_exit_status_of_a_diagnostic_tells_of_a_fault_that_no_result_names() -> None:
    seen = diagnosed(226, gpu0=["Pass"], gpu1=["Skip"])
    assert values(seen, "burnin_faults") == {"gpu0": 0, "": 1}
    assert values(diagnosed(226, gpu0=["Fail"]), "burnin_faults") == {"gpu0": 1}


@pytest.mark.parametrize("word", ["Fail", "Error"])
def test_the_summary_of_a_test_tells_of_a_fault_that_no_result_names(word: str) -> None:
    test = {
        "name": "pcie",
        "results": [{"entity_group": "GPU", "entity_id": 0, "status": "Pass"}],
        "test_summary": {"status": word},
    }
    whole = {"DCGM Diagnostic": {"test_categories": [{"category": "x", "tests": [test]}]}}
    seen = observed(planned("gpu-diagnostic-long"), ended(json.dumps(whole).encode()))
    assert (seen.came, values(seen, "burnin_faults")) == ("measured", {"gpu0": 0, "": 1})
    bare = {**test, "results": []}
    whole = {"DCGM Diagnostic": {"test_categories": [{"category": "x", "tests": [bare]}]}}
    seen = observed(planned("gpu-diagnostic-long"), ended(json.dumps(whole).encode()))
    assert values(seen, "burnin_faults") == {"": 1}


def test_a_diagnostic_that_cannot_be_read_is_an_error_whatever_its_exit_status() -> None:
    assert (
        observed(planned("gpu-diagnostic-long"), ended(b"Segmentation fault", 226)).came == "error"
    )


def test_output_that_nothing_can_be_read_of_measured_nothing_though_nothing_was_expected() -> None:
    test = planned("pcie-links")
    assert test.expects == ()
    seen = observed(test, ended(b"\x00\x01 what is this\n"))
    assert (seen.came, seen.again) == ("error", True)
    assert "said nothing that can be read" in seen.reason


def test_a_turn_of_several_nodes_that_leaves_its_value_out_is_an_error() -> None:
    """A node's own missing value is the judge's to find; a pair's is nobody's."""
    rows = ended(b"kern  :info  : 2026-01-05T10:00:00,000000+00:00 Linux version 6.1\n")
    alone = planned("kernel-log").model_copy(update={"expects": (Expected(metric="busbw"),)})
    assert observed(alone, rows).came == "measured"
    seen = observed(alone.model_copy(update={"scope": "fabric"}), rows)
    assert (seen.came, seen.again, seen.reason) == ("error", True, "dmesg said nothing of busbw")


def test_a_log_that_was_cut_does_not_say_that_there_were_no_errors() -> None:
    line = b"kern  :info  : 2026-01-05T10:00:00,000000+00:00 Linux version 6.1\n"
    test = planned("kernel-log")
    assert values(observed(test, ended(line)), "kernel_errors") == {"": 0}
    seen = observed(test, ended(line, dropped_bytes=7))
    assert (seen.came, seen.measurements) == ("error", ())
    assert "7 bytes of it are missing" in seen.reason


def test_a_node_that_answers_and_did_not_start_again_has_failed_to() -> None:
    late = Unit("done", "boot-1", "timeout", None, 1.0, reason="no other start came")
    seen = observed(planned("reboot"), late)
    assert (seen.came, values(seen, "boots_failed")) == ("hung", {"": 1})


def test_a_start_that_was_over_before_anybody_heard_of_it_has_no_time() -> None:
    seen = observed(planned("reboot"), Unit("done", "boot-1", "exit", 0, 0.0))
    assert [m.metric for m in seen.measurements] == ["boots_failed"]
    seen = observed(planned("reboot"), Unit("done", "boot-1", "exit", 0, 121.04))
    assert values(seen, "boot_time") == {"": 121.0}
