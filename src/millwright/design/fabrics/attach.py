"""Plugs single devices into free ports of switches: appliances, the customer's network, access
switches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from millwright.design.brief import Brief
from millwright.design.fabrics.draft import Draft, Drawing, Lay, Plug
from millwright.design.fabrics.manager import instances
from millwright.design.fabrics.media import fits, pick
from millwright.design.fabrics.ports import CagePool, negotiated, spelled
from millwright.errors import Infeasible
from millwright.model.catalog import Port, Switch
from millwright.model.fabricspec import InbandFabric

SITE_NETWORK = "site-network"


@dataclass(frozen=True, slots=True)
class Bench:
    """A switch with the cages that are still free."""

    device: Draft
    switch: Switch
    free: CagePool


@dataclass(frozen=True, slots=True)
class Tie:
    """One cable to be plugged in: from which port of which device, in which words and medium.

    `location` is where the bill counts it.
    """

    device: str
    port: str
    gbps: float
    connector: str
    role: str
    medium: str
    fabric: str = "inband"
    location: str = "inband"


def attach(drawing: Drawing, brief: Brief, tie: Tie, benches: Sequence[Bench]) -> None:
    """Plug one device into the first switch that has room.

    Raises Infeasible where none has.
    """
    for bench in benches:
        plan = negotiated(bench.switch, tie.gbps)
        if not bench.free.room(plan):
            continue
        port, _ = bench.free.take(plan)
        chosen = pick(brief.catalog, tie.medium, min(tie.gbps, _fastest(bench)), tie.connector)
        speed = min(tie.gbps, plan.gbps)
        lay = Lay(tie.fabric, chosen.medium, chosen.cable, speed, (tie.role, bench.device.role))
        ends = ((tie.device,), (tie.port,)), ((bench.device.name,), (port,))
        if tie.role == "network-uplink":
            ends = ends[1], ends[0]
        drawing.lay(lay, *ends, f"{bench.device.name}:{tie.role}")
        drawing.buy(chosen.cable, tie.location, 1)
        tell_misfit(drawing, brief, chosen.cable, bench.switch)
        if chosen.is_fibre:
            _plug_ends(drawing, tie, bench, chosen.medium, (speed, plan.lanes))
        return
    raise Infeasible(
        f"no {benches[0].switch.name} of the {tie.fabric} fabric has a free port for {tie.device}",
        rule="MW-D-019",
        where=f"fabrics.{tie.fabric}",
        hint="raise `reserved_ports`, or choose a switch with more ports",
    )


def tell_misfit(drawing: Drawing, brief: Brief, cable: str, switch: Switch) -> None:
    """Say where an assembly's plug needs an adapter, or a splitter assembly in its place."""
    entry = brief.catalog.cables.get(cable)
    if entry is not None and not fits(entry, switch.connector):
        drawing.remark(
            "MW-D-032",
            "warn",
            "cables",
            f"{cable} has no plug for the {switch.connector} cages of {switch.name}: it is counted "
            "link by link, and needs an adapter or a splitter assembly",
            "say another `medium`, or add the assembly that you buy to catalog/*.yaml",
        )


def _fastest(bench: Bench) -> float:
    return bench.switch.port_speed_gbps.value


def _plug_ends(
    drawing: Drawing, tie: Tie, bench: Bench, medium: str, run: tuple[float, int]
) -> None:
    gbps, lanes = run
    switch_plug = Plug(bench.switch.connector, medium, gbps, lanes, tie.location)
    drawing.plug(switch_plug, 1)
    if tie.role != "network-uplink":
        drawing.plug(Plug(tie.connector, medium, gbps, 1, tie.location), 1)


def attach_site(drawing: Drawing, brief: Brief, spec: InbandFabric, tops: Sequence[Bench]) -> None:
    """Lead `site_uplinks` links out to the customer's network, spread over the highest switches."""
    for number in range(spec.site_uplinks):
        bench = tops[number % min(len(tops), max(2, spec.cores))]
        tie = Tie(
            device=SITE_NETWORK,
            port=f"{number + 1}",
            gbps=bench.switch.port_speed_gbps.value,
            connector=bench.switch.connector,
            role="network-uplink",
            medium=spec.site_medium,
        )
        attach(drawing, brief, tie, [bench, *tops])
    if spec.site_uplinks:
        drawing.devices.append(
            Draft(SITE_NETWORK, "network-uplink", "appliance", SITE_NETWORK, external=True)
        )


def attach_appliances(
    drawing: Drawing,
    brief: Brief,
    spec: InbandFabric,
    pair: tuple[Bench, Bench],
    above: Sequence[Bench] | None,
) -> None:
    """Plug every appliance in: the site's own above the leaves where there is a layer, the rest on
    a pair."""
    access = _access(drawing, brief, spec, pair)
    for appliances in brief.appliances:
        model = appliances.model
        for name in instances(appliances):
            for index, port in enumerate(model.ports_of("inband")):
                home = pair if not (model.external and above) else above
                first = index % min(2, len(home))
                where: Sequence[Bench] = (home[first], *home)
                if port.connector == "rj45" and access:
                    where = access
                tie = _tie(name, port, model.role, spec.medium or "aoc")
                attach(drawing, brief, tie, where)


def _tie(device: str, port: Port, role: str, medium: str) -> Tie:
    if port.connector == "rj45":
        medium = "cat5e"
    return Tie(device, port.name, port.speed_gbps, port.connector, role, medium)


def _access(
    drawing: Drawing, brief: Brief, spec: InbandFabric, pair: tuple[Bench, Bench]
) -> list[Bench]:
    if not spec.access_pairs:
        return []
    switch = brief.switch(spec.access_switch, "fabrics.inband.access_switch")
    benches = []
    for number in range(1, 2 * spec.access_pairs + 1):
        device = Draft(
            name=f"in-access-{number:02d}",
            role="access",
            kind="switch",
            model=switch.name,
            fabric="inband",
            height_u=switch.height_u.value,
        )
        drawing.devices.append(device)
        last = switch.cage_count.value - own_uplink_cages(switch, 2)
        benches.append(Bench(device, switch, CagePool(1, last)))
        for side in (0, 1):
            attach(drawing, brief, uplink_tie(device, switch, side, "inband"), (pair[side],))
    return benches


def own_uplink_cages(switch: Switch, uplinks: int) -> int:
    """Return how many ordinary cages its uplinks take, where the switch has no others for them."""
    return max(0, uplinks - (switch.uplink_count.value if switch.uplink_count else 0))


def uplink_tie(device: Draft, switch: Switch, index: int, fabric: str) -> Tie:
    """Return the cable from an access or out-of-band switch's uplink port into the in-band
    fabric."""
    count = switch.uplink_count.value if switch.uplink_count else 0
    gbps = switch.uplink_speed_gbps or switch.port_speed_gbps
    if index < count:
        port = spelled(switch.uplink_port_name, switch.cage_count.value + index + 1, 1)
    else:
        port = spelled(switch.native_port_name, switch.cage_count.value - (index - count), 1)
    connector = switch.uplink_connector or switch.connector
    medium = "cat5e" if connector == "rj45" else "aoc"
    location = f"{fabric}-uplink"
    return Tie(device.name, port, gbps.value, connector, device.role, medium, fabric, location)
