"""What a crew needs at one rack: devices, cables, and what to tick off."""

from __future__ import annotations

from millwright.model.cluster import Device, RackUnit
from millwright.reports.cabling import Cabled, End, natural
from millwright.reports.page import Cell, Checklist, Field, Grid

Members = list[tuple[End, End, Cabled]]


def devices_grid(devices: list[Device]) -> Grid:
    """Return the devices of a rack from above, with their addresses."""
    ordered = sorted(devices, key=lambda d: (-(d.u or 0), natural(d.name)))
    rows = tuple(
        (
            d.u,
            d.name,
            d.model,
            d.height_u or None,
            ", ".join(f"{a.port} {a.address}" for a in d.addresses),
        )
        for d in ordered
    )
    fields = (
        Field("U", "number"),
        Field("device", "code"),
        Field("model", "code"),
        Field("height", "number", "U"),
        Field("addresses", share=1.4),
    )
    return Grid(fields, rows, "Devices, from above")


def cables_grid(members: Members) -> Grid:
    """Return cable ends with the labels of both of their ends; lengths where any is known."""
    known = any(cable.length_m for _, _, cable in members)
    fields = [
        Field("U", "number"),
        Field("label on this end", "code"),
        Field("label on the far end", "code"),
        Field("far rack", "code"),
        Field("far U", "number"),
        Field("fabric", "code"),
        Field("rail", "number"),
        Field("medium", "code"),
        Field("part number", "code"),
    ]
    if known:
        fields.append(Field("length", "number", "m"))
    fields.append(Field("done", "tick"))
    rows = tuple(_cable_row(*member, known) for member in members)
    return Grid(tuple(fields), rows, "Cables of this rack", empty="No cable.", folded=True)


def _cable_row(near: End, far: End, cable: Cabled, known: bool) -> tuple[Cell, ...]:
    row: tuple[Cell, ...] = (
        _count(near.u),
        near.label,
        far.label,
        far.rack or "site",
        _count(far.u),
        cable.fabric,
        _count(cable.rail),
        cable.medium,
        cable.part_number or None,
    )
    return (*row, cable.length_m or None, None) if known else (*row, None)


def _count(text: str) -> int | None:
    return int(text) if text else None


def checklist(rack: RackUnit, devices: int, pdus: int, ends: int) -> Checklist:
    """Return what a crew does at a rack and ticks off: so many devices, PDUs and cable ends."""
    free = rack.height_u - rack.used_u
    points = [
        f"{rack.name} stands at its place, level, anchored and earthed.",
        f"{devices} devices mounted at the units shown; serial number of each recorded.",
        f"{pdus} PDUs mounted; feed and phase of each written down."
        if pdus
        else "Power: feed and phase of each outlet written down.",
        f"{free} free units closed with blanking panels." if free else "No unit is free.",
        f"{ends} cable ends plugged, each with its label, ports checked against the list.",
        "Bend radii kept, no cable across a fan or a power supply's handle.",
        "Photographs of front and rear taken before the doors are closed.",
        "Power on: every supply green, no fault light, BMC answers at its address.",
    ]
    return Checklist(f"Checklist of {rack.name}", tuple(points))
