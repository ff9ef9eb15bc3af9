"""Where each rack stands: rows of servers with everything else in their middle.

The place of a rack follows its own number alone, so that growth adds rows and moves nothing. Pools
take rows in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from millwright.design.brief import Brief
from millwright.errors import Infeasible
from millwright.model.cluster import RackUnit
from millwright.units import ceil_div


@dataclass(frozen=True, slots=True)
class Plan:
    """The measures of a floor, in metres, and how many racks of either kind a row has."""

    rows: int | None
    compute: int
    management: int
    width: float
    pitch: float
    tray: float
    slack: float
    is_said: bool

    @property
    def positions(self) -> int:
        """Return the racks of a row."""
        return self.compute + self.management


def plan_of(brief: Brief) -> Plan:
    """Return the site's floor, with the catalogue's figures for what it does not say."""
    floor, figures = brief.factory.site.floor, brief.catalog.site_figures

    def said(value: float | None, name: str) -> float:
        return value if value is not None else figures[name].value.value

    return Plan(
        rows=floor.rows,
        compute=int(said(floor.compute_per_row, "row-compute")),
        management=int(said(floor.management_per_row, "row-management")),
        width=said(floor.rack_width_m, "rack-width"),
        pitch=said(floor.rack_depth_m, "rack-depth") + said(floor.aisle_m, "aisle"),
        tray=said(floor.tray_m, "tray"),
        slack=said(floor.slack_m, "slack"),
        is_said=bool(floor.model_fields_set),
    )


def placed(plan: Plan, racks: Sequence[RackUnit]) -> tuple[RackUnit, ...]:
    """Return the racks with row, position and corner.

    Raises Infeasible where the floor has fewer rows than they need.
    """
    pools = list(dict.fromkeys(rack.pool for rack in racks if rack.kind == "compute"))
    seen: dict[str | None, int] = {}
    found = []
    for rack in racks:
        number = seen.get(rack.pool, 0)
        seen[rack.pool] = number + 1
        row, position = _spot(plan, rack, number, pools)
        spot = {
            "row": row + 1,
            "position": position + 1,
            "x_m": round(position * plan.width, 3),
            "y_m": round(row * plan.pitch, 3),
        }
        found.append(rack.model_copy(update=spot))
    _check_rows(plan, found)
    return tuple(found)


def _spot(plan: Plan, rack: RackUnit, number: int, pools: Sequence[str | None]) -> tuple[int, int]:
    left = ceil_div(plan.compute, 2)
    if rack.kind != "compute":
        row, at = divmod(number, plan.management)
        return row, left + at
    row, at = divmod(number, plan.compute)
    row = row * len(pools) + pools.index(rack.pool)
    return row, at if at < left else at + plan.management


def _check_rows(plan: Plan, racks: Sequence[RackUnit]) -> None:
    needed = max((rack.row or 0 for rack in racks), default=0)
    if plan.rows is None or needed <= plan.rows:
        return
    management = sum(rack.kind != "compute" for rack in racks)
    compute = len(racks) - management
    raise Infeasible(
        f"{compute} racks of servers and {management} others need {needed} rows of "
        f"{plan.compute} and {plan.management}, and the floor has {plan.rows}",
        rule="MW-D-070",
        where="site.floor.rows",
        hint=f"{needed} rows; longer ones (`compute_per_row`, `management_per_row`), or more nodes "
        "in a rack",
    )
