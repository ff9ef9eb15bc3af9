"""OCP test-and-validation lines: driven through the format's own package, and read back."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from millwright.probes import ocptv as reader
from millwright.reports.judgement import Found, Node
from millwright.reports.ocptv import Head, Row, ocptv_lines

tv: Any = importlib.import_module("ocptv.output")
"""The format's own package, whose exports its types do not name."""
HEAD = Head("millwright build", "0.1.0", "2026-01-05T10:00:00Z", "bare-metal", True)
ROWS = (
    Row("gemm", "gemm_bf16_tflops", "gpu3", 612.3, "TFLOP/s", (("n", 8192),), "S-1"),
    Row("gemm", "gemm_bf16_tflops", "gpu4", 712.3, "TFLOP/s", (("n", 8192),)),
    Row("disk", "fio_read_bandwidth", "", None, "MB/s"),
    Row("", "boot_time", "", 120.0, "s"),
)


class Kept:
    """What the package writes."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, buffer: str) -> None:
        self.lines.append(buffer)


def found(**said: Any) -> Found:
    """Return a finding of gpu3's GEMM that missed its bar, but for what is said."""
    usual: dict[str, Any] = {
        "node": "gpu017", "metric": "gemm_bf16_tflops", "device": "gpu3", "value": 612.3,
        "unit": "TFLOP/s", "bar": ">= 660 TFLOP/s", "source": "x", "confidence": "measured",
        "peer_median": 712.0, "robust_z": -9.0, "kind": "gate", "reason": "below its bar",
        "disposition": "", "verdict": "FAIL", "test": "gemm", "attempts": (), "pattern": "",
        "waiver": "",
    }  # fmt: skip
    return Found(**(usual | said))


def node(verdict: str, *findings: Found) -> Node:
    """Return a node's verdict."""
    return Node("gpu017", verdict, verdict, "PASS", 1.0, findings)


CASES = [
    node("PASS"),
    node("FAIL", found()),
    node("WARN", found(verdict="WARN", kind="outlier", bar="")),
    node("UNKNOWN", found(verdict="UNKNOWN", kind="missing", test="nccl", device="", bar="")),
    node("PASS", found(disposition="waived", waiver="Ann until 2026-03-01")),
    node("FAIL", found(bar="= 660 +/- 3 % TFLOP/s"), found(device="gpu9", test="hbm")),
]


def driven(lines: Sequence[str]) -> list[str]:
    """Return what the package writes when it is told the same."""
    kept = Kept()
    tv.config(writer=kept, enable_runtime_checks=True)
    records = [json.loads(line) for line in lines]
    runs = [record["testRunArtifact"] for record in records if "testRunArtifact" in record]
    start = runs[0]["testRunStart"]
    run = tv.TestRun(
        name=start["name"],
        version=start["version"],
        command_line=start["commandLine"],
        parameters=start["parameters"],
    )
    told = start["dutInfo"]
    dut = tv.Dut(id=told["dutInfoId"], name=told["name"])
    for platform in told["platformInfos"]:
        dut.add_platform_info(platform["info"])
    hardware = {
        each["hardwareInfoId"]: dut.add_hardware_info(
            name=each["name"], serial_no=each.get("serialNumber")
        )
        for each in told["hardwareInfos"]
    }
    run.start(dut=dut)
    steps: dict[str, Any] = {}
    for record in records[2:]:
        if "testRunArtifact" in record:
            _of_run(run, record["testRunArtifact"])
        else:
            _of_step(run, steps, record["testStepArtifact"], hardware)
    return kept.lines


def _of_run(run: Any, told: dict[str, Any]) -> None:
    if log := told.get("log"):
        run.add_log(tv.LogSeverity(log["severity"]), log["message"], source_location=None)
    if end := told.get("testRunEnd"):
        run.end(status=tv.TestStatus(end["status"]), result=tv.TestResult(end["result"]))


def _of_step(
    run: Any, steps: dict[str, Any], told: dict[str, Any], hardware: dict[str, Any]
) -> None:
    key = told["testStepId"]
    if start := told.get("testStepStart"):
        steps[key] = run.add_step(start["name"])
        steps[key].start()
    step = steps[key]
    if each := told.get("measurement"):
        validators = [
            tv.Validator(type=tv.ValidatorType(v["type"]), value=v["value"], name=v["name"])
            for v in each.get("validators", ())
        ]
        step.add_measurement(
            name=each["name"],
            value=each["value"],
            unit=each.get("unit"),
            validators=validators or None,
            hardware_info=hardware.get(each.get("hardwareInfoId")),
            metadata=tv.Metadata(each["metadata"]) if "metadata" in each else None,
        )
    elif each := told.get("diagnosis"):
        step.add_diagnosis(
            tv.DiagnosisType(each["type"]),
            verdict=each["verdict"],
            message=each.get("message"),
            hardware_info=hardware.get(each.get("hardwareInfoId")),
            source_location=None,
        )
    elif each := told.get("error"):
        step.add_error(symptom=each["symptom"], message=each["message"], source_location=None)
    elif each := told.get("log"):
        step.add_log(tv.LogSeverity(each["severity"]), each["message"], source_location=None)
    elif each := told.get("testStepEnd"):
        step.end(status=tv.TestStatus(each["status"]))


def without_times(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield records without the clock that each side has for itself."""
    for line in lines:
        record = json.loads(line)
        assert record.pop("timestamp")
        yield record


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.verdict}-{len(case.findings)}")
def test_the_format_s_own_package_writes_the_same_lines(case: Node) -> None:
    lines = list(ocptv_lines(HEAD, case, ROWS))
    assert list(without_times(driven(lines))) == list(without_times(lines))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.verdict}-{len(case.findings)}")
def test_our_reader_reads_what_is_written(case: Node) -> None:
    reading = reader.read("\n".join(ocptv_lines(HEAD, case, ROWS)) + "\n")
    assert not reading.problems
    assert (reading.facts.edition, reading.facts.hosts) == ("2.0", ("gpu017",))
    result = {"PASS": "PASS", "WARN": "PASS", "FAIL": "FAIL", "UNKNOWN": "NOT_APPLICABLE"}
    assert reading.facts.result == result[case.verdict]
    values = {(value.name, value.part): value.number for value in reading.facts.values}
    assert values["gemm_bf16_tflops", "gpu3"] == 612.3


def test_a_bar_that_is_missed_stands_beside_its_value() -> None:
    reading = reader.read("\n".join(ocptv_lines(HEAD, CASES[1], ROWS)) + "\n")
    missed = [value for value in reading.facts.values if value.within is False]
    assert [(value.name, value.part) for value in missed] == [("gemm_bf16_tflops", "gpu3")]


def test_what_has_no_value_is_an_error_and_no_number() -> None:
    reading = reader.read("\n".join(ocptv_lines(HEAD, CASES[0], ROWS)) + "\n")
    assert [fault.symptom for fault in reading.facts.faults] == ["no-value"]


def test_simulated_results_say_so_in_every_stream() -> None:
    lines = list(ocptv_lines(HEAD, CASES[0], ROWS))
    assert any("SIMULATED" in line for line in lines)
    assert json.loads(lines[1])["testRunArtifact"]["testRunStart"]["parameters"]["simulated"]
