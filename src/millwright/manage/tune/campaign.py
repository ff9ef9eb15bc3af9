"""A note over a fleet: first one node, measured before and after; then the others in waves.

A note that brings nothing on the canary is taken off it again and goes no further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from millwright.manage.tune.hands import Changed, Hands
from millwright.manage.tune.orders import NodeOrder
from millwright.manage.tune.trial import Trial, tried
from millwright.model.tuned import Facts
from millwright.model.tuning import TuningTest

Word = Literal["done", "nothing to do", "failed", "unanswered", "reverted", "spared"]


@dataclass(frozen=True, slots=True)
class Aim:
    """What a campaign is for: who, how each is told, and how far a failure may spread.

    `come` and `go` say what a node is told from what it said of itself. Without `tests` nothing is
    measured. `wave` nodes go at once, and `most_failed` of a wave may fail.
    """

    note: str
    version: int
    nodes: tuple[str, ...]
    come: Callable[[Facts], NodeOrder]
    go: Callable[[Facts], NodeOrder]
    tests: tuple[TuningTest, ...] = ()
    wave: int = 64
    most_failed: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a node came out of it."""

    node: str
    word: Word
    detail: str = ""
    untestable: tuple[str, ...] = ()

    @property
    def bad(self) -> bool:
        """Return whether the node is not as it was to be."""
        return self.word in ("failed", "reverted", "spared")


def carried_out(aim: Aim, hands: Hands) -> Iterator[Outcome]:
    """Yield how each node came out, the canary's first."""
    if not aim.nodes:
        return
    canary, *others = aim.nodes
    first = _on_canary(aim, hands, canary)
    yield first
    if first.word in ("failed", "unanswered", "reverted"):
        why = f"{canary} went first: {first.word}"
        yield from (Outcome(node, "spared", why) for node in others)
        return
    while others:
        wave, others = others[: aim.wave], others[aim.wave :]
        outcomes = list(at_once(aim.come, wave, hands))
        yield from outcomes
        bad = [each for each in outcomes if each.word in ("failed", "unanswered")]
        if len(bad) > aim.most_failed:
            why = f"{len(bad)} of {len(wave)} nodes before it failed"
            yield from (Outcome(node, "spared", why) for node in others)
            return


def _on_canary(aim: Aim, hands: Hands, canary: str) -> Outcome:
    if not aim.tests:
        return next(iter(at_once(aim.come, [canary], hands)))
    trial = Trial(aim.note, aim.version, canary, aim.come, aim.go)
    kept, why = tried(trial, aim.tests, hands)
    if not kept:
        return Outcome(canary, "reverted" if kept is False else "failed", why)
    return Outcome(canary, "done", why)


def at_once(
    order_of: Callable[[Facts], NodeOrder], nodes: Sequence[str], hands: Hands
) -> Iterator[Outcome]:
    """Yield how nodes came out that are all told at once, from what they say of themselves now."""
    found = hands.look(nodes)
    orders = {node: order_of(told) for node, told in found.items() if isinstance(told, Facts)}
    changed = hands.change([order for order in orders.values() if order.changes])
    for node in nodes:
        told = found.get(node, "it did not answer")
        if isinstance(told, str):
            yield Outcome(node, "unanswered", told)
        else:
            yield outcome_of(orders[node], changed.get(node))


def outcome_of(order: NodeOrder, changed: Changed | None) -> Outcome:
    """Return how one node came out of an order."""
    blocked = "; ".join(f"{each.what}: {each.why}" for each in order.remarks if each.bad)
    if changed is None:
        return Outcome(order.node, "failed" if blocked else "nothing to do", blocked)
    if not changed.answered:
        return Outcome(order.node, "unanswered", changed.reason)
    wrong = "; ".join(word for word in (changed.reason, *changed.failed, blocked) if word)
    return Outcome(order.node, "failed" if wrong else "done", wrong, changed.untestable)
