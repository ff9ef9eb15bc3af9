"""Reads one figure out of a design by its name, so that published tables can be data.

A measure is one or more terms joined by ` + `:

- `nodes`, `gpus`, `scalable_units`, `racks.total`, `racks.compute`, `racks.management`
- `fabrics.<fabric>.<field>` with a field of FabricSummary; `@plane` divides by the planes, and
`@800`
  counts links in units of 800G
- `devices[model=, fabric=, role=, kind=]`: how many devices, the site's own excluded
- `cables[fabric=, a=, b=]`: how many cable rows; `a` and `b` are roles or models of the ends
- `rack_kw[name=, kind=]`: the greatest draw of racks, in kW
- `bom[ITEM]` or `bom[ITEM, location=PLACE]`: quantity in the bill of materials
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from millwright.design.solve import Design
from millwright.errors import MillwrightError
from millwright.model.cluster import Device, FabricSummary
from millwright.units import kw

_TERM = re.compile(r"^(?P<head>[a-z_.]+)(?:\[(?P<filter>[^\]]*)\])?(?:@(?P<unit>plane|\d+))?$")


class UnknownMeasure(MillwrightError):
    """A published row asks for something that designs do not have."""


def measured(measure: str, design: Design) -> float:
    """Return the value of a measure.

    Raises UnknownMeasure where a term is not understood, so that a misspelt row can never match.
    """
    return sum(_term(term.strip(), measure, design) for term in measure.split(" + "))


def _term(term: str, measure: str, design: Design) -> float:
    match = _TERM.match(term)
    if match is None:
        raise UnknownMeasure(f"measure {measure!r}: {term!r} is not understood")
    head, wanted, unit = match["head"], match["filter"], match["unit"]
    cluster = design.cluster
    if head == "scalable_units":
        return sum(pool.scalable_units for pool in cluster.pools)
    if head in ("nodes", "gpus"):
        return int(getattr(cluster, head))
    if head.startswith("racks."):
        return int(_field(cluster.racks, head.removeprefix("racks."), measure))
    if head.startswith("fabrics."):
        return _fabric(head, unit, measure, design)
    counters: Mapping[str, Callable[[dict[str, str], Design], float]] = {
        "devices": _devices,
        "cables": _cables,
        "bom": _bom,
        "rack_kw": _rack_kw,
    }
    if head not in counters or wanted is None:
        raise UnknownMeasure(f"measure {measure!r}: {head!r} is not a quantity of a design")
    return counters[head](_filters(wanted, measure, bare=head == "bom"), design)


def _field(value: object, name: str, measure: str) -> float:
    found = getattr(value, name, None)
    if not isinstance(found, (int, float)):
        raise UnknownMeasure(f"measure {measure!r}: there is no {name!r}")
    return found


def _fabric(head: str, unit: str | None, measure: str, design: Design) -> float:
    _, fabric, name = (head + "..").split(".")[:3]
    summary = design.cluster.fabrics.get(fabric)
    if summary is None:
        if name in FabricSummary.model_fields:
            return 0
        raise UnknownMeasure(f"measure {measure!r}: there is no {name!r}")
    value = _field(summary, name, measure)
    if unit == "plane":
        return value / summary.planes
    return value if unit is None else value * summary.link_gbps / float(unit)


def _filters(text: str, measure: str, *, bare: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, part in enumerate(p.strip() for p in text.split(",") if p.strip()):
        key, equals, value = part.partition("=")
        if equals:
            found[key.strip()] = value.strip()
        elif bare and index == 0:
            found["item"] = part
        else:
            raise UnknownMeasure(f"measure {measure!r}: {part!r} has no value")
    return found


def _matches(value: object, wanted: Mapping[str, str]) -> bool:
    return all(str(getattr(value, key)) == text for key, text in wanted.items())


def _devices(wanted: dict[str, str], design: Design) -> int:
    return sum(_matches(d, wanted) and not d.external for d in design.cluster.devices)


def _bom(wanted: dict[str, str], design: Design) -> int:
    return sum(line.quantity for line in design.bom if _matches(line, wanted))


def _rack_kw(wanted: dict[str, str], design: Design) -> float:
    loads = [rack.load for rack in design.cluster.rack_units if _matches(rack, wanted)]
    return kw(sum(round(load.known_max_kw * 1000) for load in loads if load is not None))


def _cables(wanted: dict[str, str], design: Design) -> int:
    by_name = {device.name: device for device in design.cluster.devices}
    table = design.cables
    count = 0
    for fabric, a, b in zip(table.fabric, table.a_device, table.b_device, strict=True):
        if wanted.get("fabric", fabric) == fabric:
            count += _is_end(by_name[a], wanted.get("a")) and _is_end(by_name[b], wanted.get("b"))
    return count


def _is_end(device: Device, wanted: str | None) -> bool:
    return wanted is None or wanted in (device.role, device.model)
