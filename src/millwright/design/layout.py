"""Puts every device into a rack: servers by scalable unit, everything else in order of birth.

Nothing that stands is moved when the factory grows: server places follow the node number, and other
devices are appended rack by rack in the order in which growth makes them necessary.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from millwright.design.brief import Brief
from millwright.design.capacity import PoolPlan
from millwright.design.fabrics.draft import Draft, Drawing
from millwright.design.site.figures import figures_of
from millwright.design.site.loads import load_of
from millwright.design.site.rooms import Limits, Room, rack_limits, room_for
from millwright.model.cluster import RackCount, RackUnit
from millwright.units import ceil_div


@dataclass(slots=True)
class Rack:
    """A rack that is being filled from the bottom."""

    name: str
    model: str
    kind: str
    pool: str | None
    height_u: int
    used_u: int = 0
    used_w: int = 0
    used_kg: float = 0.0


@dataclass(slots=True)
class Floor:
    """All racks so far, and how the next device of either kind finds its place."""

    brief: Brief
    racks: list[Rack] = field(default_factory=list)
    _open: Rack | None = None
    _count: int = 0
    _limits: Limits | None = None
    _loads: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)

    def place(self, device: Draft) -> list[Draft]:
        """Put a management device into the open rack; return the PDUs of a rack opened for it."""
        if device.external or not device.height_u:
            return []
        plan = self.brief.management_rack
        pdus: list[Draft] = []
        watts, kilograms = self._load_of(device)
        if self._open is None or not self._holds(self._open, device, watts, kilograms):
            self._count += 1
            self._open = Rack(
                f"mgmt-r{self._count:02d}", plan.model, "management", None, self.brief.rack_height_u
            )
            self.racks.append(self._open)
            pdus = _pdus(self._open.name, plan.pdu, plan.pdus, device.birth)
        device.rack = self._open.name
        device.u = self._open.used_u + 1
        self._open.used_u += device.height_u
        self._open.used_w += watts
        self._open.used_kg += kilograms
        return pdus

    def _holds(self, rack: Rack, device: Draft, watts: int, kilograms: float) -> bool:
        if self._limits is None:
            self._limits = rack_limits(self.brief, compute=False)
        limits = self._limits
        return (
            rack.used_u + device.height_u <= self.brief.management_rack.usable_u
            and (limits.power_w is None or rack.used_w + watts <= limits.power_w)
            and (limits.weight_kg is None or rack.used_kg + kilograms <= limits.weight_kg)
        )

    def _load_of(self, device: Draft) -> tuple[int, float]:
        key = (device.kind, device.model)
        if key not in self._loads:
            catalog = self.brief.catalog
            load = load_of(catalog, figures_of(catalog), *key)
            self._loads[key] = ((load.max_w or 0), (load.weight_kg or 0.0)) if load else (0, 0.0)
        return self._loads[key]

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
    """Return how many nodes of a pool stand in one rack: as the blueprint or the site says, if
    they fit."""
    return room_for(brief, pool.server, f"compute[{pool.index}]").nodes


def place_nodes(drawing: Drawing, brief: Brief, floor: Floor, pool: PoolPlan) -> list[Draft]:
    """Add a pool's nodes to the drawing and its racks to the floor; return the PDUs of
    these racks."""
    room = room_for(brief, pool.server, f"compute[{pool.index}]")
    per_rack = room.nodes
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
    _tell_limits(drawing, pool, room)
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


def _tell_limits(drawing: Drawing, pool: PoolPlan, room: Room) -> None:
    for rule, count, limit in room.limits:
        if count < room.wished:
            drawing.remark(
                rule,
                "warn",
                f"compute[{pool.index}]",
                f"only {count} of {room.wished} {pool.server.name} go into a rack of {limit}: more "
                "racks are used",
                "`site.rack.nodes` says how many are wished for",
            )
