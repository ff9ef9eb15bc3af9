"""`nvidia-smi -L`: which GPUs there are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.reading import Problem, Reading, is_simulated, lines_of

TOOL = "nvidia-smi-list"
_GPU = re.compile(r"GPU (?P<index>\d+): (?P<name>.+?) \(UUID: (?P<uuid>GPU-[0-9a-fA-F-]+)\)$")
_MIG = re.compile(r"\s+MIG (?P<profile>\S+)\s+Device\s+\d+: \(UUID: (?P<uuid>MIG-[^)]+)\)$")


@dataclass(frozen=True, slots=True)
class ListedGpu:
    """One line of the list; `mig` holds the profiles of its instances."""

    index: int
    name: str
    uuid: str
    mig: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GpuList:
    """The GPUs that the driver sees, in its order."""

    gpus: tuple[ListedGpu, ...]


def command() -> list[str]:
    """Return what to ask a node."""
    return ["nvidia-smi", "-L"]


def read(text: str) -> Reading[GpuList]:
    """Return the GPUs of a list; what is no such line is a problem, and so is an empty list."""
    gpus: list[ListedGpu] = []
    problems: list[Problem] = []
    for at, line in lines_of(text.removeprefix("\ufeff")):
        if found := _GPU.match(line.strip()):
            gpus.append(ListedGpu(int(found["index"]), found["name"], found["uuid"]))
        elif (found := _MIG.match(line)) and gpus:
            last = gpus.pop()
            mig = (*last.mig, found["profile"])
            gpus.append(ListedGpu(last.index, last.name, last.uuid, mig))
        elif line.strip():
            problems.append(Problem(f"not understood: {line.strip()[:120]}", at))
    if not gpus:
        problems.append(Problem("no GPU is listed"))
    return Reading(TOOL, GpuList(tuple(gpus)), (), tuple(problems), is_simulated(text))
