"""lstopo's text for a terminal: an outline of the machine, its devices below what they hang on.

Sizes are rounded there and left; how many of what there are is counted by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.reading import Problem

_OBJECT = re.compile(r"(?P<type>Package|Socket|Core|PU|NUMANode) L#(?P<number>\d{1,6})")
_NUMA = re.compile(r"NUMANode L#\d{1,6}(?: \(P#(?P<os>\d{1,6})\b)?")
_PCI = re.compile(
    r"PCI (?P<slot>(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])(?: \((?P<class>[^)]*)\))?"
)
_DEVICE = re.compile(
    r"(?P<kind>Block|Network|Net|OpenFabrics|GPU|CoProc|DMA|Memory|Storage)"
    r'[^"]{0,40}"(?P<name>[^"]{1,60})"'
)
_KINDS = {
    "Block": "storage",
    "Storage": "storage",
    "Net": "network",
    "Network": "network",
    "OpenFabrics": "openfabrics",
    "GPU": "gpu",
    "CoProc": "coprocessor",
    "DMA": "dma",
    "Memory": "memory",
}
_KNOWN = re.compile(
    r"(?:Machine|Package|Socket|NUMANode|Group|Die|L\d[di]?(?:Cache)?|Core|PU|HostBridge|PCIBridge"
    r"|Bridge|PCI|Misc|MemCache|MemSideCache|Cluster|Module)\b"
)
_MACHINE = re.compile(r"Machine\b")


@dataclass(slots=True)
class Outline:
    """What the text tells: numbers of objects, memory domains, PCI devices, devices."""

    counts: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[int | None, int | None]] = field(default_factory=list)
    pci: list[tuple[str, str | None, int | None]] = field(default_factory=list)
    devices: list[tuple[str, str, str | None, int | None]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _package: int | None = None
    _slots: list[tuple[int, str]] = field(default_factory=list)

    def take(self, line: Line) -> None:
        """Read one whole line."""
        text = line[1].strip()
        indent = len(line[1]) - len(line[1].lstrip())
        while self._slots and self._slots[-1][0] >= indent:
            self._slots.pop()
        slot = self._slots[-1][1] if self._slots else None
        if found := _DEVICE.match(text):
            kind, name = _KINDS[found["kind"]], found["name"]
            self.devices.append((name, kind, slot, self._package))
        elif _KNOWN.match(text):
            self._objects(line, text)
            if device := _PCI.match(text):
                self.pci.append((device["slot"], device["class"], self._package))
                self._slots.append((indent, device["slot"]))
        elif text:
            self.problems.append(not_understood(line))

    def _objects(self, line: Line, text: str) -> None:
        for found in _OBJECT.finditer(text):
            kind = found["type"].replace("Socket", "Package")
            if (kind, found["number"]) in self._seen:
                self.problems.append(Problem(f"{shown(found[0])} is told twice", line[0]))
                continue
            self._seen.add((kind, found["number"]))
            self.counts[kind] += 1
            if kind == "Package":
                self._package = int(found["number"])
        if domain := _NUMA.search(text):
            self.memory.append((int(domain["os"]) if domain["os"] else None, self._package))

    def gaps(self) -> Iterator[Problem]:
        """Yield kinds whose numbers do not run on: a line of them is lost."""
        for kind, count in self.counts.items():
            most = max(int(number) for own, number in self._seen if own == kind)
            if most + 1 != count:
                yield Problem(f"{count} of {most + 1} {kind} are told")


def is_outline(text: str) -> bool:
    """Return whether a text begins with a machine."""
    return any(_MACHINE.match(line.strip()) for line in text.splitlines()[:5])


def outline_of(text: str) -> Outline:
    """Return what a text tells."""
    told = output(text)
    outline = Outline()
    for line in told.whole:
        outline.take(line)
    outline.problems += [*outline.gaps(), *told.problems]
    return outline
