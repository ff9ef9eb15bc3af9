"""Which device of the plan a name of the fabric means: by name, by a pattern of names, by links.

First who is called as planned; then families of names that differ in their words and agree in their
numbers (`dgx-17` for `gpu017`), if their links agree as well; then by the links alone: whoever is
plugged in where only one device of the plan belongs. What fits several is left open and said.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from millwright.model.cabling import Box, Doubt, End, Naming, Planned, SeenLink, Spot

_NUMBER = re.compile(r"\d{1,9}")
_MOST_ROUNDS = 50
_MOST_TRIED = 12
_FITS = 0.5
"""Which part of a device's links has to fit before they name it."""


@dataclass(slots=True)
class Names:
    """Devices by unit, as far as they were recognised, and how."""

    devices: dict[str, str] = field(default_factory=dict)
    told: dict[str, Naming] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    duplicates: dict[str, list[Spot]] = field(default_factory=dict)

    def take(self, spot: Spot, naming: Naming) -> None:
        """Remember who a unit is."""
        self.devices[spot.unit] = naming.device
        self.told[spot.unit] = naming

    def free(self, boxes: Iterable[Box]) -> list[Box]:
        """Return the planned devices that nobody was taken for yet."""
        taken = set(self.devices.values())
        return [box for box in boxes if box.name not in taken]


def learn(
    links: Sequence[SeenLink],
    plan: Sequence[Planned],
    boxes: Mapping[str, Box],
    given: Mapping[str, str],
) -> Names:
    """Return who is who. `given` are names that a person said: observed to planned."""
    units = {spot.unit: spot for link in links for spot in link.spots}
    names = Names()
    _by_name(units, boxes, given, names)
    votes = _Votes(links, plan, boxes)
    _by_pattern(units, votes, names)
    _by_links(units, votes, names)
    return names


def canonical(name: str) -> str:
    """Return a name without its domain and in small letters."""
    return name.partition(".")[0].strip().lower()


def _by_name(
    units: Mapping[str, Spot], boxes: Mapping[str, Box], given: Mapping[str, str], names: Names
) -> None:
    planned = {canonical(name): name for name in boxes}
    said = {canonical(name): device for name, device in given.items()}
    called: dict[str, list[Spot]] = defaultdict(list)
    for spot in units.values():
        if spot.name:
            called[canonical(spot.name)].append(spot)
    for name, spots in called.items():
        if len(spots) > 1:
            # Who of them is the one shows in its links.
            names.duplicates[spots[0].name or name] = spots
            continue
        device = said.get(name)
        if device is not None and device in boxes:
            names.take(spots[0], Naming(spots[0].said, device, "given"))
        elif name in planned:
            names.take(spots[0], Naming(spots[0].said, planned[name], "name"))


class _Votes:
    """Which planned device the links of an unknown one speak for, given those that are known."""

    def __init__(
        self, links: Sequence[SeenLink], plan: Sequence[Planned], boxes: Mapping[str, Box]
    ) -> None:
        self.boxes = boxes
        self._links: dict[str, list[tuple[Spot, Spot]]] = defaultdict(list)
        for link in links:
            self._links[link.a.unit].append((link.a, link.b))
            self._links[link.b.unit].append((link.b, link.a))
        self._at: dict[End, Planned] = {end: each for each in plan for end in each.ends}
        self._between: dict[tuple[str, str], int] = Counter()
        for each in plan:
            for own, far in (each.ends, each.ends[::-1]):
                self._between[own[0], far[0]] += 1
        self._beside: dict[str, set[str]] = defaultdict(set)
        for here, there in self._between:
            self._beside[here].add(there)

    def count(self, unit: str) -> int:
        """Return how many links of a unit were seen."""
        return len(self._links[unit])

    def of(self, unit: str, known: Mapping[str, str]) -> Counter[str]:
        """Return how many links speak for each device: one whose far port is known names one."""
        found: Counter[str] = Counter()
        for own, peer in self._links[unit]:
            device = known.get(peer.unit)
            if device is None:
                continue
            port = self.boxes[device].labels.get(peer.label)
            if port is not None:
                planned = self._at.get((device, port))
                there = planned.other((device, port))[0] if planned else None
                candidates = {there} if there else set()
            else:
                candidates = self._beside[device]
            for each in candidates:
                if self.boxes[each].kind == own.kind:
                    found[each] += 1
        return found

    def agree(self, unit: str, device: str, known: Mapping[str, str]) -> tuple[int, int]:
        """Return how many links of a unit lead where a device's do, of those with a known end.

        A far port whose number is known has to be the device's own; of others the far device is
        all that can be asked.
        """
        fit = of = 0
        for _, peer in self._links[unit]:
            far = known.get(peer.unit)
            if far is None:
                continue
            of += 1
            port = self.boxes[far].labels.get(peer.label)
            planned = self._at.get((far, port)) if port else None
            there = planned.other((far, port))[0] if planned and port else None
            fit += there == device if port else (device, far) in self._between
        return fit, of


