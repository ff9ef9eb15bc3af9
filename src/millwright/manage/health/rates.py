"""Counters as rates: against an earlier sweep where there is one that still counts, else since
the node booted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from millwright.manage.health.signals import Seen
from millwright.model.health import Per

SECONDS: Mapping[Per, float] = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "share": 1e-6}
"""What a rate per second is multiplied with; a share is of microseconds. Nothing is stretched to
more than it was: one event in five minutes is one an hour until an hour is over."""


@dataclass(frozen=True, slots=True)
class Past:
    """What was counted before on one node, by signal and device, and how long ago that was."""

    counts: Mapping[str, float]
    ago_s: float


def key_of(seen: Seen) -> str:
    """Return the name of a counter among those of its node."""
    where = f"{seen.node}|{seen.device}" if seen.node else seen.device
    return f"{seen.signal}|{where}"


def ago_s(earlier: str, later: str) -> float | None:
    """Return the seconds between two times of documents; None where one is none."""
    try:
        return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
    except (ValueError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class Span:
    """What rates of one node are taken over: `least_s` at least, so that one error right after a
    boot is no storm."""

    past: Past | None
    up_s: float | None
    least_s: float

    def rate(self, seen: Seen, value: float, per: Per) -> float | None:
        """Return a counter as a rate; None where nobody knows since when it counts.

        A counter that is lower than before began anew, at the latest when it was read then.
        """
        before = self.past.counts.get(key_of(seen)) if self.past else None
        if self.past is not None and before is not None:
            grown = value - before if value >= before else value
            spent_s = self.past.ago_s
        else:
            up_s = self.up_s if seen.up_s is None else seen.up_s
            if up_s is None:
                return None
            grown, spent_s = value, up_s
        return grown / max(spent_s, self.least_s, SECONDS[per]) * SECONDS[per]
