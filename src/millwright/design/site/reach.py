"""Whether each cable reaches: another assembly where one is too short, or another fibre for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from millwright.design.brief import Brief
from millwright.design.fabrics.draft import Drawing
from millwright.design.fabrics.media import FIBRES
from millwright.errors import Infeasible
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog
from millwright.model.cluster import CableTable
from millwright.model.parts import Cable

NEXT = {"mmf": "smf", "aoc": "smf", "acc": "mmf", "dac": "mmf"}
"""What a whole fabric changes to where no assembly of its medium reaches."""


@dataclass(slots=True)
class Short:
    """Cables of one fabric and kind that are longer than light or copper carries."""

    fabric: str
    cable: Cable
    count: int = 0
    longest_m: int = 0


def stretched(drawing: Drawing, catalog: Catalog) -> tuple[Short, ...]:
    """Exchange assemblies that are too short for others of their speed; return what is left.

    Fibres are not exchanged one by one: both ports of a cage carry one kind.
    """
    table, left = drawing.cables, dict[tuple[str, str], Short]()
    for row, (fabric, name, length) in enumerate(
        zip(table.fabric, table.cable, table.length_m, strict=True)
    ):
        cable = catalog.cables.get(name)
        if cable is None or length <= cable.reach_m.value:
            continue
        other = _other(catalog, cable, length)
        if other is not None:
            _exchange(drawing, row, cable, other)
            continue
        short = left.setdefault((fabric, name), Short(fabric, cable))
        short.count += 1
        short.longest_m = max(short.longest_m, length)
    return tuple(left.values())


def _other(catalog: Catalog, cable: Cable, length_m: int) -> Cable | None:
    """Return the assembly of the shortest reach that suffices and has the same plugs."""
    if cable.medium in FIBRES:
        return None
    plugs = set(cable.connectors)
    fitting = [
        other
        for other in catalog.cables.values()
        if other.reach_m.value >= length_m
        and other.speed_gbps.value == cable.speed_gbps.value
        and (other.links, other.splits) == (cable.links, cable.splits)
        and other.medium not in FIBRES
        and plugs & set(other.connectors)
    ]
    return min(fitting, key=lambda c: (c.reach_m.value, c.name), default=None)


def _exchange(drawing: Drawing, row: int, cable: Cable, other: Cable) -> None:
    table = drawing.cables
    table.medium[row], table.cable[row] = other.medium, other.name
    places = [
        place
        for (name, place), count in drawing.pieces.items()
        if name == cable.name and count > 0 and place.split("-")[0] == table.fabric[row]
    ]
    if not places or (cable.links > 1 and _counted(drawing, row)):
        return
    drawing.pieces[cable.name, places[0]] -= 1
    drawing.pieces[other.name, places[0]] += 1
    if not drawing.pieces[cable.name, places[0]]:
        del drawing.pieces[cable.name, places[0]]


def _counted(drawing: Drawing, row: int) -> bool:
    """Return whether another row of the same twin assembly was exchanged just before."""
    table = drawing.cables
    ends = table.a_device[row], table.b_device[row]
    before = sum(
        (table.a_device[at], table.b_device[at]) == ends and table.cable[at] == table.cable[row]
        for at in range(max(0, row - 64), row)
    )
    return before % 2 == 1


def wished_medium(brief: Brief, fabric: str) -> str | None:
    """Return the medium that the user's own spec says for a fabric."""
    spec = getattr(brief.factory.fabrics, fabric, None)
    said: str | None = getattr(spec, "medium", None) if spec is not None else None
    return said


def refuse_wished(brief: Brief, short: tuple[Short, ...]) -> None:
    """Raise Infeasible where the user insists on a medium that does not reach."""
    for found in short:
        if wished_medium(brief, found.fabric) == found.cable.medium:
            other = NEXT.get(found.cable.medium, "smf")
            raise Infeasible(
                f"{found.count} cables of {found.cable.name} would be up to {found.longest_m} m "
                f"long, and {found.cable.medium} reaches {found.cable.reach_m.value:g} m",
                rule="MW-D-071",
                where=f"fabrics.{found.fabric}.medium",
                hint=f"`medium: {other}`, or shorter rows and aisles (`site.floor`)",
            )


