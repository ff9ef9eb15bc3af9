"""Which remedy first: the order of tries that is expected to cost least, in node-minutes.

A try costs its own time, its disruption and its hands; where it does not help, the next one
follows. Handing the node to a person ends the order. Tries count as independent of each other,
which is kind to the later ones; each is taken once in an order. Sending a part back costs its
price again with the chance that the part was not at fault, or that another try would have done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from millwright.manage.remedy.chances import Tried, chance
from millwright.model.incident import Chance, Choice, Complaint, Weighed
from millwright.model.remedy import HANDS, Remedy


@dataclass(frozen=True, slots=True)
class Case:
    """One complaint beside what is known of its like. `barred` says why remedies may not be taken;
    `disruption_minutes` what the worst disruption is worth."""

    complaint: Complaint
    sku: str
    record: Sequence[Tried]
    barred: Mapping[str, str]
    disruption_minutes: float


@dataclass(frozen=True, slots=True)
class _Best:
    """The cheapest order from a point on: its first remedy, and what it is expected to cost."""

    first: str
    cost: float


class _Order:
    """Weighs orders of the remedies that may be taken."""

    def __init__(self, case: Case, remedies: Mapping[str, Remedy]) -> None:
        self._case = case
        self._remedies = remedies
        found = {
            name: chance(remedy, case.complaint.fault, case.sku, case.record)
            for name, remedy in remedies.items()
        }
        self.chances = {name: each for name, each in found.items() if each is not None}
        self.excluded = dict(_excluded(case, remedies, self.chances))
        self._known: dict[frozenset[str], _Best] = {}

    @property
    def tries(self) -> frozenset[str]:
        """Return what may be tried before hands are needed."""
        return frozenset(self._remedies) - HANDS - frozenset(self.excluded)

    def best(self, left: frozenset[str]) -> _Best:
        """Return the cheapest order of what is left."""
        if left not in self._known:
            hands = [n for n in self._remedies if n in HANDS and n not in self.excluded]
            costs = {
                name: self.weighed(name, left).total or 0.0 for name in (*sorted(left), *hands)
            }
            first = min(costs, key=lambda name: (costs[name], name))
            self._known[left] = _Best(first, costs[first])
        return self._known[left]

    def weighed(self, name: str, left: frozenset[str]) -> Weighed:
        """Return what it costs to take a remedy first, of those that are left."""
        remedy = self._remedies[name]
        rest = left - {name}
        helps = self.chances[name].mean if name in self.chances else 0.0
        own = self._own(remedy)
        wrong = 0.0
        if remedy.wrong_minutes is not None:
            needed = helps * prod(1 - self.chances[other].mean for other in rest)
            wrong = remedy.wrong_minutes.value * (1 - needed)
        after = 0.0 if name in HANDS else (1 - helps) * self.best(rest).cost
        figures = [round(each, 1) for each in (own, wrong, after, own + wrong + after)]
        return Weighed(
            remedy=name, chance=round(helps, 3), own=figures[0], wrong=figures[1],
            after=figures[2], total=figures[3],
        )  # fmt: skip

    def _own(self, remedy: Remedy) -> float:
        disruption = remedy.severity.value * self._case.disruption_minutes
        hands = remedy.hands_minutes.value if remedy.hands_minutes else 0.0
        return remedy.minutes.value * remedy.impact.value + disruption + hands

    def ladder(self) -> tuple[str, ...]:
        """Return the order: each remedy as it comes where those before it did not help."""
        left, found = self.tries, []
        while True:
            found.append(self.best(left).first)
            if found[-1] in HANDS:
                return tuple(found)
            left -= {found[-1]}


def _excluded(
    case: Case, remedies: Mapping[str, Remedy], chances: Mapping[str, Chance]
) -> Iterable[tuple[str, str]]:
    for name in remedies:
        if name == "work-queue":
            continue
        if name in case.barred:
            yield name, case.barred[name]
        elif name not in chances:
            yield name, f"nobody supposes that it mends {case.complaint.fault}"


def choose(case: Case, remedies: Mapping[str, Remedy]) -> Choice:
    """Return which remedy comes first and which after it, with every number.

    `remedies` holds the work queue, which is always open: there is an answer to everything.
    """
    order = _Order(case, remedies)
    ladder = order.ladder()
    weighed = [
        order.weighed(name, order.tries)
        if name not in order.excluded
        else Weighed(
            remedy=name, chance=0, own=0, wrong=0, after=0, total=None,
            excluded=order.excluded[name],
        )
        for name in remedies
    ]  # fmt: skip
    chances = tuple(order.chances[name] for name in remedies if name in order.chances)
    return Choice(
        remedy=ladder[0],
        ladder=ladder,
        weighed=tuple(weighed),
        chances=chances,
        reasons=tuple(_reasons(case, order, ladder)),
    )


def _reasons(case: Case, order: _Order, ladder: Sequence[str]) -> Iterable[str]:
    first = order.weighed(ladder[0], order.tries)
    if ladder[0] in HANDS:
        told = "nothing that software does is worth trying"
        yield f"{ladder[0]}: {told}; {first.total:g} node-minutes"
    else:
        known = order.chances[ladder[0]]
        yield (
            f"{ladder[0]} first: it helps with {known.mean:.2f} (Beta({known.alpha:g}, "
            f"{known.beta:g}); {known.mended} of {known.tried} tries here helped, the rest is "
            f"{known.prior_source})"
        )
        yield (
            f"it is expected to cost {first.total:g} node-minutes: {first.own:g} itself, and "
            f"{first.after:g} for what follows where it does not help ({' > '.join(ladder[1:])})"
        )
    asked = case.complaint.advised
    if asked:
        agrees = "which it is" if ladder[0] in asked else "which it is not"
        yield f"the finding asks for {' > '.join(asked)}, {agrees}"
