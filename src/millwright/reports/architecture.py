"""The design on one picture: what the site brings, what is built, and the networks between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from millwright.model.cluster import Cluster, FabricSummary
from millwright.reports.picture import Box, Paint, Picture, Shape, Stroke, Words, fitting

WIDTH = 900.0
EDGE = 14.0
TITLES = {
    "inband": "In-band network",
    "compute": "Compute fabric",
    "storage": "Storage fabric",
    "oob": "Out-of-band network",
}
BAR, HIGH = 34.0, 112.0
LINE = 15.0


@dataclass(frozen=True, slots=True)
class Place:
    """A box of the picture: a heading, lines below it; `there` is false for what is not built."""

    title: str
    lines: tuple[str, ...]
    there: bool = True
    stacked: bool = False
    edge: Paint = "soft"


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the machines: boxes of the site, of other zones, and the storage; `works`
    names what runs on the machines."""

    site: Sequence[Place]
    storage: Place
    works: Sequence[str] = ()


def architecture(cluster: Cluster, around: Around) -> Picture:
    """Return the picture: the site above, machines in the middle, fabrics as bars that join
    them."""
    pools = [_pool(cluster, index, around.works) for index in range(len(cluster.pools))]
    machines = [_management(cluster), *pools, around.storage]
    shapes: list[Shape] = []
    y = 8.0
    if around.site:
        shapes += _row(around.site, y, 92.0)
        shapes += _joined(len(around.site), y + 92, y + 112)
        y += 112
    y = _bar(shapes, cluster, "inband", y)
    shapes += _joined(len(machines), y, y + 20)
    y += 20
    high = max(HIGH, 40 + LINE * max(len(place.lines) for place in machines))
    shapes += _row(machines, y, high)
    y += high
    for name in ("compute", "storage"):
        if name in cluster.fabrics and cluster.fabrics[name].carried_by is None:
            shapes += _only(machines, name, y, y + 20)
            y = _bar(shapes, cluster, name, y + 20)
    shapes += _joined(len(machines), y, y + 20, dashed=True)
    y = _bar(shapes, cluster, "oob", y + 20)
    told = "; ".join(f"{place.title}: {', '.join(place.lines)}" for place in machines)
    return Picture("Architecture", told, WIDTH, y + 8, tuple(shapes))


def _pool(cluster: Cluster, index: int, works: Sequence[str]) -> Place:
    pool = cluster.pools[index]
    each = pool.gpus // pool.nodes if pool.nodes else 0
    lines = (
        f"{pool.nodes:,} x {pool.server}",
        f"{pool.gpus:,} GPUs, {each} a node" if pool.gpus else "no GPUs",
        f"{pool.slots:,} places in the fabric",
        *((f"runs {', '.join(works)}",) if works and len(cluster.pools) == 1 else ()),
    )
    return Place(f"Pool {pool.name}", lines, stacked=pool.nodes > 1, edge="accent")


def _management(cluster: Cluster) -> Place:
    counts = Counter(
        device.model
        for device in cluster.devices
        if device.kind == "appliance" and not device.external and device.role != "storage"
    )
    lines = tuple(f"{count:,} x {model}" for model, count in sorted(counts.items()))
    return Place("Management", lines or ("none",), stacked=sum(counts.values()) > 1)


def fabric_words(cluster: Cluster, name: str) -> str:
    """Return a fabric in one line: its switches, tiers, planes and the speed of its links."""
    fabric = cluster.fabrics[name]
    if fabric.carried_by:
        return f"carried by the {fabric.carried_by} fabric"
    models = Counter(
        device.model
        for device in cluster.devices
        if device.fabric == name and device.kind == "switch"
    )
    parts = [f"{count:,} x {model}" for model, count in sorted(models.items())]
    parts.append(_tiers(fabric))
    if fabric.planes > 1:
        parts.append(f"{fabric.planes} planes")
    parts.append(f"{fabric.link_gbps:g} Gb/s a link")
    return " · ".join(parts)


def _tiers(fabric: FabricSummary) -> str:
    named = (
        (fabric.leaf_switches, "leaf", "leaves"),
        (fabric.spine_switches, "spine", "spines"),
        (fabric.core_switches, "core", "cores"),
    )
    told = [f"{count:,} {one if count == 1 else more}" for count, one, more in named if count]
    return ", ".join(told) or "one tier"


def _bar(shapes: list[Shape], cluster: Cluster, name: str, y: float) -> float:
    """Draw a fabric over the whole width; return where it ends."""
    if name not in cluster.fabrics:
        return y
    words = fabric_words(cluster, name)
    paint: Paint = "accent" if name == "compute" else "soft"
    room = WIDTH - 2 * EDGE - 190
    shapes += [
        Box(EDGE, y, WIDTH - 2 * EDGE, BAR, "panel", paint, 3, tip=f"{TITLES[name]}: {words}"),
        Box(EDGE, y, 5, BAR, paint),
        Words(EDGE + 16, y + BAR / 2 + 4.5, TITLES[name], 13, "ink", bold=True),
        Words(EDGE + 180, y + BAR / 2 + 4.5, fitting(words, room, 12), 12, "soft"),
    ]
    return y + BAR


def _columns(count: int) -> tuple[float, float]:
    """Return width and step of so many boxes side by side."""
    gap = 16.0
    wide = (WIDTH - 2 * EDGE - gap * (count - 1)) / count
    return wide, wide + gap


def _row(places: Sequence[Place], y: float, high: float) -> list[Shape]:
    wide, step = _columns(len(places))
    shapes: list[Shape] = []
    for index, place in enumerate(places):
        shapes += _place(place, (EDGE + index * step, y, wide, high))
    return shapes


def _place(place: Place, at: tuple[float, float, float, float]) -> list[Shape]:
    x, y, wide, high = at
    shapes: list[Shape] = []
    behind = 2 if place.stacked else 0
    wide, high = wide - 4 * behind, high - 4 * behind
    for back in range(behind, 0, -1):
        shapes.append(Box(x + 4 * back, y + 4 * back, wide, high, "sheet", place.edge, 3))
    told = f"{place.title}: {', '.join(place.lines)}"
    fill: Paint = "panel" if place.there else "sheet"
    dashed = not place.there
    shapes.append(Box(x, y, wide, high, fill, place.edge, 3, dashed=dashed, tip=told))
    title = fitting(place.title, wide - 20, 13)
    shapes.append(Words(x + 11, y + 22, title, 13, "ink", bold=True))
    most = int((high - 32) / LINE)
    for index, line in enumerate(place.lines[:most]):
        words = fitting(line, wide - 20, 11)
        shapes.append(Words(x + 11, y + 41 + index * LINE, words, 11, "soft"))
    return shapes


def _joined(count: int, top: float, bottom: float, *, dashed: bool = False) -> list[Shape]:
    wide, step = _columns(count)
    middles = [EDGE + index * step + wide / 2 for index in range(count)]
    return [Stroke(((x, top), (x, bottom)), "soft", 1.6, dashed=dashed) for x in middles]


def _only(machines: Sequence[Place], fabric: str, top: float, bottom: float) -> list[Shape]:
    """Join pools to a fabric of theirs, and the storage to its own."""
    wide, step = _columns(len(machines))
    last = len(machines) - 1
    chosen = range(1, last + (fabric == "storage"))
    paint: Paint = "accent" if fabric == "compute" else "soft"
    found: list[Shape] = []
    for index in chosen:
        x = EDGE + index * step + wide / 2
        found.append(Stroke(((x, top), (x, bottom)), paint, 3 if fabric == "compute" else 1.6))
    return found
