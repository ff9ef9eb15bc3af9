"""Assets and firmware, as JSON, as rows, and as a person reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from millwright.model.asset import FIELDS, AssetFinding, Assets, FirmwareMatrix, Item
from millwright.model.nodeset import folded
from millwright.reports.table import Table, left, right

SCHEMA = "millwright.assets/1"
MATRIX_SCHEMA = "millwright.firmware-matrix/1"
COLUMNS = ("node", "kind", "place", *FIELDS, "sources")


def assets_document(assets: Assets) -> dict[str, Any]:
    """Return what a site holds as JSON tells it; what no tool told is null."""
    nodes: dict[str, list[dict[str, Any]]] = {}
    for item in assets.items:
        told = {key: value for key, value in asdict(item).items() if key != "node"}
        nodes.setdefault(item.node, []).append({**told, "sources": list(item.sources)})
    return {
        "schema": SCHEMA,
        "simulated": assets.simulated,
        "nodes": {node: {"items": items} for node, items in nodes.items()},
        "findings": [_finding(each) for each in assets.findings],
        "problems": list(assets.problems),
    }


def _finding(finding: AssetFinding) -> dict[str, Any]:
    document = asdict(finding)
    return {"class": document.pop("kind"), **document}


def asset_rows(assets: Assets) -> Iterator[tuple[str, ...]]:
    """Yield one row an item, in the order of COLUMNS; a cell that would be a formula is none."""
    for item in assets.items:
        yield tuple(_cell(item, column) for column in COLUMNS)


def _cell(item: Item, column: str) -> str:
    value = getattr(item, column)
    text = " ".join(value) if isinstance(value, tuple) else str(value or "")
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def asset_lines(assets: Assets) -> Iterator[str]:
    """Yield how many items each node has, and every finding."""
    kinds = Counter(item.kind for item in assets.items)
    nodes = {item.node for item in assets.items}
    for finding in assets.findings:
        told = f"{finding.field} {finding.expected or '-'}, read {finding.read or 'nothing'}"
        note = f" ({finding.note})" if finding.note else ""
        yield f"{finding.kind:<10} {finding.node} {finding.item}: {told}{note}"
    parts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "nothing"
    mark = "  SIMULATED" if assets.simulated else ""
    yield f"{len(nodes)} nodes: {parts}; {len(assets.findings)} findings{mark}"


def matrix_document(matrix: FirmwareMatrix) -> dict[str, Any]:
    """Return the matrix as JSON tells it: consistency and currency apart."""
    rows = []
    for row in matrix.rows:
        versions = [
            {
                "version": each.version,
                "nodes": list(each.nodes),
                "count": each.count,
                "standing": each.standing,
            }
            for each in row.versions
        ]
        rows.append(
            {
                "component": row.component,
                "model": row.model,
                "target": row.target,
                "source": row.source,
                "versions": versions,
                "silent": list(row.silent),
                "consistent": row.consistent,
                "current": row.current,
            }
        )
    findings = []
    for finding in matrix.findings:
        document = asdict(finding)
        findings.append({"class": document.pop("kind"), **document, "nodes": list(finding.nodes)})
    return {
        "schema": MATRIX_SCHEMA,
        "simulated": matrix.simulated,
        "rows": rows,
        "findings": findings,
        "problems": list(matrix.problems),
    }


def matrix_table(matrix: FirmwareMatrix) -> Table:
    """Return the matrix as a table: one line a version."""
    rows = tuple(
        (
            row.component,
            row.model or "",
            version.version,
            version.count,
            folded(version.nodes),
            row.target or "",
            version.standing,
        )
        for row in matrix.rows
        for version in row.versions
    )
    columns = (
        *left("component", "model", "version"),
        *right("items"),
        *left("nodes", "target", "standing"),
    )
    title = "Firmware, SIMULATED" if matrix.simulated else "Firmware"
    return Table(title, columns, rows)


def matrix_lines(matrix: FirmwareMatrix) -> Iterator[str]:
    """Yield findings, nodes folded."""
    for finding in matrix.findings:
        where = f" on {folded(finding.nodes)}" if finding.nodes else ""
        what = " ".join(filter(None, (finding.component, finding.model)))
        yield f"{finding.kind:<16} {what}{where}: {finding.message}"
