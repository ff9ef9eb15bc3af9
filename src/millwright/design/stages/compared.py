"""Sets a stage beside the one before, thing by thing: what of the installed does not stay.

Cable plans are compared end by end: a cable stays where both its ends, its part and its length are
the same ones. Nothing is taken from what a design says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from millwright.design.solve import Design
from millwright.model.cluster import CableTable, Device, RackUnit
from millwright.model.stages import Checked, Moved

End = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A cable: its fabric, both ends, and what lies between them."""

    fabric: str
    a: End
    b: End
    cable: str
    length_m: int

    @property
    def told(self) -> str:
        """Return part and length as a person reads them."""
        length = f" of {self.length_m} m" if self.length_m else ""
        return f"{self.cable or 'a cable'}{length}"


@dataclass(frozen=True, slots=True)
class Shift:
    """One installed thing that does not stay, before anybody said why."""

    what: Moved
    name: str
    before: str
    after: str
    fabric: str
    devices: tuple[str, ...] = ()


def rows(table: CableTable) -> list[Row]:
    """Return the cables of a plan, row by row."""
    columns = zip(
        table.fabric,
        table.a_device,
        table.a_port,
        table.b_device,
        table.b_port,
        table.cable,
        table.length_m,
        strict=True,
    )
    return [Row(f, (a, ap), (b, bp), cable, m) for f, a, ap, b, bp, cable, m in columns]


@dataclass(frozen=True, slots=True)
class Compared:
    """What of the installed does not stay, how much was looked at, and which cables are new."""

    shifts: tuple[Shift, ...]
    checked: Checked
    new_cables: tuple[Row, ...]


def compared(old: Design, new: Design) -> Compared:
    """Return the comparison of two designs: every installed cable, device, rack, address."""
    before, after = rows(old.cables), rows(new.cables)
    cables = list(_cables(before, after))
    devices = list(_devices(old.cluster.devices, new.cluster.devices))
    racks = list(_racks(old.cluster.rack_units, new.cluster.rack_units))
    addresses = list(_addresses(old.cluster.devices, new.cluster.devices))
    stood = {(row.a, row.b) for row in before} | {(row.b, row.a) for row in before}
    checked = Checked(
        cables=len(before),
        cables_moved=len(cables),
        devices=len(old.cluster.devices),
        devices_moved=len(devices),
        racks=len(old.cluster.rack_units),
        racks_moved=len(racks),
        addresses=sum(len(device.addresses) for device in old.cluster.devices),
        addresses_moved=len(addresses),
    )
    new_cables = tuple(row for row in after if (row.a, row.b) not in stood)
    return Compared((*racks, *devices, *addresses, *cables), checked, new_cables)


def _cables(before: list[Row], after: list[Row]) -> Iterator[Shift]:
    at: dict[End, Row] = {}
    for row in after:
        at[row.a], at[row.b] = row, row
    for row in before:
        told = _moved(row, at.get(row.a), at.get(row.b))
        if told is None:
            continue
        (kept, before_end), now = told
        name = " ".join(kept)
        devices = (row.a[0], row.b[0])
        yield Shift("cable", name, before_end, now, row.fabric, devices)


def _moved(row: Row, at_a: Row | None, at_b: Row | None) -> tuple[tuple[End, str], str] | None:
    """Return what becomes of a cable: the end that keeps something, and both far sides in words."""
    if at_a is not None and at_a is at_b and {at_a.a, at_a.b} == {row.a, row.b}:
        if (at_a.cable, at_a.length_m) == (row.cable, row.length_m):
            return None
        return (row.a, f"{' '.join(row.b)} by {row.told}"), f"{' '.join(row.b)} by {at_a.told}"
    if at_a is not None:
        return (row.a, " ".join(row.b)), " ".join(_far(at_a, row.a))
    if at_b is not None:
        return (row.b, " ".join(row.a)), " ".join(_far(at_b, row.b))
    return (row.a, " ".join(row.b)), ""


def _far(row: Row, end: End) -> End:
    return row.b if row.a == end else row.a


def _devices(before: tuple[Device, ...], after: tuple[Device, ...]) -> Iterator[Shift]:
    now = {device.name: device for device in after}
    for device in before:
        there = now.get(device.name)
        was, becomes = _standing(device), _standing(there) if there else ""
        if was != becomes:
            yield Shift("device", device.name, was, becomes, device.fabric or "", (device.name,))


def _standing(device: Device) -> str:
    place = f" in {device.rack}" if device.rack else ""
    return f"{device.model}{place}{f' U{device.u}' if device.u else ''}"


def _racks(before: tuple[RackUnit, ...], after: tuple[RackUnit, ...]) -> Iterator[Shift]:
    now = {rack.name: rack for rack in after}
    for rack in before:
        there = now.get(rack.name)
        was, becomes = _spot(rack), _spot(there) if there else ""
        if was != becomes:
            yield Shift("rack", rack.name, was, becomes, "")


def _spot(rack: RackUnit) -> str:
    at = f" at row {rack.row} position {rack.position}" if rack.row else ""
    return f"{rack.model}{at}"


def _addresses(before: tuple[Device, ...], after: tuple[Device, ...]) -> Iterator[Shift]:
    now = {(d.name, a.port, a.network): a.address for d in after for a in d.addresses}
    kept = {device.name for device in after}
    for device in before:
        for address in device.addresses if device.name in kept else ():
            becomes = now.get((device.name, address.port, address.network), "")
            if becomes != address.address:
                yield Shift(
                    "address", f"{device.name} {address.port}", address.address, becomes,
                    "", (device.name,),
                )  # fmt: skip
