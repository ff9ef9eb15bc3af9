"""What a design asks of its site: power, cooling, racks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli import designcost, designdiff
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.hardware import say_simulated, stored
from millwright.cli.options import Csv, Json
from millwright.cli.wiring import inputs_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.adapters.cablefile import Row
    from millwright.reports.table import Table


def attach(app: typer.Typer, show: typer.Typer) -> None:
    """Add what shows the site to `design show`, and what sets two sites side by side to
    `design`."""
    designdiff.attach(app)
    designcost.attach(show)
    for name, command in (
        ("power", show_power),
        ("floor", show_floor),
        ("lengths", show_lengths),
        ("pulls", show_pulls),
        ("storage", show_storage),
    ):
        show.command(name, epilog=f"Example: millwright -C superpod design show {name}")(command)


def _answer(door: Door, table: Table, csv: bool) -> None:
    titles = [column.title for column in table.columns]
    if door.json:
        keys = [title.replace(" ", "_") for title in titles]
        door.ui.json_list(dict(zip(keys, row, strict=True)) for row in table.rows)
    elif csv:
        door.ui.csv(titles, table.rows)
    else:
        door.ui.table(table)


def _rows(door: Door) -> list[Row]:
    from millwright.adapters.artefacts import check_fresh, read_cables

    inputs = inputs_of(door)
    rows = read_cables(inputs.workspace, check_fresh(inputs.workspace, inputs.lock()))[1]
    say_simulated(door, inputs)
    return rows


@guarded
def show_floor(context: typer.Context, csv: Csv = False, json: Json = False) -> None:
    """Show where each rack stands, row by row, and what it bears."""
    from millwright.adapters.artefacts import check_fresh, read_cluster
    from millwright.reports.floor import floor_table

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    cluster = read_cluster(inputs.workspace, check_fresh(inputs.workspace, inputs.lock()))
    say_simulated(door, inputs)
    _answer(door, floor_table(cluster), csv)


@guarded
def show_lengths(context: typer.Context, csv: Csv = False, json: Json = False) -> None:
    """Show how many cables of which length are to be ordered."""
    from millwright.reports.floor import lengths_table, unmeasured

    door = door_of(context, json=json)
    rows = _rows(door)
    _answer(door, lengths_table(rows), csv)
    if told := unmeasured(rows):
        door.ui.say(told)


@guarded
def show_pulls(
    context: typer.Context,
    rack: Annotated[str | None, typer.Option("--rack", help="Pulls of this rack alone.")] = None,
    csv: Csv = False,
    json: Json = False,
) -> None:
    """Show in which order cables are pulled from each rack, and in how many bundles."""
    from millwright.adapters.explain import similar
    from millwright.reports.floor import pulls_table

    door = door_of(context, json=json)
    rows = _rows(door)
    if rack is not None:
        racks = sorted({name for row in rows for name in (row[6], row[10]) if name})
        if rack not in racks:
            hint = similar(rack, racks) or f"there are {racks[0]} to {racks[-1]}"
            raise MillwrightError(f"there is no rack {rack!r}", hint=hint)
    _answer(door, pulls_table(rows, rack), csv)


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


@guarded
def show_storage(context: typer.Context, json: Json = False) -> None:
    """Show speed and room for data, checkpoints, what failures leave of the time, and spares.

    Most of it rests on estimates, each of which is listed: an entry of the same name under
    `assumptions` in catalog/*.yaml takes its place.
    """
    from millwright.adapters.artefacts import check_fresh, read_bom, read_cluster
    from millwright.reports.storing import storage_lines, storage_tables

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    lock = check_fresh(inputs.workspace, inputs.lock())
    cluster, bom = read_cluster(inputs.workspace, lock), read_bom(inputs.workspace, lock)
    plan = stored(inputs, cluster, bom)
    say_simulated(door, inputs)
    if door.json:
        schema = {"schema": "millwright.storage/1", "simulated": cluster.simulated}
        door.ui.json({**schema, **plan.model_dump(mode="json")})
        return
    door.ui.raw(storage_lines(plan))
    for table in storage_tables(plan):
        if table.rows:
            door.ui.data("")
            door.ui.table(table)
