"""Which servers of the catalogue can do it within the site, ranked; and why the others cannot.

Each is sized for all workloads and then designed in earnest, with the published design that its
ports fit: what the site refuses there, it refuses here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.design.sizing.sheet import ground_of
from millwright.design.sizing.size import refusal_of, size_factory
from millwright.design.solve import solve
from millwright.errors import Infeasible
from millwright.model.catalog import Catalog, Server
from millwright.model.cluster import Cluster
from millwright.model.languagemodel import ModelShape
from millwright.model.sizing import Candidate, Criterion, FactorySize, Refusal
from millwright.model.spec import Factory, Pool
from millwright.units import ceil_div

NOTHING_AROUND_IT = "MW-D-088"
OVER_BUDGET = "MW-D-089"
RACK = ("MW-D-021", "MW-D-022")
FEEDS = ("MW-D-063", "MW-D-064")
"""Remarks of a design that keep a server out: a rack's power or weight, beyond what the site says,
and feeds where it asks that the loss of one be survived."""
YEARS = 3
HOURS_OF_A_YEAR = 8760


@dataclass(frozen=True, slots=True)
class Wish:
    """What candidates are made for: a spec, what is known, models read beside it, and growth."""

    factory: Factory
    catalog: Catalog
    models: Mapping[str, ModelShape]
    loads: Mapping[str, float]


def candidates(wish: Wish, by: Criterion, names: Sequence[str] = ()) -> tuple[Candidate, ...]:
    """Return all servers with GPUs, or those named: what fits comes first, ranked; what has no
    figure for the criterion follows; what fell out comes last.

    Raises Infeasible where there is nothing to do: no workload runs on this site.
    """
    if not wish.factory.workloads:
        raise Infeasible(
            "no workload runs on this site",
            rule="MW-D-001",
            where="workloads",
            hint="`design place` shows where they run",
        )
    servers = wish.catalog.servers
    chosen = names or [name for name in servers if _buyable(servers[name])]
    found = [candidate(wish, name) for name in chosen]

    def order(each: Candidate) -> tuple[bool, bool, float, str]:
        figure = each.rank(by)
        return bool(each.refused), figure is None, figure or 0.0, each.server

    return tuple(sorted(found, key=order))


def _buyable(server: Server) -> bool:
    return bool(server.gpu) and server.source != "millwright-lab"


def candidate(wish: Wish, name: str) -> Candidate:
    """Return one server as a candidate, with the reasons against it where there are any."""
    server = wish.catalog.servers[name]
    try:
        size = size_factory(wish.factory, ground_of(wish.catalog, server, wish.models), wish.loads)
    except Infeasible as refusal:
        return Candidate(server=name, refused=(refusal_of(refusal),))
    if size.nodes is None:
        return Candidate(server=name, size=size, refused=size.refused)
    nodes = whole_racks(server, size.nodes)
    blueprint = blueprint_for(wish, server)
    if blueprint is None and not _drawn_by_hand(wish.factory):
        return Candidate(server=name, size=size, nodes=nodes, refused=(_nothing_around(name),))
    try:
        cluster = solve(hardware(wish.factory, name, nodes, blueprint), wish.catalog).cluster
    except Infeasible as refusal:
        return Candidate(
            server=name, blueprint=blueprint, size=size, nodes=nodes,
            refused=(refusal_of(refusal),),
        )  # fmt: skip
    return _weighed(wish, (name, blueprint, nodes), size, cluster)


def whole_racks(server: Server, nodes: int) -> int:
    """Return the nodes that are bought: machines sold by the rack come in whole racks."""
    rack = server.rack_scale
    return ceil_div(nodes, rack.nodes) * rack.nodes if rack else nodes


def hardware(factory: Factory, server: str, nodes: int, blueprint: str | None) -> Factory:
    """Return the spec with the hardware that was derived laid under its workloads."""
    pool = Pool(name="gpu", server=server, nodes=nodes)
    return factory.model_copy(update={"compute": (pool,), "blueprint": blueprint})


def blueprint_for(wish: Wish, server: Server) -> str | None:
    """Return the spec's own blueprint, or of those whose server has the same ports the one with
    the smallest scalable unit, one that names this very server before others."""
    if wish.factory.blueprint is not None:
        return wish.factory.blueprint
    catalog = wish.catalog
    fitting = [
        (each.server != server.name, each.nodes_per_unit, name)
        for name, each in catalog.blueprints.items()
        if not each.simulated and _ports(catalog.servers[each.server]) == _ports(server)
    ]
    return min(fitting)[2] if fitting else None


def _ports(server: Server) -> Counter[tuple[str, float]]:
    return Counter((port.fabric, port.speed_gbps) for port in server.ports)


def _drawn_by_hand(factory: Factory) -> bool:
    return any(name for _, name in factory.fabrics.switch_names())


def _nothing_around(name: str) -> Refusal:
    return Refusal(
        rule=NOTHING_AROUND_IT,
        where="blueprint",
        message=f"no published design has the ports of {name}",
        hint="name switches under `fabrics`, or a blueprint",
    )


def _weighed(
    wish: Wish, chosen: tuple[str, str | None, int], size: FactorySize, cluster: Cluster
) -> Candidate:
    name, blueprint, nodes = chosen
    capex = _capex(wish, name, nodes)
    refused = [*_kept_out(wish.factory, cluster), *_over_budget(wish.factory, capex)]
    return Candidate(
        server=name,
        blueprint=blueprint,
        size=size,
        nodes=nodes,
        gpus=nodes * size.gpus_per_node,
        kw=cluster.power.it_max_kw,
        racks=cluster.racks.total,
        rack_units=sum(d.height_u for d in cluster.devices if not d.external),
        redundancy=cluster.power.redundancy,
        capex=capex,
        tco_3y=_tco(wish, capex, cluster.power.it_max_kw),
        refused=tuple(refused),
        remarks=tuple(
            Refusal(rule=f.rule, where=f.where, message=f.message, hint=f.hint)
            for f in cluster.findings
            if f.severity == "warn" and f.rule in RACK + FEEDS
        ),
    )


def _kept_out(factory: Factory, cluster: Cluster) -> list[Refusal]:
    keeping = FEEDS if factory.site.power.redundancy in ("2N", "N+1") else ()
    return [
        Refusal(rule=f.rule, where=f.where, message=f.message, hint=f.hint)
        for f in cluster.findings
        if f.rule in keeping or (f.rule in RACK and f.where.startswith("site."))
    ]


def _capex(wish: Wish, server: str, nodes: int) -> float | None:
    price = wish.catalog.prices.get(server)
    if price is None or price.amount.unit != wish.factory.currency:
        return None
    return price.amount.value * nodes


def _over_budget(factory: Factory, capex: float | None) -> list[Refusal]:
    limit = factory.budget.capex
    if limit is None or capex is None or capex <= limit:
        return []
    return [
        Refusal(
            rule=OVER_BUDGET,
            where="budget.capex",
            message=f"its servers cost {capex:,.0f} {factory.currency}, and the budget is "
            f"{limit:,.0f}",
            hint="prices are estimates: catalog/*.yaml takes the place of one",
        )
    ]


def three_year_cost(capex: float, spares_share: float, kwh: float, per_kwh: float) -> float:
    """Return servers with spares, and the energy of three years."""
    return capex * (1 + spares_share) + kwh * per_kwh


def _tco(wish: Wish, capex: float | None, kw: float | None) -> float | None:
    power = wish.factory.site.power
    if capex is None or kw is None or power.price_per_kwh is None:
        return None
    known = {n: wish.catalog.assumptions[n].value for n in ("spares-share", "power-diversity")}
    spares, diversity = known["spares-share"], known["power-diversity"]
    if spares is None or diversity is None:
        return None
    kwh = kw * diversity.value * (power.pue or 1.0) * HOURS_OF_A_YEAR * YEARS
    return round(three_year_cost(capex, spares.value, kwh, power.price_per_kwh), 2)