def _by_pattern(units: Mapping[str, Spot], votes: _Votes, names: Names) -> None:
    """Take families whose numbers agree: the largest first that links agree with.

    Where nobody is known yet a family has no known neighbour: then two are tried together.
    """
    while tried := sorted(_all_proposals(units, votes, names), key=lambda each: -len(each)):
        pairs = (
            one | other
            for at, one in enumerate(tried[:_MOST_TRIED])
            for other in tried[at + 1 : _MOST_TRIED]
            if not one.keys() & other.keys() and not set(one.values()) & set(other.values())
        )
        found = next((each for each in (*tried, *pairs) if _agreed(each, votes, names)), None)
        if found is None:
            return
        known = names.devices | found
        for unit, device in found.items():
            links, _ = votes.agree(unit, device, known)
            names.take(units[unit], Naming(units[unit].said, device, "pattern", links))


def _agreed(proposal: Mapping[str, str], votes: _Votes, names: Names) -> bool:
    """Return whether more than half of the links with two known ends lead as planned then."""
    known = {**names.devices, **proposal}
    agreed = [votes.agree(unit, device, known) for unit, device in proposal.items()]
    return sum(fit for fit, _ in agreed) > _FITS * max(1, sum(of for _, of in agreed))


def _all_proposals(units: Mapping[str, Spot], votes: _Votes, names: Names) -> list[dict[str, str]]:
    return [each for kind in ("switch", "host") for each in _proposals(units, votes, names, kind)]


def _proposals(
    units: Mapping[str, Spot], votes: _Votes, names: Names, kind: str
) -> list[dict[str, str]]:
    """Return what families of unknown names could mean: unit to device, by their numbers."""
    twice = {spot.unit for spots in names.duplicates.values() for spot in spots}
    known = twice | names.devices.keys()
    unknown = _families(
        (spot.name, spot.unit)
        for spot in units.values()
        if spot.name and spot.kind == kind and spot.unit not in known
    )
    free = _families(
        (box.name, box.name) for box in names.free(votes.boxes.values()) if box.kind == kind
    )
    proposals: list[dict[str, str]] = []
    for seen in unknown:
        for planned in free:
            for own, meant in ((seen, planned), (_last(seen), _last(planned))):
                found = {unit: meant[n] for n, unit in own.items() if n and n in meant}
                if found and len(found) > _FITS * len(seen) and found not in proposals:
                    proposals.append(found)
    return proposals


def _last(family: Mapping[tuple[int, ...], str]) -> dict[tuple[int, ...], str]:
    """Return a family by its last number alone; empty where two share it."""
    found = {numbers[-1:]: meant for numbers, meant in family.items() if numbers}
    return found if len(found) == len(family) else {}


def _families(named: Iterable[tuple[str, str]]) -> list[dict[tuple[int, ...], str]]:
    """Return families of names that differ in numbers only: what is meant, by the numbers."""
    found: dict[str, dict[tuple[int, ...], str]] = defaultdict(dict)
    for name, meant in named:
        found[_family(name)][_numbers(name)] = meant
    return list(found.values())


def _family(name: str) -> str:
    return _NUMBER.sub("#", canonical(name))


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBER.findall(canonical(name)))


def _by_links(units: Mapping[str, Spot], votes: _Votes, names: Names) -> None:
    """Take whoever's links speak for one free device more than for any other, until none is left.

    Votes are counted anew after each round: each name that was found lets its neighbours speak.
    """
    for _ in range(_MOST_ROUNDS):
        found = _elected(units, votes, names)
        if not found:
            break
        for unit, (device, links) in found.items():
            names.take(units[unit], Naming(units[unit].said, device, "links", links))
    for unit, spot in sorted(units.items()):
        if unit not in names.devices:
            names.doubts.append(Doubt(spot.said, _leaders(votes.of(unit, names.devices), names)))


def _elected(units: Mapping[str, Spot], votes: _Votes, names: Names) -> dict[str, tuple[str, int]]:
    free = {box.name for box in names.free(votes.boxes.values())}
    standing: dict[str, list[tuple[int, str]]] = defaultdict(list)
    elected: dict[str, tuple[str, int]] = {}
    for unit, spot in units.items():
        if unit in names.devices:
            continue
        # One adapter without a name may sit in a host whose others have theirs.
        counted = [
            (n, each)
            for each, n in votes.of(unit, names.devices).items()
            if each in free or spot.single
        ]
        counted.sort(reverse=True)
        if not counted or counted[0][0] <= _FITS * votes.count(unit):
            continue
        if len(counted) > 1 and counted[0][0] == counted[1][0]:
            continue
        if spot.single:
            elected[unit] = (counted[0][1], counted[0][0])
        else:
            standing[counted[0][1]].append((counted[0][0], unit))
    for device, candidates in standing.items():
        candidates.sort(reverse=True)
        if len(candidates) == 1 or candidates[0][0] > candidates[1][0]:
            elected[candidates[0][1]] = (device, candidates[0][0])
    return elected


def _leaders(found: Counter[str], names: Names) -> tuple[str, ...]:
    taken = set(names.devices.values())
    left = {device: n for device, n in found.items() if device not in taken}
    most = max(left.values(), default=0)
    return tuple(sorted(device for device, n in left.items() if n == most))[:8]
