"""`dcgmi dmon`: fields of GPUs, one line a GPU and look, under DCGM's five-letter titles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import not_understood, output
from millwright.probes.metrics import Metric
from millwright.probes.quantity import quantity
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dcgmi-dmon"
_HEAD = re.compile(r"# ?Entity\s+(?P<titles>\S.*)")
_ROW = re.compile(r"(?P<entity>GPU(?:-C?I)?|Switch|CPU|Link|Core)\s+(?P<id>[\d/]+)\s+(?P<rest>.+)")
_METRICS: dict[str, Metric] = {
    "TMPTR": metrics.GPU_TEMPERATURE,
    "MMTMP": metrics.GPU_MEMORY_TEMPERATURE,
    "POWER": metrics.GPU_POWER_DRAW,
    "TOTEC": metrics.GPU_ENERGY,
    "SMCLK": metrics.GPU_SM_CLOCK,
    "MMCLK": metrics.GPU_MEMORY_CLOCK,
    "GPUTL": metrics.GPU_UTILIZATION,
    "MCUTL": metrics.GPU_MEMORY_UTILIZATION,
    "FBTTL": metrics.GPU_MEMORY_TOTAL,
    "FBUSD": metrics.GPU_MEMORY_USED,
    "FBFRE": metrics.GPU_MEMORY_FREE,
    "PCRPC": metrics.GPU_PCIE_REPLAYS,
    "XIDER": metrics.GPU_LAST_XID,
    "ESVTL": metrics.GPU_ECC_CORRECTED,
    "EDVTL": metrics.GPU_ECC_UNCORRECTED,
    "GRACT": metrics.GPU_GRAPHICS_ACTIVE,
    "SMACT": metrics.GPU_SM_ACTIVE,
    "SMOCC": metrics.GPU_SM_OCCUPANCY,
    "TENSO": metrics.GPU_TENSOR_ACTIVE,
    "DRAMA": metrics.GPU_DRAM_ACTIVE,
    "PCITX": metrics.GPU_PCIE_SENT,
    "PCIRX": metrics.GPU_PCIE_RECEIVED,
}


@dataclass(frozen=True, slots=True)
class Look:
    """One line: an entity (`gpu0`) and its values in the order of the titles."""

    entity: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """Every look, in the order in which they were taken."""

    titles: tuple[str, ...]
    looks: tuple[Look, ...]

    def values(self, title: str) -> tuple[float, ...]:
        """Return what one column says, over all looks."""
        if title not in self.titles:
            return ()
        at = self.titles.index(title)
        told = (look.values[at] for look in self.looks)
        return tuple(value for value in told if value is not None)


def command(fields: Sequence[int], looks: int = 1) -> list[str]:
    """Return what to ask a node: fields by DCGM's numbers, so many times."""
    return ["dcgmi", "dmon", "-e", ",".join(map(str, fields)), "-c", str(looks)]


def read(text: str) -> Reading[Watch]:
    """Return every look; a line with more or fewer cells than titles is a problem."""
    lines = output(text)
    problems = lines.problems
    titles: tuple[str, ...] = ()
    looks: list[Look] = []
    for at, line in lines.whole:
        if found := _HEAD.fullmatch(line.strip()):
            titles, stranger = _titles(titles, found["titles"])
        elif found := _ROW.fullmatch(line.strip()):
            stranger = not _take(looks, titles, found)
        else:
            stranger = line.split()[:1] not in ([], ["ID"], ["Id"])
        if stranger:
            problems.append(not_understood((at, line)))
    problems += [] if looks else [Problem("nothing was watched")]
    facts = Watch(titles, tuple(looks))
    return Reading(TOOL, facts, tuple(_measured(facts)), tuple(problems), is_simulated(text))


def _titles(known: tuple[str, ...], told: str) -> tuple[tuple[str, ...], bool]:
    """Return the titles and whether they changed: a second list of fields is another output."""
    titles = tuple(told.split())
    return known or titles, bool(known) and titles != known


def _take(looks: list[Look], titles: tuple[str, ...], found: re.Match[str]) -> bool:
    cells = found["rest"].split()
    if not titles or len(cells) != len(titles):
        return False
    entity = f"{found['entity'].lower()}{found['id']}"
    looks.append(Look(entity, tuple(quantity(cell, "") for cell in cells)))
    return True


def _measured(watch: Watch) -> Iterator[Measurement]:
    for look in watch.looks:
        for title, value in zip(watch.titles, look.values, strict=True):
            if title in _METRICS and value is not None:
                yield _METRICS[title].of(value, look.entity)
