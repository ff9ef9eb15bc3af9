"""Compares the cables that are seen with those that are planned, and names what to do.

Law: every planned link of a fabric that was seen is ok, or in exactly one finding, or not observed
because nobody at either end reports. A swapped pair is one finding with two cables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from millwright.build import cablenames, cableports
from millwright.model.cabling import (
    Box,
    CableFinding,
    Class,
    Compared,
    End,
    Listing,
    Observed,
    Planned,
    SeenEnd,
    SeenLink,
    Spot,
)

_NO_NAMES: Mapping[str, str] = {}
_TOLERANCE = 0.02
"""Speeds are told rounded: 392 of 400 Gb/s is the same speed in other words."""


def compare(
    listing: Listing,
    plan: Sequence[Planned],
    boxes: Mapping[str, Box],
    given: Mapping[str, str] = _NO_NAMES,
) -> Compared:
    """Return what is as planned and what is not; `given` are names that a person said."""
    names = cablenames.learn(listing.links, plan, boxes, given)
    fabrics, unseen = _fabrics(plan, set(names.devices.values()))
    compared = [each for each in plan if each.fabric in fabrics]
    learned = cableports.learn(listing.links, compared, boxes, names.devices)
    desk = _Desk(compared, boxes, names.devices, learned)
    for link in listing.links:
        desk.lay(link)
    desk.match()
    desk.down = {end for spot in listing.down if (end := desk.known(spot))}
    desk.reporters = _reporting(listing, names)
    findings = [*desk.findings, *desk.swaps(), *desk.moved(), *desk.rest()]
    return Compared(
        fabrics=fabrics,
        unseen=unseen,
        planned=len(compared),
        ok=desk.ok,
        inferred=desk.inferred,
        not_observed=tuple(desk.unknown),
        findings=(*findings, *desk.extras(), *_duplicates(names, desk)),
        names=tuple(each for each in names.told.values() if each.how != "name"),
        doubts=tuple(names.doubts),
        ignored=listing.ignored,
        problems=tuple(listing.problems),
        simulated=listing.simulated,
        speeds=any(link.gbps is not None for link in listing.links),
    )


def _fabrics(plan: Sequence[Planned], seen: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the fabrics to compare: those of which a device was seen, or all if none was."""
    devices: dict[str, set[str]] = defaultdict(set)
    for each in plan:
        devices[each.fabric] |= {each.b[0]}
    found = tuple(fabric for fabric, own in devices.items() if own & seen)
    if not found:
        return tuple(devices), ()
    return found, tuple(fabric for fabric in devices if fabric not in found)


def _reporting(listing: Listing, names: cablenames.Names) -> set[str] | None:
    if listing.reporters is None:
        return None
    return {names.devices[unit] for unit in listing.reporters if unit in names.devices}


