"""`nvidia-smi topo -m` and `topo -p2p`: what lies between GPUs and adapters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from millwright.probes.endings import not_understood, output
from millwright.probes.quantity import words
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "nvidia-smi-topo"
_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ENDINGS = ("CPU Affinity", "NUMA Affinity", "GPU NUMA ID")
_DEVICE = re.compile(r"\w[\w.-]*")
_NIC = re.compile(r"\s+(?P<name>NIC\d+): (?P<hca>\S+)")
_KINDS = re.compile(r"X|SYS|NODE|PHB|PXB|PIX|PSB|SOC|NV\d{1,2}|C2C|OK|[CGTD]?NS|DR|U|N/A")


@dataclass(frozen=True, slots=True)
class Path:
    """What lies between two devices: `NV18`, `PIX`, `SYS`, or of `-p2p` `OK`, `NS`, ..."""

    a: str
    b: str
    kind: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a GPU sits; adapters have none of it."""

    device: str
    cpus: str | None
    numa: str | None
    gpu_numa: str | None


@dataclass(frozen=True, slots=True)
class Adapter:
    """What the matrix calls an adapter, and its own name."""

    device: str
    hca: str


@dataclass(frozen=True, slots=True)
class Topology:
    """The matrix, row by row; a device's path to itself is left out."""

    devices: tuple[str, ...]
    paths: tuple[Path, ...]
    places: tuple[Place, ...] = ()
    adapters: tuple[Adapter, ...] = ()

    def between(self, a: str, b: str) -> str | None:
        """Return what lies between two devices; None where the matrix does not say."""
        return next((path.kind for path in self.paths if (path.a, path.b) == (a, b)), None)


@dataclass(slots=True)
class _Matrix:
    devices: list[str] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)
    rows: set[str] = field(default_factory=set)
    paths: list[Path] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    adapters: list[Adapter] = field(default_factory=list)
    legend: bool = False


def command(*, p2p: str = "") -> list[str]:
    """Return what to ask a node: the matrix, or with `p2p` a capability (`r`, `w`, `n`, ...)."""
    return ["nvidia-smi", "topo", *(["-p2p", p2p] if p2p else ["-m"])]


def read(text: str) -> Reading[Topology]:
    """Return the matrix; a row that is not whole is left out and a problem."""
    lines = output(_ESCAPE.sub("", text))
    matrix, problems = _Matrix(), lines.problems
    for at, line in lines.whole:
        if not _take(matrix, line):
            problems.append(not_understood((at, line)))
    if not matrix.devices:
        problems.append(Problem("no matrix is shown"))
    problems += [
        Problem(f"no row of {device}") for device in matrix.devices if device not in matrix.rows
    ]
    facts = Topology(
        tuple(matrix.devices), tuple(matrix.paths), tuple(matrix.places), tuple(matrix.adapters)
    )
    return Reading(TOOL, facts, (), tuple(problems), is_simulated(text))


def _take(matrix: _Matrix, line: str) -> bool:
    tokens = line.split()
    if not tokens or line.strip() in ("Legend:", "NIC Legend:"):
        matrix.legend = matrix.legend or bool(tokens)
        return True
    if not matrix.devices and _is_head(_heads(line)):
        matrix.devices = _heads(line)
        matrix.endings = [name for name in _ENDINGS if name in line]
        return len(set(matrix.devices)) == len(matrix.devices)
    if found := _NIC.fullmatch(line):
        matrix.adapters.append(Adapter(found["name"], found["hca"]))
        return True
    if matrix.legend:
        return " = " in line
    return _row(matrix, line)


def _heads(line: str) -> list[str]:
    head = line.partition("CPU Affinity")[0]
    return head.split() or ["?"]


def _is_head(names: Sequence[str]) -> bool:
    """Return whether these are the columns: a GPU first, then whatever adapters there are."""
    return bool(re.fullmatch(r"GPU\d+", names[0])) and all(
        _DEVICE.fullmatch(name) and not _KINDS.fullmatch(name) for name in names
    )


def _row(matrix: _Matrix, line: str) -> bool:
    name, *cells = line.split()
    width = len(matrix.devices)
    kinds = cells[:width]
    whole = len(kinds) == width and all(_KINDS.fullmatch(kind) for kind in kinds)
    fresh = name in matrix.devices and name not in matrix.rows
    if not (fresh and whole and kinds[matrix.devices.index(name)] == "X"):
        return False
    rest = _affinities(line, cells, width)
    if len(rest) > len(matrix.endings):
        return False
    matrix.rows.add(name)
    matrix.paths += [
        Path(name, other, kind)
        for other, kind in zip(matrix.devices, kinds, strict=True)
        if other != name
    ]
    if name.startswith("GPU") and matrix.endings:
        cpus, numa, gpu_numa = (*rest, None, None, None)[:3]
        matrix.places.append(Place(name, cpus, numa, gpu_numa))
    return True


def _affinities(line: str, cells: Sequence[str], width: int) -> list[str | None]:
    """Return CPUs, NUMA node and the GPU's own; tabs tell an empty cell, blanks cannot."""
    if "\t" not in line:
        return [words(cell) for cell in cells[width:]]
    parts = [part.strip() for part in line.split("\t")][width + 1 :]
    if not any(parts):
        return []
    return [words(parts[0]), *(words(part) for part in parts[1:] if part)]
