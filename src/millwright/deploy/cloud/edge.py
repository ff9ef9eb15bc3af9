"""A spec for an edge zone: a factory of its own, with the same roles, tiers and services."""

from __future__ import annotations

from typing import Any

from millwright.deploy.cloud.zones import Away
from millwright.model.spec import Factory

KEPT = ("customer", "software", "services", "security", "patching", "compliance", "currency")


def edge_spec(factory: Factory, place: Away) -> dict[str, Any]:
    """Return the spec of a zone with hardware of its own: its workloads, and what they refer to.

    Hardware is sized from the workloads, networks are left to the zone: those of the site are the
    site's. A workspace of this spec is solved, built, deployed and managed by the same commands.
    """
    whole = factory.model_dump(mode="json", by_alias=True, exclude_unset=True)
    zone, loads = place.zone, place.workloads
    tiers = {load.tier for load in loads}
    name = f"{factory.name}-{zone.name}"[:40].rstrip("-")
    site = {"name": zone.name}
    if zone.jurisdiction:
        site["jurisdiction"] = zone.jurisdiction
    spec: dict[str, Any] = {"schema": whole["schema"], "name": name}
    spec |= {key: whole[key] for key in KEPT if key in whole}
    spec["site"] = site
    if kept := [each for each in whole.get("tiers", ()) if each["name"] in tiers]:
        spec["tiers"] = kept
    names = {load.name for load in loads}
    spec["workloads"] = [
        {key: value for key, value in each.items() if key != "zone"}
        for each in whole["workloads"]
        if each["name"] in names
    ]
    if whole.get("feeds"):
        spec["feeds"] = whole["feeds"]
    return spec
