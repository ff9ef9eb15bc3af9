"""`dcgmi discovery -l`: the GPUs and switches that the manager sees."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from millwright.probes.box_table import Row, box_table
from millwright.probes.quantity import words
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dcgmi-discovery"
_FOUND = re.compile(r"(?P<count>\d{1,5}) (?P<kind>GPU|NvSwitch|CPU|ConnectX|CX)(?:e?s)? found\.")
_FACT = re.compile(r"(?P<name>Name|PCI Bus ID|Device UUID): *(?P<value>.*)")
_HEADS = ("GPU ID", "Switch ID", "CPU ID", "ConnectX", "CX ID")


@dataclass(frozen=True, slots=True)
class DiscoveredGpu:
    """One GPU by the manager's number."""

    index: int
    name: str | None = None
    bus_id: str | None = None
    uuid: str | None = None


@dataclass(frozen=True, slots=True)
class Discovery:
    """What there is. The counts are the tool's own; None where it does not say."""

    gpu_count: int | None
    switch_count: int | None
    gpus: tuple[DiscoveredGpu, ...]
    switches: tuple[str, ...]


def command() -> list[str]:
    """Return what to ask a node."""
    return ["dcgmi", "discovery", "-l"]


def read(text: str) -> Reading[Discovery]:
    """Return GPUs and switches; fewer listed than the tool counts is a problem."""
    table = box_table(text)
    problems = list(table.problems)
    counts: list[tuple[str, int]] = []
    for at, line in table.others:
        if found := _FOUND.fullmatch(line):
            counts.append((found["kind"], int(found["count"])))
        else:
            problems.append(Problem(f"not understood: {line[:120]}", at))
    gpus, switches = _listed(table.rows)
    facts = Discovery(_count(counts, "GPU"), _count(counts, "NvSwitch"), gpus, switches)
    for kind, counted, listed in (
        ("GPUs", facts.gpu_count, len(gpus)),
        ("NvSwitches", facts.switch_count, len(switches)),
    ):
        if counted is None:
            problems.append(Problem(f"the {kind} are not counted"))
        elif counted != listed:
            problems.append(Problem(f"{counted} {kind} are counted, {listed} are listed"))
    return Reading(TOOL, facts, (), tuple(problems), is_simulated(text))


def _count(counts: list[tuple[str, int]], kind: str) -> int | None:
    return next((number for name, number in counts if name == kind), None)


def _listed(rows: tuple[Row, ...]) -> tuple[tuple[DiscoveredGpu, ...], tuple[str, ...]]:
    gpus: list[DiscoveredGpu] = []
    switches: list[str] = []
    head = ""
    for row in rows:
        first = row.cells[0]
        if first in _HEADS:
            head = first
        elif head == "GPU ID" and len(row.cells) == 2:
            _take(gpus, first, row.cells[1])
        elif head == "Switch ID" and first.isdigit():
            switches.append(first)
    return tuple(gpus), tuple(switches)


def _take(gpus: list[DiscoveredGpu], first: str, told: str) -> None:
    if first.isdigit() and len(first) < 6:
        gpus.append(DiscoveredGpu(int(first)))
    found = _FACT.fullmatch(told)
    if found and gpus:
        gpus[-1] = _told(gpus[-1], found["name"], words(found["value"]))


def _told(gpu: DiscoveredGpu, name: str, value: str | None) -> DiscoveredGpu:
    if name == "Name":
        return replace(gpu, name=value)
    return replace(gpu, bus_id=value) if name == "PCI Bus ID" else replace(gpu, uuid=value)
