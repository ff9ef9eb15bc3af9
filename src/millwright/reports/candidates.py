"""Servers beside each other, and designs beside each other, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from millwright.model.cluster import Cluster
from millwright.model.sizing import CRITERIA, Candidate, Criterion
from millwright.reports.sizing import figure
from millwright.reports.table import Cell, Column, Table, left, right


def candidates_table(found: Sequence[Candidate], by: Criterion) -> Table:
    """Return what can do it, the best first."""
    columns = (
        *right("rank"), *left("server", "design"),
        *right("nodes", "GPUs", "kW", "racks", "U"), *left("a lost feed leaves"),
        *right("servers cost", "3 years"),
    )  # fmt: skip
    fitting = [each for each in found if not each.refused]
    ranked = sum(each.rank(by) is not None for each in fitting)
    rows = tuple(
        (
            rank if rank <= ranked else None, each.server, each.blueprint, each.nodes, each.gpus,
            each.kw, each.racks, each.rack_units, each.redundancy, _money(each.capex),
            _money(each.tco_3y),
        )
        for rank, each in enumerate(fitting, 1)
    )  # fmt: skip
    return Table(f"can do it, by {by}: {CRITERIA[by]}", columns, rows)


def _money(amount: float | None) -> str:
    return "not known" if amount is None else f"{amount:,.0f} (estimate)"


def fallen_table(found: Sequence[Candidate]) -> Table:
    """Return what cannot, with every reason."""
    rows = tuple(
        (each.server, refusal.rule, refusal.message) for each in found for refusal in each.refused
    )
    return Table("fell out", left("server", "rule", "reason"), rows)


def figures_of(candidate: Candidate) -> dict[str, Cell]:
    """Return a candidate's figures, by the words that stand before them."""
    told: dict[str, Cell] = {
        "design": candidate.blueprint or "",
        "nodes": candidate.nodes,
        "GPUs": candidate.gpus,
        "kW at most": candidate.kw,
        "racks": candidate.racks,
        "rack units": candidate.rack_units,
        "a lost feed leaves": candidate.redundancy or "",
        "servers cost": _money(candidate.capex),
        "3 years with energy": _money(candidate.tco_3y),
    }
    for size in candidate.size.workloads if candidate.size else ():
        told[f"{size.workload}: GPUs"] = size.gpus
        told[f"{size.workload}: binds"] = size.binds
    told["falls out"] = "; ".join(refusal.rule for refusal in candidate.refused) or "no"
    return told


def design_figures(cluster: Cluster) -> dict[str, Cell]:
    """Return a design's figures, by the same words where they are the same."""
    switches = {
        f"{name}: switches": fabric.leaf_switches + fabric.spine_switches + fabric.core_switches
        for name, fabric in cluster.fabrics.items()
    }
    counts = {
        severity: sum(each.severity == severity for each in cluster.findings)
        for severity in ("error", "warn", "info")
    }
    simulated = {"SIMULATED": "nothing that can be bought"} if cluster.simulated else {}
    return {
        "design": cluster.blueprint or "",
        **simulated,
        "nodes": sum(pool.nodes for pool in cluster.pools),
        "GPUs": sum(pool.gpus for pool in cluster.pools),
        "kW at most": cluster.power.it_max_kw,
        "racks": cluster.racks.total,
        "rack units": sum(d.height_u for d in cluster.devices if not d.external),
        "a lost feed leaves": cluster.power.redundancy or "",
        **switches,
        "warnings": counts["warn"],
    }


def beside(named: Mapping[str, Mapping[str, Cell]]) -> Table:
    """Return one column each, one row a figure that any of them has."""
    rows: dict[str, None] = {}
    for figures in named.values():
        rows.update(dict.fromkeys(figures))
    columns = (Column(""), *right(*named))
    return Table("beside each other", columns, tuple(_row(key, named.values()) for key in rows))


def _row(key: str, all_figures: Iterable[Mapping[str, Cell]]) -> tuple[Cell, ...]:
    return (key, *(_told(figures[key]) if key in figures else "" for figures in all_figures))


def _told(cell: Cell) -> Cell:
    if cell is None:
        return "not known"
    return figure(cell) if isinstance(cell, float) else cell
