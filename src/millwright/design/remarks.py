"""What the design has to say about itself once it is drawn."""

from __future__ import annotations

from millwright.design.brief import Brief
from millwright.design.capacity import PoolPlan
from millwright.design.fabrics.draft import Drawing


def remark_on(drawing: Drawing, brief: Brief, pools: tuple[PoolPlan, ...]) -> None:
    """Add the findings that concern the whole design."""
    for pool in pools:
        _rounding(drawing, brief, pool)
        _displaced(drawing, pool)
        _empty_places(drawing, pool)
    _beyond_source(drawing, brief, pools)
    _few_clocks(drawing, brief)


CLOCKS = 3
"""As many sources of time as it takes to tell which one is wrong."""


def _few_clocks(drawing: Drawing, brief: Brief) -> None:
    said = brief.factory.services.ntp
    count = len(said) if isinstance(said, tuple) else int(said is not None)
    if 0 < count < CLOCKS:
        drawing.remark(
            "MW-D-042",
            "warn",
            "services.ntp",
            f"{count} sources of time cannot tell which of them is wrong",
            f"name {CLOCKS} or more; all other hosts follow the head node",
        )


def _rounding(drawing: Drawing, brief: Brief, pool: PoolPlan) -> None:
    asked = brief.factory.compute[pool.index].gpus
    if asked is not None and asked != pool.gpus:
        drawing.remark(
            "MW-D-007",
            "info",
            f"compute[{pool.index}].gpus",
            f"{asked} GPUs are not a whole number of nodes: {pool.nodes} nodes have {pool.gpus}",
        )


def _displaced(drawing: Drawing, pool: PoolPlan) -> None:
    if not pool.displaced:
        return
    places = ", ".join(str(slot + 1) for slot in pool.displaced)
    drawing.remark(
        "MW-D-008",
        "info",
        f"compute[{pool.index}]",
        f"node place {places} of the first scalable unit stays empty: its leaf ports go to the "
        "fabric "
        f"manager ({pool.nodes} nodes in {pool.slots} places)",
        "`manager: none` gives the place back to a node",
    )


def _empty_places(drawing: Drawing, pool: PoolPlan) -> None:
    empty = pool.slots - pool.nodes - len(pool.displaced)
    if empty <= 0:
        return
    drawing.remark(
        "MW-D-009",
        "info",
        f"compute[{pool.index}]",
        f"the last scalable unit is not full: its leaves are built for {pool.nodes_per_unit} "
        "nodes, and "
        f"{empty} places wait",
        "more nodes can be added there without a new switch",
    )


def _beyond_source(drawing: Drawing, brief: Brief, pools: tuple[PoolPlan, ...]) -> None:
    blueprint = brief.blueprint
    if blueprint is None or blueprint.units_max is None:
        return
    units = sum(pool.units for pool in pools)
    if units > blueprint.units_max:
        drawing.remark(
            "MW-D-025",
            "warn",
            "compute",
            f"{units} scalable units are more than the {blueprint.units_max} that the source of "
            f"{blueprint.name} describes: the counts follow its rules beyond its tables",
        )
