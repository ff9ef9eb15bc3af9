"""Puts every device into a rack: servers by scalable unit, everything else in order of birth.

Nothing that stands is moved when the factory grows: server places follow the node number, and other
devices are appended rack by rack in the order in which growth makes them necessary.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from millwright.design.brief import Brief
from millwright.design.capacity import PoolPlan
from millwright.design.fabrics.draft import Draft, Drawing
from millwright.model.cluster import RackCount, RackUnit
from millwright.units import ceil_div, kw


@dataclass(slots=True)
class Rack:
    """A rack that is being filled from the bottom."""

    name: str
    model: str
    kind: str
    pool: str | None
    height_u: int
    used_u: int = 0


@dataclass(slots=True)
class Floor:
    """All racks so far, and how the next device of either kind finds its place."""

    brief: Brief
    racks: list[Rack] = field(default_factory=list)
    _open: Rack | None = None
    _count: int = 0

    def place(self, device: Draft) -> list[Draft]:
        """Put a management device into the open rack; return the PDUs of a rack opened for it."""
        if device.external or not device.height_u:
            return []
        plan = self.brief.management_rack
        pdus: list[Draft] = []
        if self._open is None or self._open.used_u + device.height_u > plan.usable_u:
            self._count += 1
            self._open = Rack(
                f"mgmt-r{self._count:02d}", plan.model, "management", None, self.brief.rack_height_u
            )
            self.racks.append(self._open)
            pdus = _pdus(self._open.name, plan.pdu, plan.pdus, device.birth)
        device.rack = self._open.name
        device.u = self._open.used_u + 1
        self._open.used_u += device.height_u
        return pdus

    def counts(self) -> RackCount:
        """Return how many racks there are of each kind."""
        compute = sum(rack.kind == "compute" for rack in self.racks)
        return RackCount(
            total=len(self.racks), compute=compute, management=len(self.racks) - compute
        )

    def rack_units(self) -> tuple[RackUnit, ...]:
        """Return the racks as the Cluster tells them."""
        return tuple(
            RackUnit(
                name=rack.name,
                model=rack.model,
                kind="compute" if rack.kind == "compute" else "management",
                pool=rack.pool,
                height_u=rack.height_u,
                used_u=rack.used_u,
            )
            for rack in self.racks
        )


def nodes_per_rack(brief: Brief, pool: PoolPlan) -> int:
    """Return how many nodes of a pool stand in one rack: as the blueprint says, if they fit."""
    server = pool.server
    wished = server.rack_scale.nodes if server.rack_scale else brief.compute_rack.nodes_per_rack
    height = server.height_u.value
    return max(1, min(wished, brief.rack_height_u // height)) if height else wished


def place_nodes(drawing: Drawing, brief: Brief, floor: Floor, pool: PoolPlan) -> list[Draft]:
    """Add a pool's nodes to the drawing and its racks to the floor; return the PDUs of
    these racks."""
    per_rack = nodes_per_rack(brief, pool)
    server, plan = pool.server, brief.compute_rack
    racks: dict[int, Rack] = {}
    pdus: list[Draft] = []
    for slot, name in zip(pool.used_slots, pool.hostnames(), strict=True):
        number, position = divmod(slot, per_rack)
        rack = racks.get(number)
        if rack is None:
            rack = Rack(
                f"{pool.name}-r{number + 1:02d}",
                plan.model,
                "compute",
                pool.name,
                brief.rack_height_u,
            )
            racks[number] = rack
            pdus += _pdus(rack.name, plan.pdu, plan.pdus, pool.birth_of(number * per_rack))
        rack.used_u += server.height_u.value
        drawing.devices.append(_node(pool, slot, name, rack, position))
    floor.racks.extend(racks.values())
    _check_limits(drawing, brief, pool, per_rack)
    return pdus


def _node(pool: PoolPlan, slot: int, name: str, rack: Rack, position: int) -> Draft:
    height = pool.server.height_u.value
    return Draft(
        name=name,
        role="compute",
        kind="server",
        model=pool.server.name,
        birth=pool.birth_of(slot),
        pool=pool.name,
        unit=slot // pool.nodes_per_unit + 1,
        group=pool.group_of(slot)[0] + 1,
        rack=rack.name,
        u=position * height + 1 if height else None,
        height_u=height,
    )


def _pdus(rack: str, model: str | None, count: int, birth: int) -> list[Draft]:
    if model is None:
        return []
    return [
        Draft(f"pdu-{rack}-{n}", "pdu", "pdu", model, birth=birth, rack=rack)
        for n in range(1, count + 1)
    ]


def racks_of(pool: PoolPlan, per_rack: int) -> int:
    """Return how many racks hold a pool's places."""
    return ceil_div(pool.used_slots[-1] + 1, per_rack)


def _check_limits(drawing: Drawing, brief: Brief, pool: PoolPlan, per_rack: int) -> None:
    wished = brief.compute_rack.nodes_per_rack
    where = f"compute[{pool.index}]"
    if per_rack < wished and pool.server.rack_scale is None:
        drawing.remark(
            "MW-D-020",
            "warn",
            where,
            f"only {per_rack} of {wished} {pool.server.name} fit into a rack of "
            f"{brief.rack_height_u}U: more racks are used",
        )
    limit, power = brief.factory.site.rack.max_power_kw, pool.server.power_max_w
    if limit is not None and power is not None and kw(power.value * per_rack) > limit:
        drawing.remark(
            "MW-D-021",
            "warn",
            where,
            f"{per_rack} {pool.server.name} draw up to {kw(power.value * per_rack):g} kW, and the "
            "site "
            f"gives a rack {limit:g} kW",
            "the power plan is not computed yet; nodes per rack follow the blueprint",
        )
    _check_weight(drawing, brief, pool, per_rack)


def _check_weight(drawing: Drawing, brief: Brief, pool: PoolPlan, per_rack: int) -> None:
    limit, weight = brief.factory.site.rack.max_weight_kg, pool.server.weight_kg
    if limit is None or weight is None or weight.value * per_rack <= limit:
        return
    drawing.remark(
        "MW-D-022",
        "warn",
        f"compute[{pool.index}]",
        f"{per_rack} {pool.server.name} weigh {weight.value * per_rack:g} kg without the rack, "
        "and the "
        f"site carries {limit:g} kg",
        "the floor plan is not computed yet; nodes per rack follow the blueprint",
    )
