"""The design as other programs read it: `millwright.design/1`."""

from __future__ import annotations

from typing import Any

from millwright.errors import Infeasible
from millwright.model.cluster import Cluster, FabricSummary
from millwright.model.finding import Finding
from millwright.model.siteload import CoolingLoad, Power

SCHEMA = "millwright.design/1"


def design_document(cluster: Cluster) -> dict[str, Any]:
    """Return the document of a design; what is not computed is null, never 0."""
    return {
        "schema": SCHEMA,
        "name": cluster.name,
        "blueprint": cluster.blueprint,
        "simulated": cluster.simulated,
        "nodes": cluster.nodes,
        "gpus": cluster.gpus,
        "pools": [pool.model_dump(mode="json") for pool in cluster.pools],
        "racks": cluster.racks.model_dump(mode="json"),
        "fabrics": {name: _fabric(fabric) for name, fabric in cluster.fabrics.items()},
        "power": cluster.power.model_dump(mode="json"),
        "cooling": cluster.cooling.model_dump(mode="json"),
        "networks": dict(cluster.networks),
        "findings": [finding.model_dump(mode="json") for finding in cluster.findings],
    }


def finding_of(refusal: Infeasible) -> Finding:
    """Return the reason why a design cannot be, as a finding."""
    return Finding(
        rule=refusal.rule,
        severity="error",
        where=refusal.where,
        message=refusal.message,
        hint=refusal.hint,
    )


def refusal_document(name: str, refusal: Infeasible) -> dict[str, Any]:
    """Return the document of a design that cannot be: everything null, and the reason as a
    finding."""
    return {
        "schema": SCHEMA,
        "name": name,
        "nodes": None,
        "gpus": None,
        "pools": None,
        "racks": None,
        "fabrics": None,
        "power": Power().model_dump(mode="json"),
        "cooling": CoolingLoad().model_dump(mode="json"),
        "findings": [finding_of(refusal).model_dump(mode="json")],
    }


def _fabric(fabric: FabricSummary) -> dict[str, Any]:
    return fabric.model_dump(mode="json", by_alias=True)
