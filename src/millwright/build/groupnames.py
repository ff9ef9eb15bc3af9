"""From what groups came to: who is named, how surely, and where that is in the fabric."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, stdev

from millwright.build.bisection import Isolation
from millwright.build.groupbar import LEAST_SPREAD, GroupBar
from millwright.build.groupplaces import FabricPlaces, together_at
from millwright.model.groupsearch import Named, Sure, Tried

CLEAR = 6.0
"""Deviations of healthy groups by which one that failed has to be off to be surely worse."""


@dataclass(frozen=True, slots=True)
class Healthy:
    """What groups that met the bar reach, and how much they differ, as a share."""

    count: int
    usual: float | None
    spread: float


@dataclass(frozen=True, slots=True)
class _Group:
    """All readings of one group; it failed where most of them did."""

    nodes: frozenset[str]
    passed: bool
    values: tuple[float, ...]
    reasons: tuple[str, ...]


def healthy(tried: Sequence[Tried], bar: GroupBar) -> Healthy:
    """Return what is known of groups that have no fault in them."""
    values = [each.value for each in tried if each.value is not None and each.passed is not False]
    if not values:
        return Healthy(0, bar.usual, bar.spread)
    usual = bar.usual if bar.usual is not None else median(values)
    own = stdev(values) / abs(usual) if len(values) > 2 and usual else 0.0
    return Healthy(len(values), usual, max(LEAST_SPREAD, bar.spread, own))


def named(
    tried: Sequence[Tried], found: Isolation, bar: GroupBar, places: FabricPlaces
) -> tuple[Named, ...]:
    """Return who is at fault, nodes first."""
    groups, usual = list(_groups(tried)), healthy(tried, bar)
    sets = [(node,) for node in (*found.faulty, *found.unconfirmed)] + list(found.boundary)
    told = []
    for own in sets:
        others = [other for other in sets if other != own]
        with_them = [each for each in groups if _alone(each, own, others)]
        once = len(own) == 1 and own[0] in found.unconfirmed
        told.append(_named(own, with_them, (bar, usual), "" if once else together_at(places, own)))
    return tuple(told)


def _groups(tried: Sequence[Tried]) -> Iterable[_Group]:
    by_nodes: dict[frozenset[str], list[Tried]] = {}
    for each in tried:
        if each.why != "reference" and each.passed is not None:
            by_nodes.setdefault(frozenset(each.nodes), []).append(each)
    for nodes, readings in by_nodes.items():
        passed = sum(bool(each.passed) for each in readings) * 2 > len(readings)
        values = tuple(each.value for each in readings if each.value is not None)
        reasons = tuple(dict.fromkeys(each.reason for each in readings if each.reason))
        yield _Group(nodes, passed, values, reasons)


def _alone(group: _Group, own: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Return whether a group held these nodes, and of other faults none that shows."""
    return group.nodes.issuperset(own) and not any(group.nodes.issuperset(o) for o in others)


def _named(
    own: tuple[str, ...], groups: Sequence[_Group], than: tuple[GroupBar, Healthy], place: str
) -> Named:
    bar, usual = than
    failed = [each for each in groups if not each.passed]
    passed = len(groups) - len(failed)
    partners = len({each.nodes.difference(own) for each in failed})
    values = [median(each.values) for each in failed if each.values]
    worse = None
    if values and usual.usual:
        worse = bar.worse_by(median(values), usual.usual)
    spreads = None if worse is None else worse / usual.spread
    return Named(
        kind="node" if len(own) == 1 else "together",
        nodes=own,
        sure=_sure(len(failed), passed, partners, spreads),
        failed=len(failed),
        passed=passed,
        partners=partners,
        worse_percent=None if worse is None else round(100 * worse, 2),
        spreads=None if spreads is None else round(spreads, 1),
        place=place,
        reason="; ".join(dict.fromkeys(reason for each in failed for reason in each.reasons))[:300],
    )


def _sure(failed: int, passed: int, partners: int, spreads: float | None) -> Sure:
    """Return how sure it is: with other partners each time, never well, and far from healthy."""
    if passed or not failed:
        return "unconfirmed"
    clear = spreads is None or spreads >= CLEAR
    return "sure" if partners >= 2 and clear else "likely"
