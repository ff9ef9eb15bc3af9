"""`nvidia-smi nvlink -s` (speeds) and `-e` (error counters): every GPU's links."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from millwright.probes.endings import Line, not_understood, output
from millwright.probes.metrics import NVLINK_SPEED, Metric
from millwright.probes.quantity import counter
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "nvidia-smi-nvlink"
_GPU = re.compile(r"GPU (?P<index>\d{1,4}): (?P<name>.+?) \(UUID: (?P<uuid>GPU-[^)\s]+)\)")
_LINK = re.compile(
    r"\s+(?:C2C )?Link (?P<index>\d{1,3}): "
    r"(?:(?P<speed>\d[\d.]*) GB/s|<(?P<state>[^>]+)>|(?P<counter>[A-Z][\w ]*?): (?P<count>\S.*))"
)


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """One counter of a link by the tool's name for it; rates of errors (BER) are no counters."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Link:
    """One link; without a speed it is not active, or only its errors were asked for."""

    index: int
    speed_gbytes_per_s: float | None = None
    state: str | None = None
    errors: tuple[ErrorCount, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkedGpu:
    """A GPU and its links in the order of their numbers."""

    index: int
    name: str
    uuid: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class GpuLinks:
    """Every GPU that was shown."""

    gpus: tuple[LinkedGpu, ...]


def command(*, errors: bool = False) -> list[str]:
    """Return what to ask a node: the links' speeds, or their error counters."""
    return ["nvidia-smi", "nvlink", "-e" if errors else "-s"]


def read(text: str) -> Reading[GpuLinks]:
    """Return every link of every GPU; nothing shown is a problem, for who asks expects links."""
    return read_links(text, TOOL, NVLINK_SPEED)


def read_links(text: str, tool: str, speed: Metric) -> Reading[GpuLinks]:
    """Return links of either kind; they differ in one word and in what is measured."""
    lines = output(text)
    gpus: list[LinkedGpu] = []
    problems: list[Problem] = []
    for line in lines.whole:
        if line[1].strip() and not _take(gpus, line):
            problems.append(not_understood(line))
    if lines.cut and not ("GB/s" in lines.cut[1] and _take(gpus, lines.cut)):
        problems += lines.problems
    problems += [Problem(f"no link of GPU {gpu.index} is shown") for gpu in gpus if not gpu.links]
    problems += [] if gpus else [Problem("no GPU is listed")]
    measured = tuple(
        speed.of(link.speed_gbytes_per_s, f"gpu{gpu.index}", link=link.index)
        for gpu in gpus
        for link in gpu.links
        if link.speed_gbytes_per_s is not None
    )
    return Reading(tool, GpuLinks(tuple(gpus)), measured, tuple(problems), is_simulated(text))


def _take(gpus: list[LinkedGpu], line: Line) -> bool:
    if found := _GPU.fullmatch(line[1].strip()):
        gpus.append(LinkedGpu(int(found["index"]), found["name"], found["uuid"]))
        return True
    found = _LINK.fullmatch(line[1])
    if found is None or not gpus:
        return False
    told = counter(found["count"])
    errors = () if told is None else (ErrorCount(found["counter"], told),)
    link = Link(int(found["index"]), number(found["speed"]), found["state"], errors)
    gpus.append(_joined(gpus.pop(), link))
    return True


def _joined(gpu: LinkedGpu, link: Link) -> LinkedGpu:
    """Return the GPU with one line more; the counters of a link come line by line."""
    if gpu.links and gpu.links[-1].index == link.index and link.errors:
        last = gpu.links[-1]
        return replace(
            gpu, links=(*gpu.links[:-1], replace(last, errors=(*last.errors, *link.errors)))
        )
    return replace(gpu, links=(*gpu.links, link))
