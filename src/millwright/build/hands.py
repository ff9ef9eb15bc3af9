"""All that a burn-in has of the world, as ports: tests run the same code with fakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from millwright.build.schedule import Turn
from millwright.model.buildrun import Outcome
from millwright.ports import Answer, Spool


@dataclass(frozen=True, slots=True)
class Hands:
    """What a run works with.

    `keep` sees an answer and the start of the node that it comes from on the disk; `measured`
    rows of measurements, and returns how long their file is then; `done` an outcome. `begun` is
    told of turns as they begin. `now` counts seconds, `at` is the time as it is written down.
    `scheduled` says that jobs are begun by a scheduler, when it has room: both ends of a pair in
    one go, starts of a feed apart by themselves, and never a start of a node.
    """

    run: str
    spool: Spool
    keep: Callable[[Answer, str], None]
    measured: Callable[[Sequence[dict[str, Any]]], int]
    done: Callable[[Outcome], None]
    begun: Callable[[Turn], None]
    now: Callable[[], float]
    at: Callable[[], str]
    wait: Callable[[float], None]
    scheduled: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """How a run deals with trouble: seconds that a node may be silent, and tries of a turn."""

    silent_s: float = 300.0
    attempts: int = 3
    pause_s: float = 1.0
