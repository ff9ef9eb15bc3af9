"""NVLink domains against the design, as JSON and as lines for whoever stands at the racks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from millwright.model.nodeset import folded
from millwright.model.nvlinkdomain import Domains

SCHEMA = "millwright.nvlink-domains/1"


def domains_document(found: Domains, problems: list[str], *, simulated: bool) -> dict[str, Any]:
    """Return a comparison as JSON tells it."""
    return {
        "schema": SCHEMA,
        "simulated": simulated,
        "domains_planned": found.planned,
        "nodes_planned": found.nodes,
        "nodes_right": found.right,
        "domains": dict(found.named),
        "findings": [
            {"class": each.kind, "nodes": list(each.nodes), "reason": each.reason}
            for each in found.findings
        ],
        "not_observed": list(found.not_observed),
        "partitions": {rack: list(cliques) for rack, cliques in found.partitions.items()},
        "problems": problems,
    }


def domain_lines(found: Domains, *, simulated: bool) -> Iterator[str]:
    """Yield the answer, what is not as planned, and what nobody could say."""
    mark = "SIMULATED  " if simulated else ""
    racks = f"{found.planned} NVLink domain{'s' if found.planned != 1 else ''} planned"
    yield f"{mark}{racks}: {found.right} of {found.nodes} nodes are in theirs"
    for each in found.findings:
        yield f"{each.kind:11} {folded(each.nodes)}: {each.reason}"
    if found.not_observed:
        nodes = f"{folded(found.not_observed)} ({len(found.not_observed)})"
        yield f"{'UNKNOWN':11} {nodes}: no GPU there said what domain it is in"
    for rack, cliques in found.partitions.items():
        yield f"{'note':11} {rack} is cut into partitions: cliques {', '.join(cliques)}"
