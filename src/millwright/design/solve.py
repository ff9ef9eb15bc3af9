"""The main job: spec and catalogue in, Cluster, cables and bill of materials out. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from millwright.design.bom import bill
from millwright.design.brief import Brief, brief_of
from millwright.design.capacity import PoolPlan, plan_pools
from millwright.design.counts import summaries
from millwright.design.fabrics.compute import draw_compute, group_sizes, wirings
from millwright.design.fabrics.draft import Draft, Drawing
from millwright.design.fabrics.flat import draw_flat, fits_flat
from millwright.design.fabrics.inband import Inband, draw_inband
from millwright.design.fabrics.leaves import Wiring
from millwright.design.fabrics.manager import instances, manager_ports
from millwright.design.fabrics.oob import begin_oob, settle, wire_rack_pdus
from millwright.design.fabrics.storage import draw_storage
from millwright.design.layout import Floor, place_nodes
from millwright.design.network import assign_addresses
from millwright.design.remarks import remark_on
from millwright.design.site.carry import carry, lay_routes
from millwright.design.site.nearest import refusal_of
from millwright.design.site.reach import Short, check_xdr, refuse_wished, relaid, tell_reach
from millwright.design.site.verdicts import Refusal
from millwright.errors import Infeasible
from millwright.model.catalog import Catalog
from millwright.model.cluster import BomLine, CableTable, Cluster, Device
from millwright.model.spec import Factory


@dataclass(frozen=True, slots=True)
class Design:
    """Everything that solving gives."""

    cluster: Cluster
    cables: CableTable
    bom: tuple[BomLine, ...]


@dataclass(slots=True)
class Tiers:
    """How many tiers each fabric came to, and which fabric another one carries."""

    of: dict[str, int]
    carried: dict[str, str]


def solve(factory: Factory, catalog: Catalog) -> Design:
    """Return the design of a factory.

    Raises Infeasible, with the limit, where nothing that may be built answers the spec.
    """
    if not factory.compute:
        raise Infeasible(
            "the spec describes workloads and names no hardware",
            rule="MW-D-001",
            where="compute",
            hint="say what to build, for example `compute: [{name: gpu, nodes: 32}]`",
        )
    design, found = _reaching(factory, catalog)
    if found:
        raise refusal_of(
            factory, design.cluster, found, lambda other: _reaching(other, catalog)[0].cluster
        )
    return design


def _reaching(factory: Factory, catalog: Catalog) -> tuple[Design, tuple[Refusal, ...]]:
    """Return the design, and the limits of the site that it exceeds.

    A fabric whose fibre does not reach is drawn again with one that does; where the user insists on
    the short one, Infeasible is raised.
    """
    brief = brief_of(factory, catalog)
    check_xdr(brief)
    design, found, short = _designed(brief)
    refuse_wished(brief, short)
    longer = relaid(brief, short)
    if longer is brief:
        return design, found
    design, found, _ = _designed(longer, short)
    return design, found


def _designed(
    brief: Brief, former: tuple[Short, ...] = ()
) -> tuple[Design, tuple[Refusal, ...], tuple[Short, ...]]:
    factory = brief.factory
    pools = _pools(brief)
    drawing, floor = Drawing(), Floor(brief)
    tiers = _draw(drawing, floor, brief, pools)
    networks = assign_addresses(drawing, brief, pools)
    stood = lay_routes(drawing, brief, floor.rack_units())
    tell_reach(drawing, former, stood.short)
    lines = bill(drawing, brief, floor)
    carried = carry(drawing, brief, stood.racks)
    remark_on(drawing, brief, pools)
    cluster = Cluster(
        name=factory.name,
        blueprint=factory.blueprint,
        simulated=brief.is_simulated,
        pools=tuple(pool.size() for pool in pools),
        racks=floor.counts(),
        fabrics=summaries(drawing, brief, tiers.of, tiers.carried),
        power=carried.power,
        cooling=carried.cooling,
        rack_units=carried.racks,
        devices=tuple(_devices(drawing.devices, simulated=brief.is_simulated)),
        networks=networks,
        findings=tuple(drawing.findings),
    )
    return Design(cluster, drawing.cables, lines), carried.refusals, stood.short


def _pools(brief: Brief) -> tuple[PoolPlan, ...]:
    spec = brief.fabrics.compute
    found: list[Wiring | None] = [None] * len(brief.factory.compute)
    if spec:
        found = wirings(brief, spec)
    taken = 0
    if spec and spec.manager == "ufm" and spec.tiers != 1:
        has_own_port = brief.switch(spec.switch, "fabrics.compute.switch").manager_port
        taken = 0 if has_own_port else manager_ports(brief, "compute")
    return plan_pools(brief, group_sizes(spec, found), taken)


def _draw(drawing: Drawing, floor: Floor, brief: Brief, pools: tuple[PoolPlan, ...]) -> Tiers:
    tiers = Tiers({}, {})
    drawing.devices.extend(_appliances(brief))
    _draw_east_west(drawing, brief, pools, tiers)
    inband: Inband | None = None
    if brief.fabrics.inband is not None:
        carries = tuple(tiers.carried)
        inband = draw_inband(drawing, brief, brief.fabrics.inband, pools, carries)
        tiers.of["inband"] = inband.tiers
    oob = None
    if brief.fabrics.oob is not None:
        oob = begin_oob(drawing, brief, brief.fabrics.oob, pools, inband)
        tiers.of["oob"] = 1
    for pool in pools:
        pdus = place_nodes(drawing, brief, floor, pool)
        drawing.devices.extend(pdus)
        if oob is not None:
            wire_rack_pdus(oob, pdus, pool)
    settle(drawing, brief, floor, oob)
    return tiers


def _draw_east_west(
    drawing: Drawing, brief: Brief, pools: tuple[PoolPlan, ...], tiers: Tiers
) -> None:
    compute, storage = brief.fabrics.compute, brief.fabrics.storage
    has_inband = brief.fabrics.inband is not None
    units = sum(pool.units for pool in pools)
    if compute is not None:
        if has_inband and units <= compute.collapsed_up_to_units:
            tiers.carried["compute"] = "inband"
            tiers.of["compute"] = 1
        elif fits_flat(brief, compute, pools):
            tiers.of["compute"] = draw_flat(drawing, brief, compute, pools)
        else:
            tiers.of["compute"] = draw_compute(drawing, brief, compute, pools)
    if storage is not None:
        if has_inband and storage.shared_with == "inband":
            tiers.carried["storage"] = "inband"
            tiers.of["storage"] = 1
        else:
            tiers.of["storage"] = draw_storage(drawing, brief, storage, pools)


def _appliances(brief: Brief) -> Iterable[Draft]:
    for appliances in brief.appliances:
        model = appliances.model
        for name in instances(appliances):
            yield Draft(
                name=name,
                role=model.role,
                kind="appliance",
                model=model.name,
                height_u=0 if model.external else model.height_u.value,
                external=model.external,
            )


def _devices(drafts: Iterable[Draft], *, simulated: bool) -> Iterable[Device]:
    for draft in drafts:
        yield Device.model_construct(
            name=draft.name,
            role=draft.role,
            kind=draft.kind,
            model=draft.model,
            fabric=draft.fabric,
            pool=draft.pool,
            unit=draft.unit,
            group=draft.group,
            plane=draft.plane,
            rail=draft.rail,
            pod=draft.pod,
            rack=draft.rack,
            u=draft.u,
            height_u=draft.height_u,
            external=draft.external,
            simulated=simulated,
            addresses=draft.addresses,
        )
