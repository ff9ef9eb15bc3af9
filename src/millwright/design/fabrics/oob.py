"""Draws the out-of-band fabric while the floor is filled: BMCs, PDUs, management ports and uplinks.

A switch serves a block of node places and the racks they stand in; the ports of the block are
fixed. Its other ports go, in order of birth, to whatever is placed next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from millwright.design.brief import Brief
from millwright.design.capacity import PoolPlan
from millwright.design.fabrics.attach import Bench, attach, own_uplink_cages, uplink_tie
from millwright.design.fabrics.draft import Draft, Drawing, Lay
from millwright.design.fabrics.inband import Inband
from millwright.design.fabrics.manager import instances
from millwright.design.fabrics.media import pick
from millwright.design.fabrics.ports import CagePool, PortPlan, negotiated
from millwright.design.layout import Floor, nodes_per_rack
from millwright.errors import Infeasible
from millwright.model.catalog import Switch
from millwright.model.fabricspec import OobFabric
from millwright.units import ceil_div

GIGABIT = 1.0


@dataclass(frozen=True, slots=True)
class Block:
    """How a switch is divided: `nodes` places of `bmcs` ports, then `racks` racks of
    `pdus` ports."""

    pool: PoolPlan
    nodes: int
    bmcs: int
    per_rack: int
    pdus: int

    @property
    def racks(self) -> int:
        """Return the racks that begin within one block."""
        return ceil_div(self.nodes, self.per_rack)

    @property
    def fixed(self) -> int:
        """Return the ports that are kept for the block, used or not."""
        return self.nodes * self.bmcs + self.racks * self.pdus


@dataclass(slots=True)
class Oob:
    """The fabric while it grows: the switches that are born so far, with their free ports."""

    drawing: Drawing
    brief: Brief
    spec: OobFabric
    switch: Switch
    plan: PortPlan
    medium: str
    cable: str
    inband: Inband | None
    benches: list[Bench] = field(default_factory=list)
    blocks: dict[str, tuple[Block, int]] = field(default_factory=dict)
    extras: int = 0
    first_free: int = 0

    @property
    def last_cage(self) -> int:
        """Return the highest cage that is not taken by an uplink."""
        uplinks = self.spec.uplinks if self.inband is not None else 0
        return self.plan.cages - own_uplink_cages(self.switch, uplinks)

    def lay(self, kind: str, a: Sequence[tuple[str, str]], b: Sequence[tuple[str, str]]) -> None:
        """Add cables from (device, port) pairs to (device, port) pairs."""
        self.drawing.lay(
            Lay("oob", self.medium, self.cable, self.plan.gbps, (kind, "access")),
            ([end[0] for end in a], [end[1] for end in a]),
            ([end[0] for end in b], [end[1] for end in b]),
            f"{b[0][0]}:{kind}" if b else "",
        )
        self.drawing.buy(self.cable, "oob", len(a))

    def born(self, device: Draft) -> None:
        """Take a switch into service; its uplinks are plugged in at once."""
        block, number = self.blocks.get(device.name, (None, 0))
        first = self.plan.cages_for(block.fixed) if block else 0
        self.benches.append(Bench(device, self.switch, CagePool(first + 1, self.last_cage)))
        self._uplinks(device, block, number)

    def _uplinks(self, device: Draft, block: Block | None, number: int) -> None:
        if self.inband is None:
            return
        at = self.inband.pair_at(block.pool, number * block.nodes) if block else 0
        order = [self.inband.benches[at], *self.inband.benches]
        for index in range(self.spec.uplinks):
            sides = [pair[index % 2] for pair in order] + [pair[1 - index % 2] for pair in order]
            tie = uplink_tie(device, self.switch, index, "oob")
            attach(self.drawing, self.brief, tie, sides)

    def plug(self, kind: str, device: str, port: str) -> Draft | None:
        """Give a device a port on the first switch with room; return a switch added for want of
        one."""
        while self.first_free < len(self.benches):
            bench = self.benches[self.first_free]
            if bench.free.room(self.plan):
                name, _ = bench.free.take(self.plan)
                self.lay(kind, [(device, port)], [(bench.device.name, name)])
                return None
            self.first_free += 1
        if self.last_cage < 1:
            raise Infeasible(
                f"{self.switch.name} has no port beside its uplinks",
                rule="MW-D-019",
                where="fabrics.oob.switch",
                hint="lower `uplinks`, or choose a switch with more ports",
            )
        self.extras += 1
        added = _switch(f"oob-x{self.extras:02d}", self.switch, 0)
        self.born(added)
        self.plug(kind, device, port)
        return added


def _switch(name: str, model: Switch, birth: int) -> Draft:
    return Draft(
        name=name,
        role="access",
        kind="switch",
        model=model.name,
        birth=birth,
        fabric="oob",
        height_u=model.height_u.value,
    )


def begin_oob(
    drawing: Drawing,
    brief: Brief,
    spec: OobFabric,
    pools: tuple[PoolPlan, ...],
    inband: Inband | None,
) -> Oob:
    """Draw the switches of every block of nodes with the cables of their nodes; the rest comes
    later."""
    switch = brief.switch(spec.switch, "fabrics.oob.switch")
    plan = negotiated(switch, GIGABIT)
    chosen = pick(brief.catalog, spec.medium, plan.gbps, "rj45")
    oob = Oob(drawing, brief, spec, switch, plan, chosen.medium, chosen.cable, inband)
    for pool in pools:
        block, places = _block(brief, spec, pool, plan), pool.seated()
        least = spec.min_switches if pool.index == 0 else 1
        for number in range(max(ceil_div(pool.slots, block.nodes), least)):
            birth = 0 if number < least else pool.unit_birth(number * block.nodes)
            device = _switch(f"{pool.prefixed('oob')}-{number + 1:02d}", switch, birth)
            device.pool = pool.name
            oob.blocks[device.name] = (block, number)
            drawing.devices.append(device)
            first = number * block.nodes
            _wire_bmcs(oob, block, places[first : first + block.nodes], device.name)
    if inband is None and spec.uplinks:
        drawing.remark(
            "MW-D-023",
            "warn",
            "fabrics.oob.uplinks",
            "there is no in-band fabric for the uplinks of the out-of-band switches",
        )
    return oob


def _block(brief: Brief, spec: OobFabric, pool: PoolPlan, plan: PortPlan) -> Block:
    bmcs = len(brief.oob_ports(pool.server))
    per_rack = nodes_per_rack(brief, pool)
    rack = brief.compute_rack
    pdus = rack.pdus if spec.connects_pdus and rack.pdu else 0
    ports = (plan.cages - own_uplink_cages(plan.switch, spec.uplinks)) * plan.lanes
    asked = spec.nodes_per_switch or max(1, ports * 2 // 3)
    for nodes in range(asked, 0, -1):
        block = Block(pool, nodes, bmcs, per_rack, pdus)
        if block.fixed <= ports:
            return block
    raise Infeasible(
        f"{plan.switch.name} has {plan.ports} ports, fewer than one node and its rack need",
        rule="MW-D-019",
        where="fabrics.oob.switch",
        hint="choose a switch with more ports",
    )


def _wire_bmcs(oob: Oob, block: Block, members: Sequence[str | None], switch: str) -> None:
    ports = oob.brief.oob_ports(block.pool.server)
    names = oob.plan.names(1, oob.plan.ports)
    ends: list[tuple[str, str]] = []
    seats: list[tuple[str, str]] = []
    for position, node in enumerate(members):
        for index, port in enumerate(ports if node else ()):
            ends.append((node or "", port.name))
            seats.append((switch, names[position * block.bmcs + index]))
    if ends:
        oob.lay("node", ends, seats)


def wire_rack_pdus(oob: Oob, pdus: Sequence[Draft], pool: PoolPlan) -> None:
    """Cable the PDUs of compute racks to the switch of the block in which their rack begins."""
    if not oob.spec.connects_pdus:
        return
    names = oob.plan.names(1, oob.plan.ports)
    by_number = {n: (name, b) for name, (b, n) in oob.blocks.items() if b.pool is pool}
    taken: dict[tuple[int, int], int] = {}
    for pdu in pdus:
        slot = pdu.birth - pool.offset
        number = slot // by_number[0][1].nodes
        switch, block = by_number[number]
        rack = slot // block.per_rack - ceil_div(number * block.nodes, block.per_rack)
        index = taken.get((number, rack), 0)
        taken[number, rack] = index + 1
        seat = names[block.nodes * block.bmcs + rack * block.pdus + index]
        oob.lay("pdu", [(pdu.name, "eth0")], [(switch, seat)])


def settle(drawing: Drawing, brief: Brief, floor: Floor, oob: Oob | None) -> None:
    """Place everything but nodes in order of birth, and give each its management port."""
    ports = _management_ports(brief)
    for device in sorted(drawing.devices, key=_by_birth):
        if device.role == "compute":
            continue
        pdus = floor.place(device)
        drawing.devices.extend(pdus)
        if oob is None:
            continue
        if device.fabric == "oob":
            oob.born(device)
        for port in ports.get(device.name, ("mgmt0",) if _is_managed(device) else ()):
            _plug(drawing, floor, oob, (device.role, device.name, port))
        for pdu in pdus if oob.spec.connects_pdus else ():
            _plug(drawing, floor, oob, ("pdu", pdu.name, "eth0"))
    if oob is not None:
        _plug_spares(drawing, floor, oob)
        _join_appliances(oob)


def _by_birth(device: Draft) -> tuple[int, bool]:
    return device.birth, device.fabric != "oob"


def _is_managed(device: Draft) -> bool:
    return device.kind == "switch" and device.fabric != "oob"


def _management_ports(brief: Brief) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(port.name for port in appliances.model.ports_of("oob"))
        for appliances in brief.appliances
        for name in instances(appliances)
    }


def _plug(drawing: Drawing, floor: Floor, oob: Oob, end: tuple[str, str, str]) -> None:
    added = oob.plug(*end)
    if added is not None:
        drawing.devices.append(added)
        for pdu in floor.place(added):
            drawing.devices.append(pdu)
            oob.plug("pdu", pdu.name, "eth0")


def _plug_spares(drawing: Drawing, floor: Floor, oob: Oob) -> None:
    if not oob.spec.spare_ports:
        return
    name = "site-equipment"
    drawing.devices.append(Draft(name, "network-uplink", "appliance", name, external=True))
    for number in range(1, oob.spec.spare_ports + 1):
        _plug(drawing, floor, oob, ("network-uplink", name, str(number)))


def _join_appliances(oob: Oob) -> None:
    for appliances in oob.brief.appliances:
        names = instances(appliances)
        for a, b in zip(names[0::2], names[1::2], strict=False):
            for link in range(1, appliances.placed.ha_links + 1):
                oob.lay(appliances.model.role, [(a, f"ha{link}")], [(b, f"ha{link}")])
