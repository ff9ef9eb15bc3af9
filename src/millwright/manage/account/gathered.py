"""What is gathered while one node after the other is gone through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from millwright.manage.account import days, losses, shares, signals
from millwright.manage.account.grid import Grid, Node, Rules
from millwright.manage.account.held import Holdings
from millwright.manage.account.waterfall import Sums
from millwright.model.usage import Job, Period, Trouble


@dataclass(slots=True)
class Gathered:
    """Sums over all nodes, filled one node at a time."""

    daily: days.Daily
    sums: Sums = field(default_factory=Sums)
    losses: losses.Losses = field(default_factory=losses.Losses)
    book: shares.Book = field(default_factory=shares.new_book)
    slack: int = 0
    stalled: int = 0
    joules: float = 0.0
    metered: int = 0
    node_seconds_up: float = 0.0

    def add(self, node: Node, grid: Grid, troubles: Sequence[Trouble]) -> None:
        """Add a node."""
        self.daily.add(grid)
        self.sums.add(grid)
        self.losses.add(node.seat, grid, node.outages, troubles)
        shares.enter(self.book, grid, node.holds, node.seat.tier)
        self.slack += grid.total(grid.slack)
        self.stalled += grid.total(grid.stalled)
        self.joules += float((grid.power_w * grid.length).sum())
        self.metered += grid.total(grid.metered)
        up = grid.owned - grid.planned - grid.down - grid.doubtful
        self.node_seconds_up += grid.total(up) / node.seat.gpus


@dataclass(frozen=True, slots=True)
class Told:
    """What a report is made of, gathered."""

    jobs: list[Job]
    period: Period
    holdings: Holdings
    gathered: Gathered
    rules: Rules
    names: frozenset[str]
    """Signals that were told at all."""
    foreign: tuple[str, ...] = ()
    """Nodes that telemetry or the book of outages names, and nobody owns."""

    @property
    def sees_stalls(self) -> bool:
        """Return whether a stalled job could have been told from one at work."""
        needed = {signals.UTILIZATION, signals.POWER}
        return self.rules.stalled_w is not None and needed <= self.names
