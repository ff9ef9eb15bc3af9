"""CUDA's `bandwidthTest`: one line a size (`--csv` and shmoo mode), or tables under headings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.endings import output, shown
from millwright.probes.metrics import CUDA_BANDWIDTH
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "cuda-bandwidthtest"
_LINE = re.compile(
    r"bandwidthTest-(?P<way>H2D|D2H|D2D)(?:-(?P<memory>Pinned|Paged))?, Bandwidth = (?P<speed>\S+) "
    r"(?P<unit>[GM]B/s), Time = \S+ s, Size = (?P<bytes>\d{1,18}) bytes, NumDevsUsed = \d+$"
)
_HEADING = re.compile(r"(?P<from>Host|Device) to (?P<to>Host|Device) Bandwidth, \d+ Device\(s\)$")
_MEMORY = re.compile(r"(?P<memory>PINNED|PAGEABLE) Memory Transfers$")
_UNIT = re.compile(r"Transfer Size \(Bytes\)\s+Bandwidth\((?P<unit>[GM]B/s)\)$")
_CELL = re.compile(r"(?P<bytes>\d{1,18})\s+(?P<speed>\d+\.\d+)$")
_DEVICE = re.compile(r"Device (?P<index>\d{1,4}): (?P<name>.+)$")
_RESULT = re.compile(r"Result = (?P<result>PASS|FAIL)$")
_FAILURE = re.compile(r"CUDA error|.*returned \d+|.*cudaError|.*command not found|!+")
_SCALE = {"GB/s": 1.0, "MB/s": 0.001}


@dataclass(frozen=True, slots=True)
class Transfer:
    """One size: `h2d`, `d2h` or `d2d`, from pinned or pageable memory where the host takes part."""

    way: str
    memory: str | None
    bytes: int
    gbytes_per_s: float


@dataclass(frozen=True, slots=True)
class Transfers:
    """All sizes, and whether the tool calls its run a pass; None where it does not say."""

    device: str | None
    transfers: tuple[Transfer, ...]
    passed: bool | None


@dataclass(slots=True)
class _Table:
    """The headings above a row: all three are known before a row counts."""

    way: str = ""
    memory: str | None = None
    unit: str = ""


def command() -> list[str]:
    """Return what to run on a node: all sizes of a fixed range, one line each."""
    return ["bandwidthTest", "--mode=shmoo", "--csv"]


def read(text: str) -> Reading[Transfers]:
    """Return every size; a run that does not come to its result is a problem."""
    told = output(text)
    table, device, passed = _Table(), None, None
    transfers: list[Transfer] = []
    problems: list[Problem] = []
    lines = [*told.whole, *([told.cut] if told.cut and _RESULT.match(told.cut[1]) else [])]
    for at, line in lines:
        words = line.strip()
        if transfer := _transfer(words, table):
            transfers.append(transfer)
        elif found := _RESULT.match(words):
            passed = found["result"] == "PASS"
        elif found := _DEVICE.match(words):
            device = found["name"]
        elif _FAILURE.match(words):
            problems.append(Problem(shown(words), at))
        else:
            _heading(words, table)
    if not transfers or passed is None:
        problems.append(Problem("the test does not come to its result"))
    measurements = tuple(
        CUDA_BANDWIDTH.named(each.way).of(
            each.gbytes_per_s, bytes=each.bytes, memory=each.memory or "device"
        )
        for each in transfers
    )
    facts = Transfers(device, tuple(transfers), passed)
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


def _transfer(words: str, table: _Table) -> Transfer | None:
    if found := _LINE.match(words):
        way, unit = found["way"].lower(), found["unit"]
        memory = (found["memory"] or "").lower().replace("paged", "pageable") or None
    elif (found := _CELL.match(words)) and table.way and table.unit:
        way, memory, unit = table.way, table.memory, table.unit
    else:
        return None
    speed = number(found["speed"])
    return (
        None if speed is None else Transfer(way, memory, int(found["bytes"]), speed * _SCALE[unit])
    )


def _heading(words: str, table: _Table) -> None:
    if found := _HEADING.match(words):
        table.way = f"{found['from'][0]}2{found['to'][0]}".lower()
        table.memory, table.unit = None, ""
    elif found := _MEMORY.match(words):
        table.memory = found["memory"].lower() if table.way != "d2d" else None
    elif found := _UNIT.match(words):
        table.unit = found["unit"]
