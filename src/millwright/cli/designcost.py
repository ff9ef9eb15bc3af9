"""`design show cost` and `design show requirements`: what it costs, and what answers the spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Csv, Json
from millwright.cli.wiring import inputs_of

if TYPE_CHECKING:
    from millwright.reports.table import Table

COST = "millwright.cost/1"
REQUIREMENTS = "millwright.requirements/1"


def attach(show: typer.Typer) -> None:
    """Add both to `design show`."""
    for name, command in (("cost", show_cost), ("requirements", show_requirements)):
        show.command(name, epilog=f"Example: millwright -C hospital design show {name}")(command)


@guarded
def show_cost(context: typer.Context, csv: Csv = False, json: Json = False) -> None:
    """Show the bill with prices, and what the design costs over the years.

    Prices of your own stand in catalog/prices.yaml (`prices: [{name: ITEM, amount: 1200}]`, and
    `source: ID` with an entry of `sources`), assumptions under `assumptions`; until then both are
    estimates.
    """
    from millwright.adapters.artefacts import check_fresh, read_bom, read_cluster
    from millwright.cli.designfacts import cost_of
    from millwright.cli.hardware import stored
    from millwright.reports.costs import cost_lines, cost_table, price_table

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    lock = check_fresh(inputs.workspace, inputs.lock())
    cluster, bom = read_cluster(inputs.workspace, lock), read_bom(inputs.workspace, lock)
    cost = cost_of(inputs, cluster, bom, stored(inputs, cluster, bom))
    if door.json:
        head = {"schema": COST, "name": cluster.name, "simulated": cluster.simulated}
        door.ui.json({**head, **cost.model_dump(mode="json")})
    elif csv:
        _csv_of(door, price_table(cost))
    else:
        door.ui.table(price_table(cost))
        door.ui.data("")
        if cost.numbers:
            door.ui.table(cost_table(cost))
            door.ui.data("")
        door.ui.raw(cost_lines(cost))


@guarded
def show_requirements(context: typer.Context, csv: Csv = False, json: Json = False) -> None:
    """Show every line of the spec that asks for something, and what of the design answers it."""
    from millwright.adapters.artefacts import check_fresh, read_bom, read_cluster
    from millwright.cli.designfacts import cost_of, needs_of, traced
    from millwright.reports.costs import requirement_table

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    lock = check_fresh(inputs.workspace, inputs.lock())
    cluster, bom = read_cluster(inputs.workspace, lock), read_bom(inputs.workspace, lock)
    needs = needs_of(inputs, cluster, bom)
    found = traced(inputs, cluster, needs, cost_of(inputs, cluster, bom, needs.storage))
    if door.json:
        told = [each.model_dump(mode="json") for each in found]
        door.ui.json({"schema": REQUIREMENTS, "name": cluster.name, "requirements": told})
    elif csv:
        _csv_of(door, requirement_table(found))
    else:
        door.ui.table(requirement_table(found))


def _csv_of(door: Door, table: Table) -> None:
    door.ui.csv([column.title for column in table.columns], table.rows)
