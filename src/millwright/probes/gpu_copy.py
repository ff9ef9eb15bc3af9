"""SuperBench's `gpu_copy`: copies between CPUs and GPUs, a name and its GB/s on each line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes.endings import Line, not_understood, output
from millwright.probes.metrics import GPU_COPY_BANDWIDTH
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "gpu-copy"
_COPY = re.compile(
    r"(?P<source>cpu|gpu\d{1,3}|gpu_all)_(?P<how>to|and)_(?P<target>cpu|gpu\d{1,3}|gpu_all)"
    r"(?:_(?P<operation>read|write))?_by_(?P<engine>sm|dma)(?:_under_numa(?P<numa>\d{1,3}))?"
    r"\s+(?P<speed>\d+(?:\.\d+)?(?:e[+-]?\d+)?)$"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy. `both_ways` where source and target copy to each other at once."""

    source: str
    target: str
    both_ways: bool
    operation: str | None
    engine: str
    numa: int | None
    gbytes_per_s: float


@dataclass(frozen=True, slots=True)
class Copies:
    """All copies, in the order of the output."""

    copies: tuple[Copy, ...]


def command() -> list[str]:
    """Return what to run on a node: every pair, by both engines."""
    return ["gpu_copy", "--sm_copy", "--dma_copy", "--htod", "--dtoh", "--dtod"]


def read(text: str) -> Reading[Copies]:
    """Return every copy; another line is a problem."""
    told = output(text)
    copies: list[Copy] = []
    problems = told.problems
    for line in told.whole:
        if copy := _copy(line):
            copies.append(copy)
        elif line[1].strip():
            problems.append(not_understood(line))
    if not copies:
        problems.append(Problem("no copy is told"))
    measurements = tuple(_measurement(copy) for copy in copies)
    return Reading(TOOL, Copies(tuple(copies)), measurements, tuple(problems), is_simulated(text))


def _copy(line: Line) -> Copy | None:
    found = _COPY.match(line[1].strip())
    speed = number(found["speed"]) if found else None
    if found is None or speed is None:
        return None
    return Copy(
        source=found["source"],
        target=found["target"],
        both_ways=found["how"] == "and",
        operation=found["operation"],
        engine=found["engine"],
        numa=int(found["numa"]) if found["numa"] else None,
        gbytes_per_s=speed,
    )


def _measurement(copy: Copy) -> Measurement:
    device, peer = copy.source, copy.target
    if device == "cpu":
        # The GPU is what is measured, whichever way the bytes go.
        device, peer = peer, device
    towards = "both" if copy.both_ways else f"{copy.source} to {copy.target}"
    params: list[tuple[str, str | int]] = [("engine", copy.engine), ("direction", towards)]
    if copy.operation:
        params.append(("operation", copy.operation))
    if copy.numa is not None:
        params.append(("numa", copy.numa))
    return GPU_COPY_BANDWIDTH.of(copy.gbytes_per_s, device, peer, **dict(params))
