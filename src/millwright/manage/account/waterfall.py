"""From what is owned to what was effective, a step at a time, in whole GPU-seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from millwright.manage.account.grid import Grid
from millwright.manage.account.held import Holdings
from millwright.model.account import Loss, Step, Waterfall

HOUR = 3600


@dataclass(slots=True)
class Sums:
    """GPU-seconds of many nodes. owned = planned + down + doubtful + free_awaited + free_unwanted +
    idle + mute + unrated + pipe + clock + effective."""

    owned: int = 0
    planned: int = 0
    down: int = 0
    doubtful: int = 0
    free_awaited: int = 0
    free_unwanted: int = 0
    idle: int = 0
    mute: int = 0
    unrated: int = 0
    pipe: int = 0
    clock: int = 0
    effective: int = 0
    overbooked: int = 0

    def add(self, grid: Grid) -> None:
        """Add a node. The only rounding is that of its effective seconds, and what is rounded off
        one part is rounded on to its neighbour."""
        judged = grid.total(grid.judged)
        through_pipe = min(judged, round(float((grid.pipe * grid.length).sum())))
        effective = min(through_pipe, round(float((grid.work * grid.length).sum())))
        awaited = grid.total(grid.free * grid.awaited)
        self.owned += grid.total(grid.owned)
        self.planned += grid.total(grid.planned)
        self.down += grid.total(grid.down)
        self.doubtful += grid.total(grid.doubtful)
        self.free_awaited += awaited
        self.free_unwanted += grid.total(grid.free) - awaited
        self.idle += grid.total(grid.idle)
        self.mute += grid.total(grid.mute)
        self.unrated += grid.total(grid.active) - judged
        self.pipe += judged - through_pipe
        self.clock += through_pipe - effective
        self.effective += effective
        self.overbooked += grid.total(grid.booked) - grid.total(grid.allocated)

    @property
    def unknown(self) -> int:
        """Return what nobody knows, wherever it became unknown."""
        return self.doubtful + self.mute + self.unrated

    @property
    def rated(self) -> int:
        """Return active GPU-seconds whose work is known."""
        return self.pipe + self.clock + self.effective

    @property
    def allocated(self) -> int:
        """Return what jobs held."""
        return self.idle + self.mute + self.active

    @property
    def active(self) -> int:
        """Return what worked."""
        return self.unrated + self.rated

    @property
    def free(self) -> int:
        """Return what was up and held by nobody."""
        return self.free_awaited + self.free_unwanted


def summed(grids: Iterable[Grid]) -> Sums:
    """Return the sums of many nodes."""
    found = Sums()
    for grid in grids:
        found.add(grid)
    return found


@dataclass(frozen=True, slots=True)
class Rework:
    """What was done and lost again; `reworked` GPU-seconds of allocated time, None if not known."""

    reworked: int | None
    formula: str = ""


_WHY: Mapping[str, str] = {
    "planned": "maintenance that was announced",
    "down": "nodes down or drained, without a plan",
    "doubtful": "nobody wrote down whether these nodes were up",
    "free_awaited": "free while a job that could run waited: limits, priorities, fragments",
    "free_unwanted": "free, and no GPU job waited",
    "idle": "held by a job whose GPUs did nothing",
    "mute": "held by a job, and no telemetry says what the GPUs did",
    "unrated": "at work; tensor activity or clock was not recorded",
    "pipe": "at work, but not in the tensor pipes: memory, communication, other kernels",
    "clock": "in the tensor pipes below the highest clock: power, heat, limits",
    "rework": "work lost at an interruption and done again",
}
_NAMES: Mapping[str, str] = {
    "planned": "planned maintenance",
    "down": "unplanned outages",
    "doubtful": "unknown whether up",
    "free_awaited": "free though jobs waited",
    "free_unwanted": "free, nobody waited",
    "idle": "held, doing nothing",
    "mute": "unknown what it did",
    "unrated": "unknown how well",
    "pipe": "outside the tensor pipes",
    "clock": "below the highest clock",
    "rework": "done again",
}
_STEPS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("owned", (), "every GPU that is owned, all the time"),
    ("up", ("planned", "down", "doubtful"), "owned, and the node could be used"),
    ("allocated", ("free_awaited", "free_unwanted"), "up, and held by a job"),
    ("active", ("idle", "mute"), "allocated, and the GPU's engines worked"),
    ("effective", ("unrated", "pipe", "clock"),
     "active, by tensor-pipe activity x clock / highest clock (OFU)"),
)  # fmt: skip
_UNKNOWN = frozenset(("doubtful", "mute", "unrated"))


def waterfall(sums: Sums, holdings: Holdings, rework: Rework) -> Waterfall:
    """Return the steps. What is unknown leaves at the step where it became so, and every later step
    says how much it would be if all of it were good."""
    parts = {each.name: getattr(sums, each.name) for each in fields(sums)}
    left, unknown = sums.owned, 0
    steps: list[Step] = []
    for name, losses, meaning in _STEPS:
        told = tuple(_loss(each, parts[each], sums.owned) for each in losses)
        left -= sum(each.gpu_seconds for each in told)
        unknown += sum(each.gpu_seconds for each in told if each.unknown)
        blind = left == 0 and unknown > 0 and _blind(name, sums)
        steps.append(_step(name, None if blind else left, (left + unknown, sums.owned), told,
                           meaning))  # fmt: skip
    if rework.reworked is not None and steps[-1].hours is not None:
        again = _again(rework.reworked, sums)
        told = (_loss("rework", again, sums.owned),)
        left -= again
        meaning = f"effective, and not done a second time ({rework.formula})"
        steps.append(_step("goodput", left, (left + unknown, sums.owned), told, meaning))
    return Waterfall(
        owned_gpu_seconds=sums.owned,
        left_gpu_seconds=left,
        steps=tuple(steps),
        unknown_hours=sums.unknown / HOUR,
        ofu=sums.effective / sums.rated if sums.rated else None,
        overbooked_hours=sums.overbooked / HOUR,
        strangers=tuple(
            (node, seconds / HOUR) for node, seconds in sorted(holdings.strangers.items())
        ),
        guessed_runs=holdings.guessed,
        repeated_rows=holdings.repeated,
    )


def _blind(step: str, sums: Sums) -> bool:
    """Return whether a step is not zero but unknown: nothing was seen that could tell it."""
    if step == "active":
        return sums.idle == 0
    return step == "effective" and sums.rated == 0 and (sums.active > 0 or sums.idle == 0)


def _again(reworked: int, sums: Sums) -> int:
    """Return the effective part of what was done again: as effective as all that was allocated."""
    if not sums.allocated:
        return 0
    return min(sums.effective, round(reworked * sums.effective / sums.allocated))


def _loss(key: str, seconds: int, owned: int) -> Loss:
    return Loss(
        name=_NAMES[key],
        unknown=key in _UNKNOWN,
        gpu_seconds=seconds,
        hours=seconds / HOUR,
        share=seconds / owned if owned else 0.0,
        why=_WHY[key],
    )


def _step(
    name: str, left: int | None, bounds: tuple[int, int], losses: tuple[Loss, ...], meaning: str
) -> Step:
    most, owned = bounds
    return Step(
        name=name,
        hours=None if left is None else left / HOUR,
        share=None if left is None or not owned else left / owned,
        at_most_hours=most / HOUR,
        losses=losses,
        meaning=meaning,
    )
