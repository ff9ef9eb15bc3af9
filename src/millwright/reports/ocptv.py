"""A node's verdict in the words of OCP test and validation, edition 2.0: one artefact a line.

The device under test is the node; a step is a test of the plan. WARN has no word there: what only
warns is a diagnosis UNKNOWN in a run that passes, and what was waived is a log line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from millwright.model.measurement import Param
from millwright.reports.judgement import Found, Node

_RESULTS = {
    "PASS": ("COMPLETE", "PASS"),
    "WARN": ("COMPLETE", "PASS"),
    "FAIL": ("COMPLETE", "FAIL"),
}
_BAR = re.compile(
    r"(?P<sign>>=|<=|=) (?P<value>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
    r"(?: \+/- (?P<slack>\d+(?:\.\d+)?) %)?(?: |$)"
)
_VALIDATORS = {
    ">=": "GREATER_THAN_OR_EQUAL",
    "<=": "LESS_THAN_OR_EQUAL",
    "=": "EQUAL",
}
UNNAMED = "measurements"
"""The step of what belongs to no test by name."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a run is called, which program wrote it, and when (UTC, ISO 8601)."""

    name: str
    version: str
    at: str
    platform: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement of the node; a value of None was tried and not measured."""

    test: str
    metric: str
    device: str
    value: float | None
    unit: str
    params: tuple[tuple[str, Param], ...] = ()
    serial: str = ""


def ocptv_lines(head: Head, node: Node, rows: Sequence[Row]) -> Iterator[str]:
    """Yield the artefacts of one node's run, numbered without a gap."""
    parts = _parts(node, rows)
    artefacts = _artefacts(head, node, rows, parts)
    for number, artefact in enumerate(artefacts):
        whole = {**artefact, "sequenceNumber": number, "timestamp": head.at}
        yield json.dumps(whole, allow_nan=False)


def _artefacts(
    head: Head, node: Node, rows: Sequence[Row], parts: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    yield {"schemaVersion": {"major": 2, "minor": 0}}
    yield _of_run("testRunStart", _start(head, node, rows, parts))
    if head.simulated:
        yield _of_run("log", {"severity": "WARNING", "message": "SIMULATED: no real device"})
    tests = dict.fromkeys([row.test or UNNAMED for row in rows])
    tests |= dict.fromkeys([found.test or UNNAMED for found in node.findings])
    for number, test in enumerate(tests):
        mine = [row for row in rows if (row.test or UNNAMED) == test]
        found = [each for each in node.findings if (each.test or UNNAMED) == test]
        for inner in _step(test, mine, found, parts):
            yield {"testStepArtifact": {"testStepId": str(number), **inner}}
    status, result = _RESULTS.get(node.verdict, ("ERROR", "NOT_APPLICABLE"))
    yield _of_run("testRunEnd", {"status": status, "result": result})


def _of_run(kind: str, inner: dict[str, Any]) -> dict[str, Any]:
    return {"testRunArtifact": {kind: inner}}


def _parts(node: Node, rows: Sequence[Row]) -> dict[str, str]:
    """Return an id for every device that is spoken of."""
    told = [row.device for row in rows] + [found.device for found in node.findings]
    names = sorted({name for name in told if name})
    return {name: f"{node.name}_{number}" for number, name in enumerate(names)}


def _start(head: Head, node: Node, rows: Sequence[Row], parts: Mapping[str, str]) -> dict[str, Any]:
    serials = {row.device: row.serial for row in rows if row.serial}
    hardware = [
        {"hardwareInfoId": key, "name": name}
        | ({"serialNumber": serials[name]} if name in serials else {})
        for name, key in parts.items()
    ]
    return {
        "name": head.name,
        "version": head.version,
        "commandLine": "",
        "parameters": {"platform": head.platform, "simulated": head.simulated},
        "dutInfo": {
            "dutInfoId": node.name,
            "name": node.name,
            "platformInfos": [{"info": head.platform}] if head.platform else [],
            "softwareInfos": [],
            "hardwareInfos": hardware,
        },
    }


def _step(
    test: str, rows: Sequence[Row], findings: Sequence[Found], parts: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    yield {"testStepStart": {"name": test}}
    for row in rows:
        yield _measured(row, findings, parts)
    for found in findings:
        yield _concluded(found, parts)
    if rows and not findings:
        yield {"diagnosis": {"verdict": f"{test}-pass", "type": "PASS"}}
    lacks = any(found.kind in ("missing", "error") for found in findings)
    yield {"testStepEnd": {"status": "ERROR" if lacks else "COMPLETE"}}


def _measured(row: Row, findings: Sequence[Found], parts: Mapping[str, str]) -> dict[str, Any]:
    if row.value is None or not math.isfinite(row.value):
        message = f"{row.metric} of {row.device or 'the node'} has no value"
        return {"error": {"symptom": "no-value", "message": message, "softwareInfoIds": []}}
    told: dict[str, Any] = {"name": row.metric, "value": row.value, "validators": []}
    if row.unit:
        told["unit"] = row.unit
    bars = {f.bar for f in findings if (f.metric, f.device) == (row.metric, row.device) and f.bar}
    told["validators"] = [each for bar in sorted(bars) for each in _validators(bar)]
    if row.device:
        told["hardwareInfoId"] = parts[row.device]
    if row.params:
        told["metadata"] = dict(row.params)
    return {"measurement": told}


def _validators(bar: str) -> Iterator[dict[str, Any]]:
    """Yield what a bar demands; one with a tolerance demands two things."""
    found = _BAR.match(bar)
    if found is None:
        return
    value, slack = float(found["value"]), found["slack"]
    if slack is None:
        yield {"name": bar, "type": _VALIDATORS[found["sign"]], "value": value}
        return
    width = abs(value) * float(slack) / 100
    yield {"name": bar, "type": "GREATER_THAN_OR_EQUAL", "value": value - width}
    yield {"name": bar, "type": "LESS_THAN_OR_EQUAL", "value": value + width}


def _concluded(found: Found, parts: Mapping[str, str]) -> dict[str, Any]:
    if found.waived:
        told = f"waived: {found.metric} {found.device}: {found.reason} ({found.waiver})"
        return {"log": {"severity": "WARNING", "message": told}}
    diagnosis: dict[str, Any] = {
        "verdict": f"{found.metric}-{found.kind}-{found.verdict}".lower(),
        "type": "FAIL" if found.verdict == "FAIL" else "UNKNOWN",
        "message": found.reason,
    }
    if found.device:
        diagnosis["hardwareInfoId"] = parts[found.device]
    return {"diagnosis": diagnosis}
