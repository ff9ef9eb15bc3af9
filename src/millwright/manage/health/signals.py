"""What sources tell: signals, for each device that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from millwright.manage.health.view import View
from millwright.manage.questions import Party
from millwright.model.fault import Advice


@dataclass(frozen=True, slots=True)
class Seen:
    """One signal of one device.

    `value` is None where the device does not say it, and `note` then says why; else `note` is what
    a person reads beside it. `count` is how often a message came, `since` when first. `fault` names
    what it means, where the answer itself says so. `node` is whose it is, where one node tells of
    another; `said` the advice of the catalogue of faults on this one. `up_s` is for how
    long a counter has counted, where that is not for as long as the node is up.
    """

    signal: str
    device: str
    value: float | str | None
    note: str = ""
    since: str | None = None
    count: int = 1
    fault: str = ""
    node: str = ""
    said: Advice | None = None
    up_s: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Reads signals out of one question's answer, where the node is of a party.

    What it tells nothing of, although the question was answered, is well.
    """

    question: str
    signals: frozenset[str]
    read: Callable[[View], Iterable[Seen]]
    of: Party = "all"


def source(
    question: str, read: Callable[[View], Iterable[Seen]], *signals: str, of: Party = "all"
) -> Source:
    """Return a source."""
    return Source(question, frozenset(signals), read, of)


def truth(flag: bool | None) -> float | None:
    """Return a flag as a number: what is not told stays so."""
    return None if flag is None else float(flag)
