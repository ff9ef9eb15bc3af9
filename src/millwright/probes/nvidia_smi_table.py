"""Plain `nvidia-smi`: the table for people, which has the basic facts only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import not_understood, output
from millwright.probes.quantity import counter, truth, words
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "nvidia-smi-table"
_TITLE = re.compile(
    r"\| NVIDIA-SMI (?P<tool>\S+) +Driver Version: (?P<driver>\S+)"
    r"(?: +CUDA Version: (?P<cuda>\S+))? +\|"
)
_FIRST = re.compile(
    r"\| +(?P<index>\d{1,4}) +(?P<name>\S.*?) +(?P<persistence>On|Off|N/A|ERR!|WDDM|TCC|MCDM) *"
    r"\| *(?P<bus>[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f]) +\S+ *"
    r"\| *(?P<ecc>\S+) *\|"
)
_SECOND = re.compile(
    r"\| *(?P<fan>\S+) +(?P<temp>\S+) +(?P<state>\S+) +(?P<draw>\S+) / *(?P<limit>\S+) *"
    r"\| *(?P<used>\S+) / +(?P<total>\S+) *"
    r"\| *(?P<util>\S+) +(?P<mode>\S.*?) *\|"
)
_ANY_FIRST = re.compile(r"\| +\d{1,4} ")
_END_OF_GPUS = re.compile(r"\| (?:Processes|MIG devices|Compute processes):")
_OTHERS = re.compile(r"[|+].*[|+]|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} *")
_WIDEST = 400
_CLOSED = re.compile(r"\+-[-+]*\+")


@dataclass(frozen=True, slots=True)
class TableGpu:
    """One GPU of the table; a long name is cut by the tool itself and then ends with `...`."""

    index: int
    name: str
    bus_id: str
    persistence: bool | None
    temperature_c: float | None
    power_draw_w: float | None
    power_limit_w: float | None
    memory_used_mib: float | None
    memory_total_mib: float | None
    utilization_percent: float | None
    ecc_uncorrected: int | None


@dataclass(frozen=True, slots=True)
class GpuSummary:
    """The title line and the GPUs under it."""

    driver: str | None
    cuda: str | None
    gpus: tuple[TableGpu, ...]


def command() -> list[str]:
    """Return what to ask a node."""
    return ["nvidia-smi"]


@dataclass(slots=True)
class _Table:
    """Takes the lines; a GPU's first line waits for its second, which a rule ends."""

    titles: list[re.Match[str]] = field(default_factory=list)
    gpus: list[TableGpu] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    first: re.Match[str] | None = None
    listing: bool = True
    closed: bool = True

    def take(self, line: str) -> bool:
        """Take one line; False where it is no part of a table."""
        if len(line) > _WIDEST:
            return False
        if found := _TITLE.fullmatch(line):
            self.titles.append(found)
        elif found := _FIRST.fullmatch(line):
            self.end_gpu()
            self.first, self.closed = found, False
        elif _CLOSED.fullmatch(line):
            self.end_gpu()
            self.closed = True
        else:
            return self._take_other(line)
        return True

    def _take_other(self, line: str) -> bool:
        self.listing = self.listing and not _END_OF_GPUS.match(line)
        if found := _SECOND.fullmatch(line):
            if self.first is None:
                return not self.listing
            self.gpus.append(_gpu(self.first, found))
            self.first = None
            return True
        strange = self.listing and _ANY_FIRST.match(line)
        return not line or bool(_OTHERS.fullmatch(line) and not strange)

    def end_gpu(self) -> None:
        if self.first:
            self.problems.append(Problem(f"GPU {self.first['index']} has no second line"))
        self.first = None


def read(text: str) -> Reading[GpuSummary]:
    """Return the table; a GPU without its second line is left out and a problem."""
    lines = output(text)
    cut = [lines.cut] if lines.cut and _OTHERS.fullmatch(lines.cut[1]) else []
    table = _Table(problems=[] if cut else lines.problems)
    for at, line in [*lines.whole, *cut]:
        if not table.take(line.strip()):
            table.problems.append(not_understood((at, line)))
    table.end_gpu()
    problems = [
        *table.problems,
        *([] if table.gpus else [Problem("no GPU is listed")]),
        *([] if table.closed else [Problem("the table has no end")]),
    ]
    facts = _summary(table.titles, table.gpus)
    return Reading(TOOL, facts, tuple(_measured(table.gpus)), tuple(problems), is_simulated(text))


def _summary(titles: Sequence[re.Match[str]], gpus: Sequence[TableGpu]) -> GpuSummary:
    driver = words(titles[0]["driver"]) if titles else None
    return GpuSummary(driver, words(titles[0]["cuda"]) if titles else None, tuple(gpus))


def _gpu(first: re.Match[str], second: re.Match[str]) -> TableGpu:
    return TableGpu(
        index=int(first["index"]),
        name=first["name"],
        bus_id=first["bus"],
        persistence={"On": True, "Off": False}.get(first["persistence"], truth("")),
        temperature_c=_joined(second["temp"], "C"),
        power_draw_w=_joined(second["draw"], "W"),
        power_limit_w=_joined(second["limit"], "W"),
        memory_used_mib=_joined(second["used"], "MiB"),
        memory_total_mib=_joined(second["total"], "MiB"),
        utilization_percent=_joined(second["util"], "%"),
        ecc_uncorrected=counter(first["ecc"]),
    )


def _joined(cell: str, unit: str) -> float | None:
    """Return the number of a cell whose unit has no blank before it."""
    return number(cell.removesuffix(unit)) if cell.endswith(unit) else None


def _measured(gpus: Sequence[TableGpu]) -> Iterator[Measurement]:
    for gpu in gpus:
        values = (
            (metrics.GPU_TEMPERATURE, gpu.temperature_c),
            (metrics.GPU_POWER_DRAW, gpu.power_draw_w),
            (metrics.GPU_POWER_LIMIT, gpu.power_limit_w),
            (metrics.GPU_UTILIZATION, gpu.utilization_percent),
            (metrics.GPU_MEMORY_USED, gpu.memory_used_mib),
            (metrics.GPU_MEMORY_TOTAL, gpu.memory_total_mib),
            (metrics.GPU_ECC_UNCORRECTED, gpu.ecc_uncorrected),
        )
        yield from (
            metric.of(value, f"gpu{gpu.index}") for metric, value in values if value is not None
        )
