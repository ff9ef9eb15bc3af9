"""How a run goes about a plan, and what it works with while it does."""

from __future__ import annotations

from dataclasses import dataclass, field

from millwright.deploy.hands import Hands
from millwright.deploy.inputs import Inputs
from millwright.deploy.shares import Share


@dataclass(frozen=True, slots=True)
class Orders:
    """How a run goes about it.

    `wave` is how many hosts come at a time after the canaries: 64 if not said, and a quarter of
    them where they are drained for it. `max_failed` is how many of a wave may fail a role before
    the others are spared it. `drain_wait_s` is how long jobs may take to leave a node, `role_s` how
    long one role may take.
    """

    wave: Share | None = None
    max_failed: Share = Share(10, percent=True)
    drain_wait_s: float = 1800.0
    role_s: float = 3600.0


@dataclass(slots=True)
class Run:
    """One run under way; `out` holds the hosts that are asked for nothing more, and why."""

    inputs: Inputs
    hands: Hands
    orders: Orders
    out: dict[str, str] = field(default_factory=dict)
