"""`nvidia-smi -q` without `-x`, whole or one section of it (`-d PAGE_RETIREMENT`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from millwright.probes.endings import not_understood, output
from millwright.probes.nvidia_smi_facts import gpu_of
from millwright.probes.nvidia_smi_gpu import Machine, measured, problems_of
from millwright.probes.nvidia_smi_sheet import sheet
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "nvidia-smi-text"
_TITLE = re.compile(r"=+NVSMI LOG=+")
_GPU = re.compile(r"GPU (?P<bus>[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f])")
_HEADING = ("timestamp", "driver_version", "cuda_version", "attached_gpus")
_FREE = ("processes", "supported_clocks", "accounted_processes")
"""Blocks that list many of a kind, whose labels repeat."""


@dataclass(slots=True)
class _Collector:
    """Takes lines and keeps the blocks that are open by how far they stand to the right."""

    heading: list[tuple[str, str]] = field(default_factory=list)
    gpus: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    open: list[tuple[int, str]] = field(default_factory=list)

    def gpu(self, bus_id: str) -> None:
        self.gpus.append((bus_id, []))
        self.open.clear()

    def line(self, margin: int, label: str, value: str | None) -> bool:
        """Take one line; False where it belongs nowhere."""
        if not self.gpus:
            self.heading.append((label, value or ""))
            return label in _HEADING
        if margin == 0:
            return False
        self.open = [(at, name) for at, name in self.open if at < margin]
        path = "/".join([*(name for _, name in self.open), label])
        if value is not None and not path.startswith(_FREE):
            self.gpus[-1][1].append((path, value))
        self.open.append((margin, label))
        return True


def command(sections: Sequence[str] = ()) -> list[str]:
    """Return what to ask a node: everything, or only these sections (`ECC`, `POWER`, ...)."""
    return ["nvidia-smi", "-q", *(["-d", ",".join(sections)] if sections else [])]


def read(text: str) -> Reading[Machine]:
    """Return the driver and its GPUs; a last line without its end is not believed."""
    lines = output(text)
    problems = lines.problems
    collector = _Collector()
    for at, line in lines.whole:
        if not line.strip() or _TITLE.fullmatch(line.strip()):
            continue
        if found := _GPU.fullmatch(line.strip()):
            collector.gpu(found["bus"])
        elif not _take(collector, line):
            problems.append(not_understood((at, line)))
    machine = _machine(collector)
    problems += [*_unequal(collector), *problems_of(machine)]
    return Reading(TOOL, machine, measured(machine.gpus), tuple(problems), is_simulated(text))


def _take(collector: _Collector, line: str) -> bool:
    name, colon, value = line.partition(":")
    label = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    margin = len(line) - len(line.lstrip(" "))
    return bool(label) and collector.line(margin, label, value.strip() if colon else None)


def _machine(collector: _Collector) -> Machine:
    heading = sheet("", collector.heading)
    sheets = (sheet(bus_id, told) for bus_id, told in collector.gpus)
    return Machine(
        driver=heading.said("driver_version"),
        cuda=heading.said("cuda_version"),
        attached=heading.count("attached_gpus"),
        gpus=tuple(gpu_of(index, found) for index, found in enumerate(sheets)),
    )


def _unequal(collector: _Collector) -> list[Problem]:
    """Return a problem for every GPU that tells less than the one before it tells."""
    sections = [{path.partition("/")[0] for path, _ in told} for _, told in collector.gpus]
    return [
        Problem(f"GPU {bus_id} does not tell {', '.join(sorted(before - here))}")
        for (bus_id, _), before, here in zip(
            collector.gpus[1:], sections[:-1], sections[1:], strict=True
        )
        if before - here
    ]
