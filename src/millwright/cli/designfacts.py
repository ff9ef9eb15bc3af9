"""All that is told of a solved design, gathered once: its page, its workbook, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from millwright.cli.wiring import Inputs

if TYPE_CHECKING:
    from millwright.model.cluster import BomLine, CableTable, Cluster
    from millwright.model.costing import TotalCost
    from millwright.model.lock import Lock
    from millwright.model.storageplan import StoragePlan
    from millwright.model.tracing import Path, Requirement
    from millwright.reports.designed import Customer, Drawn
    from millwright.reports.designedneeds import Needs
    from millwright.reports.designednet import Plan


def drawn_of(inputs: Inputs, lock: Lock) -> Drawn:
    """Return a solved design with everything that is reckoned from it."""
    from millwright import __version__
    from millwright.adapters.artefacts import read_bom, read_cables, read_cluster
    from millwright.reports.around import around
    from millwright.reports.designed import Drawn

    cluster, bom = read_cluster(inputs.workspace, lock), read_bom(inputs.workspace, lock)
    table, rows = read_cables(inputs.workspace, lock)
    needs = needs_of(inputs, cluster, bom)
    cost = cost_of(inputs, cluster, bom, needs.storage)
    return Drawn(
        cluster=cluster,
        bom=bom,
        rows=rows,
        catalog=inputs.loaded.catalog,
        digests=lock.files,
        by=f"millwright {__version__}",
        customer=_customer(inputs, cluster),
        needs=needs,
        cost=cost,
        requirements=traced(inputs, cluster, needs, cost),
        plan=_plan(inputs, cluster, table),
        around=around(inputs.read.factory, needs.decisions, needs.storage),
    )


def _customer(inputs: Inputs, cluster: Cluster) -> Customer:
    from millwright.reports.designed import Customer

    factory = inputs.read.factory
    known = inputs.loaded.catalog.blueprints.get(cluster.blueprint or "")
    title = known.title if known else ""
    return Customer(factory.customer or "", factory.site.name or "", title)


def needs_of(inputs: Inputs, cluster: Cluster, bom: Sequence[BomLine]) -> Needs:
    """Return what stands behind a design: sizes on its servers, decisions, growth, storage."""
    from millwright.adapters.decisionfile import read_decisions
    from millwright.cli.hardware import stored, wish_of
    from millwright.design.sizing.enough import grown_nodes, size_on, steps_of
    from millwright.reports.designedneeds import Needs, Stage

    wish = wish_of(inputs)
    size = size_on(wish, cluster)
    stages = [Stage(at, grown_nodes(wish, cluster, at)) for at in steps_of(wish) if size]
    places = sum(pool.slots - pool.displaced for pool in cluster.pools)
    decisions = read_decisions(inputs.workspace)
    return Needs(size, decisions, stages, stored(inputs, cluster, bom), cluster.nodes, places)


def cost_of(
    inputs: Inputs, cluster: Cluster, bom: Sequence[BomLine], storage: StoragePlan
) -> TotalCost:
    """Return what a design costs, by the prices in force."""
    from millwright.design.costing.bill import price_book
    from millwright.design.costing.total import Costed, total_cost

    factory, catalog = inputs.read.factory, inputs.loaded.catalog
    folder = inputs.workspace.catalog_dir
    own = frozenset(
        name
        for (section, name), (path, _, _) in inputs.loaded.places.items()
        if section == "prices" and path.parent == folder
    )
    book = price_book(catalog.prices, own, factory.currency, catalog.assumptions)
    return total_cost(Costed(factory, cluster, bom, storage, catalog.assumptions, book))


def traced(
    inputs: Inputs, cluster: Cluster, needs: Needs, cost: TotalCost
) -> tuple[Requirement, ...]:
    """Return the lines of the spec with what answers each."""
    from millwright.adapters.yamlfile import read
    from millwright.design.tracing.ground import Ground
    from millwright.design.tracing.trace import requirements

    document = read(inputs.workspace.factory_file)
    growth: Mapping[int, int | None] = {
        stage.months: stage.nodes[1] if len(stage.nodes) > 1 else None for stage in needs.stages
    }
    ground = Ground(
        factory=inputs.read.factory,
        cluster=cluster,
        size=needs.size,
        decisions=needs.decisions,
        storage=needs.storage,
        cost=cost,
        growth=growth,
    )

    def line_of(path: Path) -> int:
        return document.position(path)[0]

    return requirements(document.value, ground, line_of)


def _plan(inputs: Inputs, cluster: Cluster, cables: CableTable) -> Plan:
    from millwright.design.plan.plan import network_plan
    from millwright.errors import MillwrightError
    from millwright.reports.designednet import Network, Plan

    if cluster.simulated:
        return Plan()
    wished = inputs.read.factory.networks
    try:
        found = network_plan(cluster, cables, inputs.loaded.catalog, wished)
    except MillwrightError as refusal:
        return Plan(refused=refusal.message)
    networks = [
        Network(net.name, str(net.v4 or ""), str(net.v6), net.vlan, net.given)
        for net in found.nets.values()
    ]
    return Plan(networks, found.domain, len(found.routers), len(found.names))