def mixed_cages(table: CableTable, catalog: Catalog) -> Iterator[tuple[str, str, str, str]]:
    """Yield (device, cage, one kind, another) for cages whose ports carry two kinds of fibre."""
    first: dict[tuple[str, str], tuple[str, int, str]] = {}
    kinds = {name: (c.medium, c.splits) for name, c in catalog.cables.items()}
    for devices, ports in ((table.a_device, table.a_port), (table.b_device, table.b_port)):
        for device, port, name in zip(devices, ports, table.cable, strict=True):
            cage, slash, _ = port.rpartition("/")
            kind = kinds.get(name)
            if not slash or kind is None or kind[0] not in FIBRES:
                continue
            known = first.setdefault((device, cage), (*kind, name))
            if known[:2] != kind:
                yield device, cage, known[2], name


def check_cages(table: CableTable, catalog: Catalog) -> None:
    """Raise Infeasible where a splitter and a straight fibre, or two media, share a cage."""
    for device, cage, one, other in mixed_cages(table, catalog):
        raise Infeasible(
            f"{one} and {other} share cage {cage} of {device}: both ports of a twin-port "
            "transceiver carry the same kind of fibre",
            rule="MW-D-073",
            where="cables",
            hint="put the two fibres into two cages",
        )


def check_xdr(brief: Brief) -> None:
    """Raise Infeasible where XDR is asked to run on what does not exist for it."""
    for fabric in ("compute", "storage"):
        spec = getattr(brief.fabrics, fabric)
        wished = wished_medium(brief, fabric)
        switch = brief.catalog.switches.get(spec.switch or "") if spec is not None else None
        if switch is None or switch.protocol != "infiniband":
            continue
        if switch.port_speed_gbps.value >= 800 and wished in ("mmf", "aoc", "dac"):
            raise Infeasible(
                f"XDR ({switch.name}, 200 Gb/s a lane) has no {wished}",
                rule="MW-D-074",
                where=f"fabrics.{fabric}.medium",
                hint="`medium: smf`, or `acc` within 3 m",
            )


def relaid(brief: Brief, short: tuple[Short, ...]) -> Brief:
    """Return the request with longer media for fabrics that do not reach; the same where none is
    short."""
    changed = {}
    for found in short:
        spec = getattr(brief.fabrics, found.fabric)
        medium = NEXT.get(found.cable.medium)
        if medium and spec is not None and found.fabric != "oob":
            key = _key_of(spec, found.cable.medium)
            changed[found.fabric] = spec.model_copy(update={key: medium})
    if not changed:
        return brief
    return replace(brief, fabrics=brief.fabrics.model_copy(update=changed))


def _key_of(spec: Frozen, medium: str) -> str:
    """Return the key of a fabric that asked for a medium; `medium` where none did."""
    keys = ("medium", "isl_medium", "site_medium")
    return next((key for key in keys if getattr(spec, key, None) == medium), "medium")


def tell_reach(drawing: Drawing, former: tuple[Short, ...], short: tuple[Short, ...]) -> None:
    """Add what was laid with another medium than meant, and what still does not reach."""
    for found in former:
        drawing.remark(
            "MW-D-072",
            "info",
            f"fabrics.{found.fabric}",
            f"{found.count} cables would be up to {found.longest_m} m long, and "
            f"{found.cable.medium} reaches {found.cable.reach_m.value:g} m: the fabric is laid "
            f"with {NEXT.get(found.cable.medium, found.cable.medium)}",
        )
    for found in short if former else ():
        drawing.remark(
            "MW-D-071",
            "warn",
            f"fabrics.{found.fabric}",
            f"{found.count} cables of {found.cable.name} are up to {found.longest_m} m long, and "
            f"it reaches {found.cable.reach_m.value:g} m",
            "shorter rows and aisles (`site.floor`), or another medium",
        )