@dataclass(slots=True)
class _Desk:
    """Planned and seen links side by side; what has found its place is taken away."""

    plan: Sequence[Planned]
    boxes: Mapping[str, Box]
    devices: Mapping[str, str]
    learned: cableports.Labels
    ok: int = 0
    inferred: int = 0
    findings: list[CableFinding] = field(default_factory=list)
    unknown: list[Planned] = field(default_factory=list)
    down: set[End] = field(default_factory=set)
    reporters: set[str] | None = None
    _left: dict[str, Planned] = field(default_factory=dict)
    _at: dict[End, Planned] = field(default_factory=dict)
    _between: dict[frozenset[str], list[Planned]] = field(default_factory=dict)
    _seen: list[SeenLink] = field(default_factory=list)
    _seen_at: dict[End, list[SeenLink]] = field(default_factory=dict)
    _told: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._left = {each.id: each for each in self.plan}
        self._at = {end: each for each in self.plan for end in each.ends}
        self._seen_at = defaultdict(list)
        for each in self.plan:
            devices = frozenset(end[0] for end in each.ends)
            self._between.setdefault(devices, []).append(each)

    def end(self, spot: Spot) -> tuple[str, str | None] | None:
        """Return the device and the port of an end, as far as they are known."""
        device = self.devices.get(spot.unit)
        if device is None:
            return None
        return device, cableports.port_of(spot, self.boxes[device], self.learned)

    def known(self, spot: Spot) -> End | None:
        """Return an end whose port is known as well."""
        found = self.end(spot)
        return (found[0], found[1]) if found and found[1] is not None else None

    def lay(self, link: SeenLink) -> None:
        """Take a link that was seen."""
        self._seen.append(link)
        for spot in link.spots:
            if end := self.known(spot):
                self._seen_at[end].append(link)

    def match(self) -> None:
        """Take away what is as planned: first by both ports, then by what is known of them."""
        for link in self._seen:
            a, b = self.known(link.a), self.known(link.b)
            planned = self._at.get(a) if a else None
            if planned and b and planned.other(a or b) == b and planned.id in self._left:
                self._settle(planned, link)
        for link in self._seen:
            if id(link) in self._told or (self.known(link.a) and self.known(link.b)):
                continue
            fitting = [each for each in self._candidates(link) if each.id in self._left]
            if fitting:
                self.inferred += 1
                self._settle(fitting[0], link)

    def _candidates(self, link: SeenLink) -> Iterator[Planned]:
        """Yield planned links that fit a link of which a port is unknown."""
        a, b = self.end(link.a), self.end(link.b)
        if a is None or b is None:
            return
        for each in self._between.get(frozenset((a[0], b[0])), ()):
            for one, other in (each.ends, each.ends[::-1]):
                if _fits(a, one) and _fits(b, other):
                    yield each

    def _settle(self, planned: Planned, link: SeenLink) -> None:
        del self._left[planned.id]
        self._told.add(id(link))
        kind = _deviation(planned, link)
        if kind is None:
            self.ok += 1
            return
        self.findings.append(CableFinding(kind, (planned,), (self.observed(link),)))

    def observed(self, link: SeenLink) -> Observed:
        """Return a link as a finding tells it."""
        a, b = (self.seen_end(spot) for spot in link.spots)
        return Observed(a, b, link.gbps, link.part_number)

    def seen_end(self, spot: Spot) -> SeenEnd:
        """Return an end as a finding tells it."""
        device, port = self.end(spot) or (None, None)
        return SeenEnd(device, port, spot.said, spot.label)

    def _open(self) -> Iterator[tuple[SeenLink, End, End]]:
        """Yield links whose ends are known and that are told nowhere yet."""
        for link in self._seen:
            a, b = self.known(link.a), self.known(link.b)
            if id(link) not in self._told and a and b:
                yield link, a, b

    def swaps(self) -> Iterator[CableFinding]:
        """Yield pairs of cables that would be right if two of their ends were exchanged."""
        for link, a, b in list(self._open()):
            one, two = self._at.get(a), self._at.get(b)
            if one is None or two is None or not {one.id, two.id} <= self._left.keys():
                continue
            rest = (one.other(a), two.other(b))
            partner = next(
                (
                    seen
                    for seen in self._seen_at.get(rest[0], ())
                    if id(seen) not in self._told
                    and {self.known(seen.a), self.known(seen.b)} == set(rest)
                ),
                None,
            )
            if partner is None or partner is link:
                continue
            del self._left[one.id], self._left[two.id]
            self._told |= {id(link), id(partner)}
            yield CableFinding(
                kind="swapped",
                planned=(one, two),
                observed=(self.observed(link), self.observed(partner)),
                exchange=_exchange(one, two),
                note="exchange these two ends, and both cables are as planned",
            )

    def moved(self) -> Iterator[CableFinding]:
        """Yield planned cables of which an end is seen, led to another place."""
        for planned in list(self._left.values()):
            for end in planned.ends:
                link = next((each for each in self._seen_at.get(end, ()) if each.up), None)
                if link is None:
                    continue
                far = next((s for s in link.spots if self.known(s) != end), link.b)
                kind, note = self._astray(planned, planned.other(end), far)
                del self._left[planned.id]
                self._told.add(id(link))
                yield CableFinding(kind, (planned,), (self.observed(link),), note=note)
                break

    def _astray(self, planned: Planned, right: End, far: Spot) -> tuple[Class, str]:
        """Return what is wrong with a cable that ends elsewhere."""
        found = self.end(far)
        if found is None:
            return "wrong-port", f"it leads to {far.said}, which the plan does not know"
        rail = self.boxes[found[0]].rail
        where = f"{found[0]} {found[1] or far.label}"
        if found[0] != right[0] and rail and planned.rail and rail != planned.rail:
            return "wrong-rail", f"it leads to {where} of rail {rail}, not of rail {planned.rail}"
        return "wrong-port", f"it leads to {where}, not to {right[0]} {right[1]}"

    def rest(self) -> Iterator[CableFinding]:
        """Yield planned cables of which nothing is seen: down where a port says so, else missing.

        Where nobody at either end reports, nothing can be said, and it is not observed.
        """
        seen = set(self.devices.values())
        for planned in self._left.values():
            devices = {end[0] for end in planned.ends}
            if self.down & set(planned.ends):
                yield CableFinding("down", (planned,), ())
            elif not self._reported(planned):
                self.unknown.append(planned)
            else:
                absent = sorted(devices - seen) if self.reporters is None else []
                note = f"nothing is seen of {' and '.join(absent)}" if absent else ""
                yield CableFinding("missing", (planned,), (), note=note)

    def _reported(self, planned: Planned) -> bool:
        """Return whether anybody at either end would have told of a link."""
        return self.reporters is None or any(
            device in self.reporters and port not in self.boxes[device].silent
            for device, port in planned.ends
        )

    def extras(self) -> Iterator[CableFinding]:
        """Yield links that no cable of the plan explains."""
        for link in self._seen:
            if id(link) not in self._told:
                yield CableFinding("extra", (), (self.observed(link),))


def _fits(seen: tuple[str, str | None], end: End) -> bool:
    return seen[0] == end[0] and seen[1] in (None, end[1])


def _deviation(planned: Planned, link: SeenLink) -> Class | None:
    """Return what is wrong with a cable that lies where it should."""
    if not link.up:
        return "down"
    if planned.gbps and link.gbps and abs(link.gbps - planned.gbps) > _TOLERANCE * planned.gbps:
        return "wrong-speed"
    told = planned.part_number and link.part_number
    return "wrong-part" if told and link.part_number != planned.part_number else None


def _exchange(one: Planned, two: Planned) -> tuple[End, End]:
    """Return the two ends to exchange: on one device if they share one, else the upper ones."""
    for end in one.ends:
        for other in two.ends:
            if end[0] == other[0]:
                return end, other
    return one.b, two.b


def _duplicates(names: cablenames.Names, desk: _Desk) -> Iterator[CableFinding]:
    """Yield names that several devices have, with what each of them was taken for."""
    for name, spots in names.duplicates.items():
        ends = [desk.seen_end(spot) for spot in spots]
        taken = [f"{spot.unit}: {names.devices.get(spot.unit, 'unknown')}" for spot in spots]
        pairs = tuple(Observed(end, end, None, None) for end in ends)
        note = f"{len(spots)} devices call themselves {name} ({'; '.join(taken)})"
        yield CableFinding("duplicate-name", (), pairs, note=note)
