"""A fabric as a picture: tiers above each other, every switch where they are few, groups where
they are many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from millwright.model.cluster import Cluster, Device
from millwright.model.nodeset import folded
from millwright.reports.architecture import TITLES, fabric_words
from millwright.reports.cabling import natural
from millwright.reports.picture import Box, Paint, Picture, Shape, Stroke, Words, fitting

WIDTH = 900.0
LEFT, RIGHT = 92.0, 888.0
HIGH, GAP = 40.0, 78.0
SINGLE = 16
"""As many devices of a tier are drawn one by one; more of them stand in groups."""
GROUPS = 9
"""As many boxes of a tier are drawn; of more, the first and the last, with a gap that says so."""
TIERS = ("core", "spine", "leaf", "access", "node")
NAMES = {
    "core": "Cores",
    "spine": "Spines",
    "leaf": "Leaves",
    "access": "Access",
    "node": "Machines",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Devices that are drawn as one box."""

    tier: str
    names: tuple[str, ...]
    told: str
    count: int


@dataclass(frozen=True, slots=True)
class _Spot:
    group: Group | None
    x: float
    y: float
    wide: float


def fabric_picture(cluster: Cluster, name: str, links: Iterable[tuple[str, str]]) -> Picture | None:
    """Return a fabric of the design; None where others carry it. `links` are its cables, by the
    names of both ends."""
    if cluster.fabrics[name].carried_by:
        return None
    known = {device.name: device for device in cluster.devices}
    pairs = Counter(links)
    tiers = _tiers(name, known, pairs)
    present = [tier for tier in TIERS if tiers.get(tier)]
    if len(present) < 2:
        return None
    spots: list[_Spot] = []
    shapes: list[Shape] = []
    for index, tier in enumerate(present):
        y = 12 + index * (HIGH + GAP)
        row = _spots(_fewer(tiers[tier]), y)
        spots += row
        count = sum(group.count for group in tiers[tier])
        shapes += [
            Words(12, y + 18, NAMES[tier], 12, "ink", bold=True),
            Words(12, y + 33, f"{count:,}", 12, "soft"),
        ]
    lines, between = _lines(spots, pairs)
    shapes = [*lines, *(shape for spot in spots for shape in _box(spot)), *shapes]
    shapes += _between(present, between)
    high = 12 + len(present) * HIGH + (len(present) - 1) * GAP + 12
    words = f"{TITLES.get(name, name)}: {fabric_words(cluster, name)}"
    return Picture(f"{TITLES.get(name, name)}", words, WIDTH, high, tuple(shapes))


def _tiers(
    fabric: str, known: dict[str, Device], pairs: Counter[tuple[str, str]]
) -> dict[str, list[Group]]:
    members: dict[str, list[Device]] = {}
    names = dict.fromkeys(end for pair in pairs for end in pair)
    for device in (known[name] for name in names if name in known):
        own = device.kind == "switch" and device.fabric == fabric
        tier = device.role if own and device.role in TIERS else "node"
        members.setdefault(tier, []).append(device)
    return {tier: _grouped(tier, devices) for tier, devices in members.items()}


def _grouped(tier: str, devices: list[Device]) -> list[Group]:
    ordered = sorted(devices, key=lambda d: (d.role != "compute", d.plane or 0, d.group or 0,
                                             d.pod or 0, natural(d.name)))  # fmt: skip
    if len(ordered) <= SINGLE:
        return [Group(tier, (d.name,), d.model, 1) for d in ordered]
    found: dict[tuple[object, ...], list[Device]] = {}
    for device in ordered:
        found.setdefault(_key(device), []).append(device)
    return [
        Group(tier, tuple(d.name for d in each), each[0].model, len(each))
        for each in found.values()
    ]


def _key(device: Device) -> tuple[object, ...]:
    if device.role == "compute":
        return ("compute", device.pool, device.unit, device.group)
    if device.kind == "switch":
        return ("switch", device.plane, device.pod, device.unit, device.group)
    return (device.role, device.model)


def _fewer(groups: Sequence[Group]) -> list[Group | None]:
    """Return what is drawn: None stands for the groups that are left out in the middle."""
    most = SINGLE if all(group.count == 1 for group in groups) else GROUPS
    if len(groups) <= most:
        return list(groups)
    return [*groups[: most - 3], None, *groups[-2:]]


