"""Where parts are that were elsewhere, which of them are gone, and which nobody saw before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from millwright.build.judge.identities import Parts, Place, spot
from millwright.model.comparison import Move, Stray
from millwright.model.verdict import Verdict

_Way = tuple[str, str]


def moves(before: Parts, after: Parts) -> tuple[Move, ...]:
    """Return moves, those of one node to another together, exchanges as one.

    Parts that keep their slot and change the node are told as one: it was moved, or named anew.
    """
    ways: dict[_Way, list[str]] = defaultdict(list)
    for serial, places in before.places.items():
        there = after.places.get(serial)
        if there is not None and not set(places) & set(there):
            ways[_way(places, there)].append(serial)
    found = []
    for way in sorted(ways):
        back = way[::-1]
        if back in ways and back < way:
            continue
        found.append(_move(way, ways[way], ways.get(back, [])))
    return tuple(found)


def _way(before: tuple[Place, ...], after: tuple[Place, ...]) -> _Way:
    """Return from where to where; without the slot where that is the same."""
    if {device for _, device in before} & {device for _, device in after}:
        return before[0][0], after[0][0]
    return spot(before[0]), spot(after[0])


def _move(way: _Way, serials: list[str], back: list[str]) -> Move:
    told = f"{_counted(serials)} of {way[0]} {'is' if len(serials) == 1 else 'are'} in {way[1]}"
    if back:
        told += f", and {_counted(back)} of {way[1]} in {way[0]}: exchanged"
    return Move(
        origin=way[0], target=way[1], serials=tuple(serials), exchanged=tuple(back), reason=told
    )


def _counted(serials: list[str]) -> str:
    return serials[0] if len(serials) == 1 else f"{len(serials)} parts"


def missing(before: Parts, after: Parts) -> tuple[Stray, ...]:
    """Return parts that are not seen any more, with what is in their place."""
    return tuple(_gone(before, after))


def _gone(before: Parts, after: Parts) -> Iterator[Stray]:
    for serial, places in before.places.items():
        if serial in after.places:
            continue
        instead = next((after.serials[at] for at in places if at in after.serials), "")
        told = f"{instead} is in its place" if instead else "no measurement tells of it"
        yield Stray(serial=serial, place=spot(places[0]), reason=told, verdict=Verdict.UNKNOWN)


def new(before: Parts, after: Parts) -> tuple[Stray, ...]:
    """Return parts that nobody saw before: nothing says what they were when they left."""
    return tuple(
        Stray(
            serial=serial, place=spot(places[0]), verdict=Verdict.WARN,
            reason="it was not measured at the factory: nothing to compare it with",
        )
        for serial, places in after.places.items()
        if serial not in before.places
    )  # fmt: skip
