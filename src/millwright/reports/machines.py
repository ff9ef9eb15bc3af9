"""What the catalogue says of the models in a design: the figures that a floor has to carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from millwright.model.catalog import Catalog, Machine, Switch
from millwright.model.cluster import Device
from millwright.reports.page import Cell, Field, Grid

Known = Machine | Switch


def known(catalog: Catalog, device: Device) -> Known | None:
    """Return the catalogue's entry of a device, or None for what it does not describe."""
    shelves: dict[str, dict[str, Known]] = {
        "server": dict(catalog.servers),
        "switch": dict(catalog.switches),
        "appliance": dict(catalog.appliances),
    }
    return shelves.get(device.kind, {}).get(device.model)


@dataclass(frozen=True, slots=True)
class Burden:
    """What devices come to, and how many of them have no figure: a sum is only as good as that."""

    power_max_w: int
    power_unknown: int
    weight_kg: float
    weight_unknown: int

    @property
    def power(self) -> str:
        """Return the power in words; what is not known is said with it."""
        if not self.power_max_w:
            return "not known"
        return _summed(f"{self.power_max_w / 1000:,.1f} kW", self.power_unknown, "draw")

    @property
    def weight(self) -> str:
        """Return the weight of the devices in words, without the rack and its cables."""
        if not self.weight_kg:
            return "not known"
        return _summed(f"{self.weight_kg:,.0f} kg", self.weight_unknown, "weight")


def _summed(told: str, unknown: int, what: str) -> str:
    if not unknown:
        return told
    return f"{told} and {unknown} device{'s' if unknown > 1 else ''} of unknown {what}"


def burden(catalog: Catalog, devices: Iterable[Device]) -> Burden:
    """Return maximum power and weight of devices. PDUs are left out, whose draw is what they feed,
    and what is the site's own and stands outside the racks."""
    counted = [each for each in devices if each.kind != "pdu" and not each.external]
    entries = [known(catalog, device) for device in counted]
    powers = [e.power_max_w.value for e in entries if e is not None and e.power_max_w is not None]
    weights = [e.weight_kg.value for e in entries if e is not None and e.weight_kg is not None]
    return Burden(
        sum(powers), len(entries) - len(powers), sum(weights), len(entries) - len(weights)
    )


def models_grid(catalog: Catalog, devices: Iterable[Device]) -> Grid:
    """Return one row a model with what the catalogue knows of it, and who says so; what is the
    site's own is left out."""
    ours = [each for each in devices if not each.external]
    counts = Counter((d.kind, d.model) for d in ours)
    sample = {(d.kind, d.model): d for d in ours}
    fields = (
        Field("model", "code"),
        Field("kind", "code"),
        Field("count", "number"),
        Field("height", "number", "U"),
        Field("power, max", "number", "W"),
        Field("weight", "number", "kg"),
        Field("supplies", "code"),
        Field("source", share=1.2),
    )
    rows = [_row(catalog, sample[key], count) for key, count in sorted(counts.items())]
    return Grid(fields, tuple(rows), "Models")


def _row(catalog: Catalog, device: Device, count: int) -> tuple[Cell, ...]:
    entry = known(catalog, device)
    head: tuple[Cell, ...] = (device.model, device.kind, count, device.height_u or None)
    if entry is None:
        pdu = catalog.pdus.get(device.model)
        source = f"{pdu.source} ({pdu.confidence})" if pdu else "not in the catalogue"
        return (*head, None, None, None, source)
    psu = entry.psu.value if entry.psu else None
    return (
        *head,
        entry.power_max_w.value if entry.power_max_w else None,
        entry.weight_kg.value if entry.weight_kg else None,
        f"{psu.count} x {psu.watts} W, {psu.required} needed" if psu else None,
        _sources(entry),
    )


def _sources(entry: Known) -> str:
    said = [entry.height_u, entry.power_max_w, entry.weight_kg, entry.psu]
    told = dict.fromkeys(f"{s.source} ({s.confidence})" for s in said if s is not None)
    return "; ".join(told)
