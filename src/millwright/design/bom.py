"""The bill of materials: everything that was drawn, counted, with part number, source and
confidence."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from millwright.design.brief import Brief
from millwright.design.fabrics.draft import Drawing, Plug
from millwright.design.fabrics.manager import instances
from millwright.design.fabrics.media import transceiver_for
from millwright.design.layout import Floor
from millwright.model.cluster import BY_LENGTH, BomLine

CATEGORIES = ("rack", "server", "switch", "appliance", "pdu", "cable", "transceiver")


class Known(Protocol):
    """What every catalogue entry has, as far as the bill is concerned."""

    name: str
    title: str
    source: str
    confidence: str


def bill(drawing: Drawing, brief: Brief, floor: Floor) -> tuple[BomLine, ...]:
    """Return one line for each item and location, in the order of categories.

    What the catalogue has no entry for stands in the bill by its description, without a part
    number.
    """
    lines = [*_racks(brief, floor), *_devices(drawing, brief)]
    lines += [*_cables(drawing, brief), *_transceivers(drawing, brief)]
    return tuple(sorted(lines, key=lambda b: (CATEGORIES.index(b.category), b.location, b.item)))


def _line(item: str, entry: object, category: str, quantity: int, location: str) -> BomLine:
    return BomLine(
        item=item,
        part_number=getattr(entry, "part_number", None),
        description=getattr(entry, "title", "") or item,
        category=category,
        quantity=quantity,
        unit="pcs",
        location=location,
        source=getattr(entry, "source", "unstated"),
        confidence=getattr(entry, "confidence", "estimate"),
    )


def _racks(brief: Brief, floor: Floor) -> list[BomLine]:
    counts = Counter((rack.model, rack.kind) for rack in floor.racks)
    return [
        _line(model, brief.catalog.racks.get(model), "rack", count, kind)
        for (model, kind), count in counts.items()
    ]


def _devices(drawing: Drawing, brief: Brief) -> list[BomLine]:
    catalog = brief.catalog
    known = {
        "server": catalog.servers,
        "switch": catalog.switches,
        "appliance": catalog.appliances,
        "pdu": catalog.pdus,
    }
    managed = {name: a.placed.manages for a in brief.appliances for name in instances(a)}
    counts: Counter[tuple[str, str, str]] = Counter()
    for device in drawing.devices:
        if not device.external:
            own = managed.get(device.name) if device.kind == "appliance" else None
            place = device.fabric or device.pool or own or _place_of(device.rack)
            counts[device.kind, device.model, place] += 1
    return [
        _line(model, known[kind].get(model), kind, count, place)  # type: ignore[attr-defined]
        for (kind, model, place), count in counts.items()
    ]


def _place_of(rack: str | None) -> str:
    return "management" if rack and rack.startswith("mgmt-") else "compute"


def _cables(drawing: Drawing, brief: Brief) -> list[BomLine]:
    lines = []
    ordered = _ordered(drawing, brief)
    for (cable, location), count in drawing.pieces.items():
        entry = brief.catalog.cables.get(cable)
        line = _line(cable or "cable-not-in-catalogue", entry, "cable", count, location)
        names = ordered.get((cable, location.split("-")[0]))
        if names:
            told = f"{line.description}{BY_LENGTH}{', '.join(names)}"
            line = line.model_copy(update={"description": told})
        lines.append(line)
    return lines


def _ordered(drawing: Drawing, brief: Brief) -> dict[tuple[str, str], list[str]]:
    """Return the vendor's names of each kind of cable of a fabric, one a length: the number of the
    kind itself is that of one length alone."""
    table = drawing.cables
    kinds = sorted(set(zip(table.cable, table.fabric, table.length_m, strict=True)))
    found: dict[tuple[str, str], list[str]] = {}
    for cable, fabric, length in kinds:
        entry = brief.catalog.cables.get(cable)
        if entry is not None and entry.ordered_as and length:
            name = entry.ordered_as.replace("{length}", f"{length:03d}")
            found.setdefault((cable, fabric), []).append(name)
    return found


def _transceivers(drawing: Drawing, brief: Brief) -> list[BomLine]:
    counts: Counter[tuple[str, str]] = Counter()
    entries = {}
    for plug, count in drawing.plugs.items():
        entry = transceiver_for(brief.catalog, plug.connector, plug.medium, plug.gbps, plug.ports)
        item = entry.name if entry else _described(plug)
        entries[item] = entry
        counts[item, plug.location] += count
    _tell_unknown(drawing, sorted(item for item, entry in entries.items() if entry is None))
    return [
        _line(item, entries[item], "transceiver", count, location)
        for (item, location), count in counts.items()
    ]


def _described(plug: Plug) -> str:
    return f"transceiver-{plug.connector}-{plug.medium}-{plug.ports}x{plug.gbps:g}g"


def _tell_unknown(drawing: Drawing, items: list[str]) -> None:
    if any(not cable for cable, _ in drawing.pieces):
        items = [*items, "cables of a medium and speed it does not know"]
    if items:
        drawing.remark(
            "MW-D-030",
            "warn",
            "catalog",
            f"the catalogue has no entry for: {', '.join(items)}",
            "add them to catalog/*.yaml, so that the bill names a part",
        )
