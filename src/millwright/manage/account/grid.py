"""One node's time in pieces in which nothing changes, and what is known of each piece.

All counts are whole GPUs, all lengths whole seconds: what is summed of them is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millwright.manage.account.held import Hold
from millwright.manage.account.signals import (
    CLOCK,
    GRAPHICS,
    POWER,
    SM,
    TENSOR,
    UTILIZATION,
    Seconds,
    Steps,
    Values,
)
from millwright.model.usage import Outage, Period, Seat

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Pieces = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Rules:
    """Where active, idle and stalled begin; see model/accounting.Bounds. A `clock_mhz` or an
    `idle_power_w` of None is not known."""

    active_above: float
    idle_below: float
    idle_s: float
    stalled_util: float
    stalled_w: float | None
    stalled_s: float
    clock_mhz: float | None


@dataclass(frozen=True, slots=True)
class Node:
    """What is known of one node in a period."""

    seat: Seat
    holds: Sequence[Hold]
    outages: Sequence[Outage]
    devices: Mapping[str, Mapping[str, Steps]]
    waiting: Pieces = ()
    watched: bool = False
    cuts: Sequence[int] = ()
    """Moments at which a piece ends whatever happens, such as midnights."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Pieces of time, and GPUs by what they were in each; every row is a count.

    owned = planned + down + doubtful + free + allocated (each piece), and
    allocated = idle + mute + active. `booked` is what accounting says, more than there is included.
    """

    at: Seconds
    length: Seconds
    owned: Counts
    planned: Counts
    down: Counts
    doubtful: Counts
    free: Counts
    awaited: Flags
    allocated: Counts
    idle: Counts
    mute: Counts
    active: Counts
    booked: Counts
    work: Values
    """Sum of tensor activity x clock / highest clock over active GPUs where both are known."""
    pipe: Values
    """Sum of tensor activity over the same GPUs, at whatever clock."""
    judged: Counts
    """Active GPUs whose work is known."""
    slack: Counts
    """Allocated GPUs that did nothing for long."""
    stalled: Counts
    power_w: Values
    metered: Counts

    def total(self, row: Counts) -> int:
        """Return GPU-seconds of a row."""
        return int((row * self.length).sum())


def grid_of(node: Node, period: Period, rules: Rules) -> Grid:
    """Return a node's time in pieces."""
    edges = _edges(node, period)
    at, length = edges[:-1], np.diff(edges)
    seat = node.seat
    there = (at >= (seat.since or 0)) & (at < (seat.until if seat.until is not None else 1 << 62))
    owned = np.where(there, seat.gpus, 0).astype(np.int64)
    booked = _booked(node.holds, edges)
    states = _States(node, at, length, rules)
    allocated, planned, down, doubtful = _standing(node, period, at, owned, booked, states)
    work = states.of(allocated, owned)
    return Grid(
        at=at,
        length=length,
        owned=owned,
        planned=planned,
        down=down,
        doubtful=doubtful,
        free=owned - planned - down - doubtful - allocated,
        awaited=_within(node.waiting, at),
        allocated=allocated,
        idle=work.idle,
        mute=work.mute,
        active=work.active,
        booked=booked,
        work=work.work,
        pipe=work.pipe,
        judged=work.judged,
        slack=states.long(states.quiet, rules.idle_s, allocated, owned),
        stalled=states.long(states.spinning, rules.stalled_s, allocated, owned),
        power_w=states.power,
        metered=states.metered,
    )


def _edges(node: Node, period: Period) -> Seconds:
    moments = [np.array([period.begin, period.known_until, period.end], dtype=np.int64)]
    for hold in node.holds:
        moments.append(np.array([hold.begin, hold.end], dtype=np.int64))
    for outage in node.outages:
        ends = [outage.begin, outage.end if outage.end is not None else period.end]
        moments.append(np.array(ends, dtype=np.int64))
    for piece in node.waiting:
        moments.append(np.array(piece, dtype=np.int64))
    limits = [each for each in (node.seat.since, node.seat.until) if each is not None]
    moments.append(np.array([*limits, *node.cuts], dtype=np.int64))
    for steps in (each for device in node.devices.values() for each in device.values()):
        moments += [steps.begin, steps.end]
    found = np.unique(np.concatenate(moments))
    return found[(found >= period.begin) & (found <= period.end)]


def _booked(holds: Sequence[Hold], edges: Seconds) -> Counts:
    change = np.zeros(len(edges), dtype=np.int64)
    for hold in holds:
        change[np.searchsorted(edges, hold.begin)] += hold.gpus
        change[np.searchsorted(edges, hold.end)] -= hold.gpus
    return np.cumsum(change)[:-1]


def _within(pieces: Pieces, at: Seconds) -> Flags:
    found = np.zeros(len(at), dtype=bool)
    for begin, end in pieces:
        found |= (at >= begin) & (at < end)
    return found


