"""dcgmi diag -j of DCGM 2, 3 and 4: what was said, and never a pass that was not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from millwright.lab.profiles import profile_for
from millwright.probes.dcgmi_diag import read
from millwright.probes.dcgmi_diag_facts import Complaint, Result
from tests.unit.lab.node import LabNode


def diagnostic(*results: object, root: str = "DCGM Diagnostic") -> str:
    """Return a run of one test with these results."""
    tests = [{"name": "pcie", "results": results}]
    return json.dumps({root: {"test_categories": [{"category": "Integration", "tests": tests}]}})


def test_version_4_names_entities_and_numbers_its_complaints() -> None:
    warning = {"error_category": 8, "error_id": 29, "error_severity": 5, "warning": "off"}
    text = diagnostic(
        {"entity_group": "GPU", "entity_id": 3, "status": "Fail", "warnings": [warning]},
        {"entity_group": "CPU", "entity_id": 0, "status": "Skip"},
    )
    (test,) = read(text).facts.tests
    assert test.results == (
        Result(("gpu3",), "Fail", (Complaint("off", 29, 8, 5),)),
        Result(("cpu0",), "Skip"),
    )


@pytest.mark.parametrize("warnings", ["off", ["off"], [{"warning": "off"}]])
def test_older_versions_list_gpus_and_warn_in_words(warnings: object) -> None:
    result = {"gpu_ids": "0,1", "status": "Warn", "warnings": warnings}
    (test,) = read(diagnostic(result, root="DCGM GPU Diagnostic")).facts.tests
    assert test.results == (Result(("gpu0", "gpu1"), "Warn", (Complaint("off"),)),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"DCGM Diagnostic": {"test_categories": []}}', "no test was run"),
        ('{"DCGM Diagnostic": {"runtime_error": "no GPUs"}}', "did not run: no GPUs"),
        (diagnostic({"entity_group": "GPU", "entity_id": 0}), "test pcie has no status"),
        (diagnostic(), "test pcie has no result"),
        (diagnostic({"status": "Pass"})[:-3], "the JSON is broken"),
        ('{"DCGM Diagnostic": {}, "DCGM Diagnostic": 1}', "has two values"),
        ('{"body": {}}', "of another kind"),
        ("Error: unable to connect to the host engine\n", "no JSON"),
    ],
)
def test_a_run_that_is_not_whole_is_a_problem(text: str, message: str) -> None:
    found = read(text)
    assert message in " / ".join(problem.message for problem in found.problems)


def test_pcie_bandwidths_are_measured_in_their_unit_only() -> None:
    info = (
        "GPU 2 GPU 2 GPU to Host bandwidth:\t\t13.15 GB/s, "
        "GPU 2 GPU 2 Host to GPU bandwidth:\t9 MB/s"
    )
    found = read(diagnostic({"gpu_ids": "2", "status": "Pass", "info": info}))
    assert [(m.metric, m.device, m.value) for m in found.measurements] == [
        ("dcgm_pcie_d2h", "gpu2", 13.15)
    ]


@pytest.mark.parametrize("major", [3, 4])
def test_a_simulated_fault_fails_its_gpu_in_both_shapes(
    node: Callable[[str], LabNode], major: int
) -> None:
    h100 = node("h100")
    profile = profile_for("node001", "h100")
    profile["software"]["dcgm_major"] = major
    h100.lay(profile)
    assert read(h100.answer("dcgmi", "diag", "-r", "3", "-j")).facts.with_status("Fail") == ()
    h100.fault({"id": "p", "kind": "pcie-width", "device": 1, "value": "8"})
    found = read(h100.run("dcgmi", "diag", "-r", "3", "-j").stdout)
    failed = {
        entity
        for test in found.facts.with_status("Fail")
        for result in test.results
        if result.status == "Fail"
        for entity in result.entities
    }
    assert (found.problems, failed) == ((), {"gpu1"})


TABLE = """\
Successfully ran diagnostic for group.
+---------------------------+------------------------------------------------+
| Diagnostic                | Result                                         |
+===========================+================================================+
|-----  Metadata  ----------+------------------------------------------------|
| DCGM Version              | 3.1.8                                          |
|-----  Deployment  --------+------------------------------------------------|
| Denylist                  | Pass                                           |
|-----  Integration  -------+------------------------------------------------|
| PCIe                      | Fail - GPU: 0, 3                               |
| Warning                   | Bandwidth of GPU 0 in direction GPU->Host is   |
|                           | below the minimum.                             |
|-----  Stress  ------------+------------------------------------------------|
| Targeted Power            | Skip - All                                     |
+---------------------------+------------------------------------------------+
"""


def test_the_table_of_version_3_tells_gpus_and_why() -> None:
    found = read(TABLE)
    denylist, pcie, power = found.facts.tests
    assert (found.problems, found.facts.version) == ((), "3.1.8")
    assert (denylist.category, denylist.results) == ("Deployment", (Result((), "Pass"),))
    assert pcie.results[0].entities == ("gpu0", "gpu3")
    assert pcie.results[0].warnings == (
        Complaint("Bandwidth of GPU 0 in direction GPU->Host is below the minimum."),
    )
    assert (power.status, found.facts.with_status("Fail")) == ("Skip", (pcie,))


def test_table_and_json_of_version_4_say_the_same(node: Callable[[str], LabNode]) -> None:
    h100 = node("h100")
    h100.fault({"id": "e", "kind": "ecc", "device": 1, "value": "2"})
    table = read(h100.run("dcgmi", "diag", "-r", "2").stdout)
    told = read(h100.run("dcgmi", "diag", "-r", "2", "-j").stdout)
    seen = [
        [
            (test.category, test.name, it.entities, it.status, [w.text for w in it.warnings])
            for test in reading.facts.tests
            for it in test.results
        ]
        for reading in (table, told)
    ]
    assert sorted(map(str, seen[0])) == sorted(map(str, seen[1]))
    assert (table.problems, table.facts.driver) == ((), told.facts.driver)
