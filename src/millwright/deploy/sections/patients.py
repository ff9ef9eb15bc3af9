"""Where patients' data is computed on, and what may not be set there."""

from __future__ import annotations

from millwright.deploy.undeployable import Undeployable
from millwright.model.catalog import Catalog
from millwright.model.spec import Factory

PATIENTS = ("phi", "limited", "controlled-genomic")
"""Classes of data that are, or lead to, persons."""


def why_patients(spec: Factory, pool: str) -> str:
    """Return what brings patients' data to a pool, or nothing.

    Work that names no tier may run anywhere, and a pool that names none takes any work.
    """
    if spec.feeds:
        return f"the feed {spec.feeds[0].name}"
    tiers = {each.name: each.tier for each in spec.compute}
    tier = tiers.get(pool)
    for workload in spec.workloads:
        if workload.data is None or workload.data.class_ not in PATIENTS:
            continue
        if tier is None or workload.tier in (None, tier):
            return f"the workload {workload.name}"
    return ""


def wished(spec: Factory, catalog: Catalog, pool: str) -> frozenset[str]:
    """Return the parameters that the spec asks for on a pool.

    Raises Undeployable where one would expose data of patients.
    """
    names = frozenset(spec.software.parameters)
    exposing = sorted(name for name in names if catalog.parameters[name].exposes_data)
    why = why_patients(spec, pool) if exposing else ""
    if why:
        raise Undeployable(
            f"software.parameters: {exposing[0]} is refused on the pool {pool}, which holds data "
            f"of patients ({why})",
            hint="give that work a tier and a pool of its own, or leave the parameter out",
        )
    return names
