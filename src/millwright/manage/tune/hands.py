"""What tuning works with, and what nodes make of what they are told: the world comes in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from millwright.manage.tune.orders import NodeOrder
from millwright.model.tuned import Facts, Gain
from millwright.model.tuning import TuningTest


@dataclass(frozen=True, slots=True)
class Changed:
    """What a node made of an order: what it refused, and what it could not set.

    `untestable` are values that a container cannot set, whatever it is told.
    """

    node: str
    reason: str = ""
    answered: bool = True
    failed: tuple[str, ...] = ()
    untestable: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Return whether all of it was done, as far as the node can."""
        return self.answered and not self.reason and not self.failed


@dataclass(frozen=True, slots=True)
class Hands:
    """All that a campaign has of the world.

    `look` asks nodes and gives facts or why there are none; `change` has orders carried out, each
    kept in the journal before it goes and after; `measure` gives a number or why there is none.
    """

    look: Callable[[Sequence[str]], Mapping[str, Facts | str]]
    change: Callable[[Sequence[NodeOrder]], Mapping[str, Changed]]
    measure: Callable[[str, TuningTest], float | str]
    keep_gain: Callable[[Gain], None]
    now: Callable[[], str]
    say: Callable[[str], None]
    run: str
