"""What a design asks of its site: power, cooling, racks."""

from __future__ import annotations

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Csv, Json
from millwright.cli.wiring import inputs_of


@guarded
def show_power(context: typer.Context, csv: Csv = False, json: Json = False) -> None:
    """Show what each rack and the site draw, weigh and give off, and what a lost feed leaves."""
    from millwright.adapters.artefacts import check_fresh, read_cluster
    from millwright.reports.floorload import rack_table, site_lines

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    cluster = read_cluster(inputs.workspace, check_fresh(inputs.workspace, inputs.lock()))
    table = rack_table(cluster)
    if door.json:
        door.ui.json(
            {
                "schema": "millwright.power/1",
                "simulated": cluster.simulated,
                "power": cluster.power.model_dump(mode="json"),
                "cooling": cluster.cooling.model_dump(mode="json"),
                "racks": [
                    {"rack": rack.name, "kind": rack.kind, **rack.load.model_dump(mode="json")}
                    for rack in cluster.rack_units
                    if rack.load is not None
                ],
            }
        )
    elif csv:
        door.ui.csv([column.title for column in table.columns], table.rows)
    else:
        door.ui.raw(site_lines(cluster))
        door.ui.data("")
        door.ui.table(table)
