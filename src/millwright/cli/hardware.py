"""The design of a spec, whether it names hardware or workloads alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from millwright.cli.wiring import Inputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millwright.design.sizing.candidates import Wish
    from millwright.design.solve import Design


def wish_of(inputs: Inputs, loads: Mapping[str, float] | None = None) -> Wish:
    """Return what candidates are made for: workloads that run on this site."""
    from millwright.cli.sizing import models_of
    from millwright.design.placement.choose import on_site
    from millwright.design.sizing.candidates import Wish

    return Wish(on_site(inputs.read.factory), inputs.loaded.catalog, models_of(inputs), loads or {})


def designed(inputs: Inputs) -> Design:
    """Return the design: of the hardware that is named, or that workloads of this site ask for.

    Raises Infeasible, with the limit, where nothing that may be built answers the spec.
    """
    from millwright.design.placement.choose import placements, refuse_forbidden
    from millwright.design.solve import solve

    refuse_forbidden(placements(inputs.read.factory))
    factory, catalog = inputs.read.factory, inputs.loaded.catalog
    if factory.compute:
        return solve(factory, catalog)
    from millwright.design.sizing.derive import derive

    found = derive(wish_of(inputs))
    design = solve(found.factory, catalog)
    findings = (found.finding, *design.cluster.findings)
    return replace(design, cluster=design.cluster.model_copy(update={"findings": findings}))
