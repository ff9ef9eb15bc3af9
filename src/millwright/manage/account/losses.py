"""What was not to be had, by the fault that took it and by the tier that missed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from millwright.manage.account.grid import Grid
from millwright.model.account import FaultLoss, TierAvailability
from millwright.model.usage import Outage, Seat, Trouble

HOUR, MINUTE = 3600, 60
UNSAID = "not said"
FOREVER = 1 << 62


@dataclass(slots=True)
class TierSums:
    """Node-seconds of one tier."""

    nodes: int = 0
    owned: float = 0.0
    down: float = 0.0
    planned: float = 0.0
    doubtful: float = 0.0


@dataclass(slots=True)
class Losses:
    """GPU-seconds by class of fault, and the outages counted; node-seconds by tier."""

    faults: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    tiers: dict[str, TierSums] = field(default_factory=lambda: defaultdict(TierSums))

    def add(
        self, seat: Seat, grid: Grid, outages: Sequence[Outage], troubles: Sequence[Trouble]
    ) -> None:
        """Add a node. An incident names the fault where there is one; else whoever took the node
        out said why, or nobody did."""
        self._tier(seat, grid)
        named = np.zeros(len(grid.at), dtype=np.int64)
        faults = [UNSAID]
        for outage in outages:
            fault = _fault(outage, troubles)
            if outage.kind == "planned" or not fault:
                continue
            faults.append(fault)
            last = outage.end if outage.end is not None else FOREVER
            named[(grid.at >= outage.begin) & (grid.at < last)] = len(faults) - 1
        lost = grid.down * grid.length
        for at, fault in enumerate(faults):
            seconds = int(lost[named == at].sum())
            if seconds:
                self.faults[fault] += seconds
                self.counts[fault] += _stretches(grid.down > 0, named == at)

    def _tier(self, seat: Seat, grid: Grid) -> None:
        sums = self.tiers[seat.tier]
        sums.nodes += 1
        sums.owned += grid.total(grid.owned) / seat.gpus
        sums.down += grid.total(grid.down) / seat.gpus
        sums.planned += grid.total(grid.planned) / seat.gpus
        sums.doubtful += grid.total(grid.doubtful) / seat.gpus


def _fault(outage: Outage, troubles: Sequence[Trouble]) -> str:
    """Return the fault of an outage: that of the incident that it falls together with, which may
    well have been noticed after the node had gone."""
    last = outage.end if outage.end is not None else FOREVER
    for trouble in troubles:
        began = trouble.began if trouble.began is not None else trouble.noticed
        closed = trouble.closed if trouble.closed is not None else FOREVER
        if began < last and outage.begin < closed:
            return trouble.fault
    return outage.fault


def _stretches(out: np.ndarray, named: np.ndarray) -> int:
    both = out & named
    return int(both[:1].sum() + (both[1:] & ~both[:-1]).sum())


def fault_losses(losses: Losses, rate: float | None) -> tuple[FaultLoss, ...]:
    """Return what each class took, the worst first; the hours sum to all unplanned ones."""
    whole = sum(losses.faults.values())
    ranked = sorted(losses.faults.items(), key=lambda each: (-each[1], each[0]))
    return tuple(
        FaultLoss(
            fault=fault,
            outages=losses.counts[fault],
            hours=seconds / HOUR,
            share=seconds / whole,
            cost=None if rate is None else seconds / HOUR * rate,
        )
        for fault, seconds in ranked
    )


def availability(tiers: Mapping[str, TierSums]) -> tuple[TierAvailability, ...]:
    """Return the availability of each tier; committed is what is owned less planned work."""
    return tuple(
        _available(tier, sums) for tier, sums in sorted(tiers.items(), key=lambda each: each[0])
    )


def _available(tier: str, sums: TierSums) -> TierAvailability:
    committed = sums.owned - sums.planned
    return TierAvailability(
        tier=tier or "no tier",
        nodes=sums.nodes,
        committed_node_minutes=committed / MINUTE,
        unavailable_node_minutes=sums.down / MINUTE,
        planned_node_minutes=sums.planned / MINUTE,
        unknown_node_minutes=sums.doubtful / MINUTE,
        at_least_percent=None
        if committed <= 0
        else max(0.0, 100 * (1 - (sums.down + sums.doubtful) / committed)),
        at_most_percent=None if committed <= 0 else max(0.0, 100 * (1 - sums.down / committed)),
    )


def in_service_node_hours(tiers: Mapping[str, TierSums]) -> float:
    """Return node-hours in which a failure could have shown: up, or not known not to be."""
    return sum(t.owned - t.planned - t.down - t.doubtful for t in tiers.values()) / HOUR
