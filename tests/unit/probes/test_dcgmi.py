"""dcgmi's lists and reports, the profiling tester, and the exporter's scrape."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from millwright.probes import (
    dcgm_exporter,
    dcgmi_discovery,
    dcgmi_dmon,
    dcgmi_fieldgroups,
    dcgmi_groups,
    dcgmi_health,
    dcgmi_modules,
    dcgmi_nvlink,
    dcgmproftester,
)
from millwright.probes.dcgmi_groups import Group
from tests.unit.lab.node import LabNode
from tests.unit.probes.conftest import exported

RULE = "+------+------+\n"
FAULTS: tuple[dict[str, object], ...] = (
    {"id": "e", "kind": "ecc", "device": 1, "value": "2"},
    {"id": "t", "kind": "throttle", "device": 3},
)


def test_health_says_the_same_as_table_and_as_json(node: Callable[[str], LabNode]) -> None:
    h100 = node("h100")
    h100.fault(*FAULTS)
    table = dcgmi_health.read(h100.answer("dcgmi", "health", "-c"))
    told = dcgmi_health.read(h100.answer("dcgmi", "health", "-c", "-j"))
    assert (table.facts.overall, table.facts.entities) == ("Failure", told.facts.entities)
    assert " ".join(it.text for it in table.facts.incidents) == " ".join(
        it.text for it in told.facts.incidents
    )
    assert (table.problems, told.problems) == ((), ())
    assert [(health.entity, health.status) for health in told.facts.entities] == [
        ("gpu1", "Failure"),
        ("gpu3", "Warning"),
    ]
    assert told.facts.incidents[0].system == "Memory system"


def test_health_of_old_tables_has_the_system_before_the_words() -> None:
    found = dcgmi_health.read(
        f"{RULE}| Overall Health | Warning |\n{RULE}"
        f"| GPU ID: 0 | Warning |\n|  | PCIe system: Warning - Detected more than 8 |\n"
        f"|  | replays per minute |\n{RULE}"
    )
    (incident,) = found.facts.incidents
    assert (incident.entity, incident.system, incident.status) == ("gpu0", "PCIe system", "Warning")
    assert incident.text == "Detected more than 8 replays per minute"
    assert found.problems == ()


@pytest.mark.parametrize(
    "text", ['{"body": {"GPU": {}}}', f"{RULE}| Health Monitor Report |\n{RULE}"]
)
def test_health_that_was_not_reported_is_not_good_health(text: str) -> None:
    found = dcgmi_health.read(text)
    assert found.facts.overall is None
    assert found.problems[-1].message == "no overall health is reported"


def test_discovery_counts_what_it_lists(node: Callable[[str], LabNode]) -> None:
    h100 = node("h100")
    h100.fault({"id": "m", "kind": "missing-gpu", "device": 0})
    found = dcgmi_discovery.read(h100.answer("dcgmi", "discovery", "-l"))
    assert (found.facts.gpu_count, len(found.facts.gpus), len(found.facts.switches)) == (7, 7, 4)
    assert found.problems == ()
    short = f"2 GPUs found.\n{RULE}| GPU ID | Device Information |\n{RULE}| 0 | Name: T4 |\n{RULE}"
    messages = [problem.message for problem in dcgmi_discovery.read(short).problems]
    assert messages == ["2 GPUs are counted, 1 are listed", "the NvSwitches are not counted"]


def test_nvlink_counters_that_are_no_numbers_are_problems() -> None:
    counters = {"CRC Data Error": {"value": "12"}, "Replay Error": {"value": "N/A"}}
    body = {"Link 0": {"children": counters}}
    text = json.dumps({"body": body, "header": ["NVLINK Error Counts", "GPU 3"]})
    found = dcgmi_nvlink.read(text)
    assert (found.facts.gpu, found.facts.links[0].errors[0].count) == (3, 12)
    assert [problem.message for problem in found.problems] == [
        "Link 0: Replay Error is not counted"
    ]


def test_dmon_reads_each_look_and_leaves_out_what_is_not_whole() -> None:
    found = dcgmi_dmon.read(
        "#Entity   TMPTR   GRACT\nID\nGPU 0   30   0.998\nGPU 0   31\n"
        "GPU 1   N/A   9223372036854775794\nGPU-I 2   29   0.5\nGPU 1   3"
    )
    assert found.facts.values("TMPTR") == (30.0, 29.0)
    assert found.facts.values("XIDER") == ()
    assert [(m.device, m.value) for m in found.measurements] == [
        ("gpu0", 30.0),
        ("gpu0", 0.998),
        ("gpu-i2", 29.0),
        ("gpu-i2", 0.5),
    ]
    assert [problem.line for problem in found.problems] == [7, 4]


def test_modules_tell_their_state_and_the_status_of_the_question() -> None:
    text = f"{RULE}| Status: Success |\n{RULE}| 7 | Diag | Not loaded |\n{RULE}"
    found = dcgmi_modules.read(text)
    assert (found.facts.modules[0].state, found.problems) == ("Not loaded", ())
    failed = dcgmi_modules.read(text.replace("Success", "Unable to connect"))
    assert failed.problems[0].message == "the status is Unable to connect"


def test_groups_and_field_groups_go_on_over_several_rows() -> None:
    groups = dcgmi_groups.read(
        f"{RULE}| 1 group found. |\n{RULE}| -> 0 | |\n"
        f"| -> Group ID | 0 |\n| -> Group Name | ALL |\n"
        f"| -> Entities | GPU 0, |\n| | GPU 1 |\n{RULE}"
    )
    assert groups.facts.groups == (Group(0, "ALL", ("GPU 0", "GPU 1")),)
    fields = dcgmi_fieldgroups.read(
        f"1 field groups found.\n{RULE}| ID | 1 |\n| Name | A |\n| Field IDs | 205, 155, |\n"
        f"| | 84 |\n{RULE}"
    )
    assert fields.facts.groups[0].fields == (205, 155, 84)
    assert (groups.problems, fields.problems) == ((), ())
    assert dcgmi_groups.read(f"{RULE}| 2 groups found. |\n{RULE}").problems


def test_a_profiling_test_says_how_it_ended() -> None:
    looks = "Worker 0:0[1004]: TensorEngineActive: generated ???, dcgm 0.000 (25963.4 gflops).\n"
    verdict = "GPU 0, TestField 1004 test FAILED.\n"
    found = dcgmproftester.read(f"{looks}{verdict}All Tests Failed.\n")
    assert (found.facts.tests[0].status, found.facts.ended, found.problems) == (
        "FAILED",
        ("Failed",),
        (),
    )
    assert [m.value for m in found.measurements] == [25963.4]
    assert dcgmproftester.read(looks + verdict).problems[0].message.endswith("how it ended")


def test_a_scrape_tells_instances_apart_and_blanks_are_nothing() -> None:
    found = dcgm_exporter.read(
        "# HELP DCGM_FI_DEV_GPU_TEMP GPU temperature (in C).\n"
        'DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="GPU-1",modelName="a \\"b\\", c"} 61 1700000000000\n'
        'DCGM_FI_DEV_GPU_TEMP{gpu="1",UUID="GPU-2"} 9223372036854775794\n'
        'DCGM_FI_DEV_POWER_USAGE{gpu="1",UUID="GPU-2"} NaN\n'
        'DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",GPU_I_PROFILE="1g.5gb",GPU_I_ID="13"} 4.2e-1\n'
        "DCGM_FI_DEV_GPU_TEMP{gpu=} 5\nup 1\n"
        'DCGM_FI_DEV_GPU_TEMP{gpu="2"} 6'
    )
    assert [(m.device, m.value) for m in found.measurements] == [
        ("gpu0", 61.0),
        ("gpu0/mig13", 0.42),
    ]
    assert found.facts.series[0].label("MODELNAME") == 'a "b", c'
    assert [problem.line for problem in found.problems] == [8, 6]


def test_a_faulty_gpu_shows_in_a_scrape(node: Callable[[str], LabNode]) -> None:
    h100 = node("h100")
    h100.fault(*FAULTS, {"id": "x", "kind": "xid", "device": 2, "value": "13"})
    found = dcgm_exporter.read(exported(h100))
    wanted = {"gpu_ecc_uncorrected", "gpu_last_xid"}
    assert {
        (m.metric, m.device, m.value) for m in found.measurements if m.metric in wanted and m.value
    } == {
        ("gpu_ecc_uncorrected", "gpu1", 2.0),
        ("gpu_last_xid", "gpu2", 13.0),
    }
