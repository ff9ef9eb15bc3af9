"""What a design comes to, for the person who just asked for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from millwright.model.cluster import BY_LENGTH, BomLine, Cluster, FabricSummary
from millwright.model.finding import Finding
from millwright.reports.floorload import load_line
from millwright.reports.table import Table, left, right, told

FABRICS = ("compute", "storage", "inband", "oob")
SEVERITIES = {"error": 0, "warn": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Summary:
    """A heading, lines below it, and tables."""

    heading: str
    lines: tuple[str, ...]
    tables: tuple[Table, ...]


def summary(cluster: Cluster, bom: Sequence[BomLine]) -> Summary:
    """Return the summary of a design: sizes, fabrics and the bill, largest things first."""
    racks = cluster.racks
    lines = [
        f"{told(cluster.nodes)} nodes, {told(cluster.gpus)} GPUs in {told(racks.total)} racks "
        f"({told(racks.compute)} compute, {told(racks.management)} management)"
    ]
    lines += [_pool_line(cluster, index) for index in range(len(cluster.pools))]
    carried = load_line(cluster.power, cluster.cooling)
    if carried is not None:
        lines.append(carried)
    if cluster.simulated:
        lines.append("SIMULATED: this design describes no hardware that can be bought")
    heading = f"{cluster.name} · {cluster.blueprint}" if cluster.blueprint else cluster.name
    return Summary(heading, tuple(lines), (fabric_table(cluster, bom), bill_table(bom)))


def _pool_line(cluster: Cluster, index: int) -> str:
    pool = cluster.pools[index]
    units = f"{told(pool.scalable_units)} scalable unit{'s' if pool.scalable_units > 1 else ''}"
    return f"{pool.name}: {told(pool.nodes)} x {pool.server} in {units}"


def _models(cluster: Cluster, fabric: str) -> str:
    counts = Counter(
        device.model
        for device in cluster.devices
        if device.fabric == fabric and device.kind == "switch"
    )
    return ", ".join(f"{told(count)} x {model}" for model, count in sorted(counts.items()))


def fabric_table(cluster: Cluster, bom: Sequence[BomLine]) -> Table:
    """Return one row a fabric; links are logical links at the speed shown, cables are pieces to
    buy."""
    pieces: Counter[str] = Counter()
    for line in bom:
        if line.category == "cable":
            pieces[line.location.split("-")[0]] += line.quantity
    rows = tuple(
        (*_fabric_row(cluster, name, cluster.fabrics[name]), pieces[name])
        for name in FABRICS
        if name in cluster.fabrics
    )
    columns = (
        *left("fabric", "switches"),
        *right("tiers", "planes", "leaf", "spine", "core"),
        *right("node links", "leaf-spine", "spine-core", "Gb/s", "cables"),
    )
    return Table("Fabrics", columns, rows)


def _fabric_row(
    cluster: Cluster, name: str, fabric: FabricSummary
) -> tuple[str | int | float | None, ...]:
    switches = _models(cluster, name)
    if fabric.carried_by:
        switches = f"carried by {fabric.carried_by}"
    return (
        name,
        switches,
        fabric.tiers,
        fabric.planes,
        fabric.leaf_switches or None,
        fabric.spine_switches or None,
        fabric.core_switches or None,
        fabric.node_leaf_links + fabric.manager_links,
        fabric.leaf_spine_links or None,
        fabric.spine_core_links or None,
        fabric.link_gbps,
    )


def bill_table(bom: Sequence[BomLine]) -> Table:
    """Return the bill with one row an item and location; lengths are left to the files."""
    rows = tuple(
        (b.category, b.location, b.item, b.quantity, b.description.partition(BY_LENGTH)[0])
        for b in bom
    )
    columns = (*left("category", "location", "item"), *right("quantity"), *left("description"))
    return Table("Bill of materials", columns, rows)


def findings_table(findings: Iterable[Finding]) -> Table:
    """Return the findings, the gravest first."""
    ordered = sorted(findings, key=lambda f: (SEVERITIES[f.severity], f.rule, f.where))
    rows = tuple((f.severity, f.rule, f.where, f.message, f.hint) for f in ordered)
    return Table("Findings", left("severity", "rule", "where", "message", "hint"), rows)


def folded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return one finding where a rule speaks of one place many times, with the count."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.rule, finding.where), []).append(finding)
    return tuple(_first_of(group) for group in groups.values())


def _first_of(group: list[Finding]) -> Finding:
    first, more = group[0], len(group) - 1
    if not more:
        return first
    told = f"{first.message} (and {more} more of this rule: all of them with --json)"
    return first.model_copy(update={"message": told})
