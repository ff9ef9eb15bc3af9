"""Nodes in waves: a canary first, then as many as the guard rails let out at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from millwright.manage.remedy.fleet import Fleet
from millwright.manage.remedy.rails import Bounds, Hour, rails_of
from millwright.model.remedyplan import Rail

SHARE = "share of nodes"
RAILS = frozenset((SHARE, "capacity of the tier", "redundancy partners"))
"""Rails that bound how many are out at once; they fill a wave."""
STANDING = frozenset(("known", "infrastructure", "in a person's hands", "whose drain"))
"""Rails that hold a node back whatever wave it is in."""
PASSING = frozenset(("freeze window",))
"""Rails that hold now and not later: they are looked at when a node is taken out."""


def _rails(node: str, fleet: Fleet, bounds: Bounds, moment: Hour) -> tuple[Rail, ...]:
    return rails_of(node, fleet, bounds, moment, ())


def standing(node: str, fleet: Fleet, bounds: Bounds, moment: Hour) -> tuple[Rail, ...]:
    """Return the rails that keep a node out of every wave."""
    rails = _rails(node, fleet, bounds, moment)
    return tuple(rail for rail in rails if rail.holds and rail.name in STANDING)


def now_held(node: str, fleet: Fleet, bounds: Bounds, moment: Hour) -> tuple[Rail, ...]:
    """Return the rails that keep a node from being taken out at this moment."""
    rails = _rails(node, fleet, bounds, moment)
    counted = RAILS | STANDING | PASSING
    return tuple(rail for rail in rails if rail.holds and rail.name in counted)


@dataclass(frozen=True, slots=True)
class Waved:
    """Nodes in waves, and those that fit into none with the rails that say so."""

    waves: tuple[tuple[str, ...], ...]
    left: dict[str, tuple[Rail, ...]]


def waved(nodes: Iterable[str], fleet: Fleet, bounds: Bounds, moment: Hour, canary: int) -> Waved:
    """Return nodes in waves, by rack: what fails in a rack first shows there.

    A wave is filled while every rail lets one more out, with the wave's others counted as out.
    """
    left = sorted(nodes, key=lambda name: (fleet.posts[name].rack, name))
    waves: list[tuple[str, ...]] = []
    while left:
        wave = _filled(left, fleet, (bounds, moment), canary if not waves else len(left))
        if not wave:
            break
        waves.append(wave)
        left = [name for name in left if name not in set(wave)]
    return Waved(tuple(waves), {name: _full(name, fleet, (bounds, moment)) for name in left})


def _full(node: str, fleet: Fleet, by: tuple[Bounds, Hour]) -> tuple[Rail, ...]:
    return tuple(rail for rail in _rails(node, fleet, *by) if rail.holds and rail.name in RAILS)


def _filled(
    left: Sequence[str], fleet: Fleet, by: tuple[Bounds, Hour], most: int
) -> tuple[str, ...]:
    wave: list[str] = []
    for name in left:
        if len(wave) == most:
            break
        holding = _full(name, fleet, by)
        if any(rail.name == SHARE for rail in holding):
            break
        if not holding:
            wave.append(name)
            fleet = fleet.without(name)
    return tuple(wave)
