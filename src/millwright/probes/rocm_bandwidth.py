"""HIP bus bandwidth tests (`hipBusBandwidth`): medians and spreads by size."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes.endings import not_understood, output
from millwright.probes.metrics import ROCM_BANDWIDTH
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "rocm-bandwidth"
_DEVICE = re.compile(r"Device:(?P<name>.+?) Mem=(?P<memory>\S+)GB\b")
_ROW = re.compile(
    r"(?P<test>[A-Za-z][A-Za-z0-9_]*)\s+\+?(?P<size>\d{1,12})(?P<scale>By|B|kB|MB|GB)(?P<star>\*?)\s+"
    r"(?P<unit>GB/sec|ms|us)\s+(?P<values>\S+(?:\s+\S+){4})$"
)
_BANDWIDTH = re.compile(r"(?P<way>[A-Za-z0-9]+)_Bandwidth_?(?P<memory>\w+)?$")
_ASIDE = re.compile(r"test\s+atts\s+units\b|Note: |might occur\b")
_SCALE = {"By": 1, "B": 1, "kB": 1024, "MB": 1024**2, "GB": 1024**3}


@dataclass(frozen=True, slots=True)
class Result:
    """One test at one size, in `unit`; the tool counts a kB as 1024 bytes."""

    test: str
    bytes: int
    unit: str
    median: float
    mean: float
    deviation: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Results:
    """All rows of a device."""

    device: str | None
    results: tuple[Result, ...]


def command() -> list[str]:
    """Return what to run on a node."""
    return ["hipBusBandwidth"]


def read(text: str) -> Reading[Results]:
    """Return every row; another line is a problem."""
    told = output(text)
    device = None
    results: list[Result] = []
    problems = told.problems
    for line in told.whole:
        words = line[1].strip()
        if result := _result(words):
            results.append(result)
        elif found := _DEVICE.match(words):
            device = found["name"]
        elif words and not _ASIDE.match(words):
            problems.append(not_understood(line))
    if not results:
        problems.append(Problem("no result is told"))
    measurements = tuple(found for each in results for found in _measurements(each))
    facts = Results(device, tuple(results))
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


def _measurements(result: Result) -> list[Measurement]:
    """Return the median; 0.0000 is what the tool prints of sizes too small for its clock."""
    named = _BANDWIDTH.match(result.test)
    if named is None or result.unit != "GB/sec" or result.median == 0:
        return []
    metric = ROCM_BANDWIDTH.named(named["way"].lower())
    return [metric.of(result.median, bytes=result.bytes, memory=named["memory"] or "unnamed")]


def _result(words: str) -> Result | None:
    """Return a row; None where a value is missing, as for a mark of mixed architectures."""
    found = _ROW.match(words)
    values = [number(word) for word in found["values"].split()] if found else []
    told = [value for value in values if value is not None]
    if found is None or len(told) != len(values):
        return None
    size = int(found["size"]) * _SCALE[found["scale"]]
    return Result(found["test"], size, found["unit"], *told)
