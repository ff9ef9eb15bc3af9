"""Counts each fabric as the Cluster and the published tables tell it."""

from __future__ import annotations

from collections import Counter

from millwright.design.brief import Brief
from millwright.design.fabrics.draft import Drawing
from millwright.model.cluster import FabricSummary

NODE_ENDS = (("node", "leaf"), ("node", "access"))
MANAGER_ENDS = (("fabric-manager", "leaf"),)


def summaries(
    drawing: Drawing, brief: Brief, tiers: dict[str, int], carried: dict[str, str]
) -> dict[str, FabricSummary]:
    """Return the summary of every fabric that is built, by name."""
    roles: Counter[tuple[str | None, str]] = Counter(
        (device.fabric, device.role) for device in drawing.devices if device.kind == "switch"
    )
    planes = brief.fabrics.compute.planes if brief.fabrics.compute else 1
    return {
        fabric: _summary(
            drawing, fabric, (count, planes if fabric == "compute" else 1), roles, carried
        )
        for fabric, count in tiers.items()
        if count
    }


def _summary(
    drawing: Drawing,
    fabric: str,
    shape: tuple[int, int],
    roles: Counter[tuple[str | None, str]],
    carried: dict[str, str],
) -> FabricSummary:
    tiers, planes = shape
    links = drawing.link_counts(fabric)
    node_speeds = [link.gbps for link in links if link.from_ == "node"]
    leaf_role = "access" if fabric == "oob" else "leaf"
    return FabricSummary(
        planes=planes,
        tiers=tiers,
        leaf_switches=roles[fabric, leaf_role],
        spine_switches=roles[fabric, "spine"],
        core_switches=roles[fabric, "core"],
        node_leaf_links=drawing.linked(fabric, NODE_ENDS),
        manager_links=drawing.linked(fabric, MANAGER_ENDS),
        leaf_spine_links=drawing.linked(fabric, (("leaf", "spine"),)),
        spine_core_links=drawing.linked(fabric, (("spine", "core"),)),
        link_gbps=max(node_speeds, default=max((link.gbps for link in links), default=0.0)),
        links=links,
        carried_by=carried.get(fabric),
    )