def _spots(groups: Sequence[Group | None], y: float) -> list[_Spot]:
    gap = 8.0
    wide = min(150.0, (RIGHT - LEFT - gap * (len(groups) - 1)) / len(groups))
    whole = wide * len(groups) + gap * (len(groups) - 1)
    start = LEFT + (RIGHT - LEFT - whole) / 2
    return [_Spot(group, start + i * (wide + gap), y, wide) for i, group in enumerate(groups)]


def _box(spot: _Spot) -> list[Shape]:
    if spot.group is None:
        middle = spot.x + spot.wide / 2
        return [Words(middle, spot.y + HIGH / 2 + 5, "· · ·", 15, "soft", "middle")]
    group = spot.group
    first, last = group.names[0], group.names[-1]
    paint: Paint = "accent" if group.tier == "node" else "soft"
    tip = f"{folded(group.names)}: {group.count:,} x {group.told}"
    size = 10.0 if spot.wide >= 60 else 8.5
    head = first if group.count == 1 else f"{first} – {last}"
    below = group.told if group.count == 1 else f"{group.count:,} x {group.told}"
    if len(head) * size * 0.56 > spot.wide - 6:
        head = first if group.count == 1 else f"{first} …"
    middle = spot.x + spot.wide / 2
    return [
        Box(spot.x, spot.y, spot.wide, HIGH, "panel", paint, 3, tip=tip),
        Words(middle, spot.y + 17, fitting(head, spot.wide - 4, size), size, "ink", "middle",
              bold=True),
        Words(middle, spot.y + 31, fitting(below, spot.wide - 4, size - 1), size - 1, "soft",
              "middle"),
    ]  # fmt: skip


def _lines(
    spots: Sequence[_Spot], pairs: Counter[tuple[str, str]]
) -> tuple[list[Shape], dict[tuple[str, str], list[int]]]:
    """Return the lines between boxes, and how many cables each pair of drawn devices has."""
    place = {name: spot for spot in spots if spot.group is not None for name in spot.group.names}
    together: Counter[tuple[int, int]] = Counter()
    singles: dict[tuple[str, str], list[int]] = {}
    index = {id(spot): at for at, spot in enumerate(spots)}
    for (a, b), count in pairs.items():
        here, there = place.get(a), place.get(b)
        if here is None or there is None or here.group is None or there.group is None:
            continue
        together[(index[id(here)], index[id(there)])] += count
        singles.setdefault((here.group.tier, there.group.tier), []).append(count)
    shapes: list[Shape] = []
    for (one, two), count in together.items():
        upper, lower = sorted((spots[one], spots[two]), key=lambda spot: spot.y)
        if upper.y == lower.y:
            shapes += _beside(upper, lower)
            continue
        ends = (
            (upper.x + upper.wide / 2, upper.y + HIGH),
            (lower.x + lower.wide / 2, lower.y),
        )
        shapes.append(Stroke(ends, "soft", 1.0 if count < 16 else 1.5))
    return shapes, singles


def _beside(one: _Spot, two: _Spot) -> list[Shape]:
    """Join two boxes of a tier by a bow below them."""
    left, right = sorted((one.x + one.wide / 2, two.x + two.wide / 2))
    y = one.y + HIGH
    return [Stroke(((left, y), (left, y + 9), (right, y + 9), (right, y)), "accent", 1.5)]


def _between(present: Sequence[str], singles: dict[tuple[str, str], list[int]]) -> list[Shape]:
    """Say how many cables one device has to one of the next tier, where it is the same number."""
    shapes: list[Shape] = []
    for at in range(len(present) - 1):
        upper, lower = present[at], present[at + 1]
        counts = [*singles.get((lower, upper), ()), *singles.get((upper, lower), ())]
        if not counts:
            continue
        low, high = min(counts), max(counts)
        each = f"{low}" if low == high else f"{low} to {high}"
        y = 12 + at * (HIGH + GAP) + HIGH + GAP / 2 + 4
        told = f"{each} a pair"
        shapes.append(Words(12, y, told, 11, "soft"))
    return shapes