def _standing(
    node: Node, period: Period, at: Seconds, owned: Counts, booked: Counts, states: _States
) -> tuple[Counts, Counts, Counts, Counts]:
    """Return allocated, planned, down and doubtful GPUs.

    A node that is down does nothing, whatever accounting says; one that is drained, or planned to
    be worked on, gives what still runs there.
    """
    pieces = {
        kind: [
            (each.begin, each.end if each.end is not None else period.end)
            for each in node.outages
            if each.kind == kind
        ]
        for kind in ("down", "drained", "planned")
    }
    dead, drained, planned_flag = (
        _within(pieces[kind], at) for kind in ("down", "drained", "planned")
    )
    future = at >= period.known_until
    can = np.where(dead | future, 0, owned)
    allocated = np.minimum(booked, can)
    out = np.where(dead, owned, owned - allocated)
    planned = np.where(planned_flag & ~future, out, 0)
    down = np.where((dead | drained) & ~planned_flag & ~future, out, 0)
    proven = (allocated > 0) | states.heard | node.watched
    silent = ~proven & ~planned_flag & ~dead & ~drained
    doubtful = np.where(future | silent, owned, 0)
    return allocated, planned, down, doubtful


@dataclass(frozen=True, slots=True)
class _Work:
    active: Counts
    idle: Counts
    mute: Counts
    work: Values
    pipe: Values
    judged: Counts


class _States:
    """What each GPU of a node was in each piece, counted; signals are looked at once."""

    def __init__(self, node: Node, at: Seconds, length: Seconds, rules: Rules) -> None:
        turns = sorted({moment for hold in node.holds for moment in (hold.begin, hold.end)})
        self._length = length
        self._era = np.searchsorted(np.array(turns, dtype=np.int64), at, side="right")
        zero = np.zeros(len(at), dtype=np.int64)
        self.busy, self.known, self.metered, self._rated = (zero.copy() for _ in range(4))
        self._work, self._pipe, self.power = (np.zeros(len(at)) for _ in range(3))
        self.quiet: list[Flags] = []
        self.spinning: list[Flags] = []
        for device in node.devices.values():
            self._take(device, at, rules)
        self.heard: Flags = (self.known + self.metered) > 0

    def _take(self, device: Mapping[str, Steps], at: Seconds, rules: Rules) -> None:
        told = {metric: steps.at(at) for metric, steps in device.items()}
        nothing = np.full(len(at), np.nan)
        engine = told.get(GRAPHICS, nothing)
        use = told.get(UTILIZATION, nothing)
        engine = np.where(np.isnan(engine), use / 100, engine)
        active = engine > rules.active_above
        self.known += ~np.isnan(engine)
        self.busy += active
        tensor, clock = told.get(TENSOR, nothing), told.get(CLOCK, nothing)
        rate = clock / rules.clock_mhz if rules.clock_mhz else nothing
        rated = active & ~np.isnan(tensor) & ~np.isnan(rate)
        self._rated += rated
        pipe = np.clip(np.where(rated, tensor, 0.0), 0.0, 1.0)
        self._pipe += pipe
        self._work += pipe * np.clip(np.where(rated, rate, 0.0), 0.0, 1.0)
        power = told.get(POWER, nothing)
        self.metered += ~np.isnan(power)
        self.power += np.where(np.isnan(power), 0.0, power)
        self.quiet.append(told.get(SM, nothing) < rules.idle_below)
        limit = rules.stalled_w if rules.stalled_w is not None else -1.0
        self.spinning.append((use >= rules.stalled_util) & (power <= limit))

    def of(self, allocated: Counts, owned: Counts) -> _Work:
        """Return what allocated GPUs did. Where not all of a node's GPUs are allocated, those at
        work are taken to be allocated ones, and those of which nobody knows come before idle ones:
        nothing unknown is ever called idle."""
        active = np.minimum(self.busy, allocated)
        rest = allocated - active
        unknown = np.maximum(owned - self.known, 0)
        mute = np.minimum(unknown, rest)
        judged = np.minimum(self._rated, active)
        share = np.divide(judged, self._rated, out=np.zeros(len(judged)), where=self._rated > 0)
        return _Work(active, rest - mute, mute, self._work * share, self._pipe * share, judged)

    def long(self, flags: list[Flags], least_s: float, allocated: Counts, owned: Counts) -> Counts:
        """Return how many allocated GPUs were in a state for so long without a break; it begins
        anew wherever a job begins or ends on the node."""
        count = np.zeros(len(allocated), dtype=np.int64)
        for flag in flags:
            count += self._lasting(flag & (allocated > 0), least_s)
        return np.minimum(np.maximum(count - (owned - allocated), 0), allocated)

    def _lasting(self, flag: Flags, least_s: float) -> Flags:
        if not len(flag):
            return flag
        era = self._era
        begins = np.append(True, (flag[1:] != flag[:-1]) | (era[1:] != era[:-1]))
        run = np.cumsum(begins) - 1
        lasted = np.bincount(run, weights=self._length)
        long: Flags = flag & (lasted[run] > least_s)
        return long
