"""`init` and `schema`: a first spec, and what editors need to complete it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Csv, Json
from millwright.cli.wiring import catalog_of
from millwright.errors import MillwrightError

Size = tuple[Literal["nodes", "scalable_units"], int]

schema = typer.Typer(
    help="Print the schemas of what millwright reads.", no_args_is_help=True, rich_markup_mode=None
)


@schema.callback()
def _schemas() -> None:
    """Print the schemas of what millwright reads."""


@schema.command("factory", epilog="Example: millwright schema factory > factory.schema.json")
@guarded
def schema_factory(context: typer.Context, json: Json = False) -> None:
    """Print the JSON Schema of factory.yaml."""
    from millwright.adapters.specfile import factory_schema

    door_of(context, json=json).ui.json(factory_schema())


@schema.command("metrics", epilog="Example: millwright schema metrics --json")
@guarded
def schema_metrics(context: typer.Context, csv: Csv = False, json: Json = False) -> None:
    """List every metric: unit, which way is worse, gate, what telemetry calls it.

    A metric that is not listed is judged both ways and never fails a node.
    """
    from millwright.probes import metrics
    from millwright.reports.metrics import metrics_document, metrics_table

    door = door_of(context, json=json)
    if door.json:
        door.ui.json(metrics_document(metrics.ALL))
        return
    table = metrics_table(metrics.ALL)
    if csv:
        door.ui.csv([column.title for column in table.columns], table.rows)
    else:
        door.ui.table(table)


@guarded
def init(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The folder to begin in.")
    ] = None,
    blueprint: Annotated[
        str | None, typer.Option(help="The published design to begin from.")
    ] = None,
    scalable_units: Annotated[
        int | None, typer.Option(min=1, help="Size in scalable units; 1 if nothing is said.")
    ] = None,
    nodes: Annotated[int | None, typer.Option(min=1, help="Size in nodes.")] = None,
    name: Annotated[
        str | None, typer.Option(help="The factory's name; the folder's if not said.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the blueprints.")] = False,
    json: Json = False,
) -> None:
    """Begin a factory: write its first factory.yaml.

    Example: millwright init superpod --blueprint dgx-superpod-h100 --scalable-units 4
    """
    door = door_of(context, json=json)
    if listed:
        _list(door)
        return
    if folder is None or blueprint is None:
        raise MillwrightError(
            "init needs a folder and a blueprint",
            hint="say DIR --blueprint NAME; `millwright init --list` shows the blueprints",
        )
    if scalable_units is not None and nodes is not None:
        raise MillwrightError("--scalable-units and --nodes both say how many; give one of them")
    size: Size = ("scalable_units", scalable_units or 1)
    if nodes is not None:
        size = ("nodes", nodes)
    _begin(door, (door.root / folder, name), blueprint, size)


def _list(door: Door) -> None:
    from millwright.reports.table import Table, left, right

    blueprints = catalog_of(door).catalog.blueprints
    if door.json:
        door.ui.json_list(
            {
                "name": b.name,
                "title": b.title,
                "nodes_per_unit": b.nodes_per_unit,
                "source": b.source,
            }
            for b in blueprints.values()
        )
        return
    rows = tuple(
        (b.name, b.title, b.nodes_per_unit, b.server, b.source, b.confidence)
        for b in blueprints.values()
    )
    columns = (
        *left("blueprint", "title"),
        *right("nodes per unit"),
        *left("server", "source", "confidence"),
    )
    door.ui.table(Table("Blueprints", columns, rows))


def _begin(door: Door, place: tuple[Path, str | None], blueprint: str, size: Size) -> None:
    from millwright.adapters.firstspec import FirstSpec, begin
    from millwright.adapters.workspace import Workspace

    folder, wished = place
    workspace = Workspace(folder)
    if workspace.factory_file.exists():
        raise MillwrightError(
            f"{workspace.factory_file} exists already", hint="edit it, or choose another folder"
        )
    name = wished or _name_of(folder)
    _check_name(name)
    spec = FirstSpec(name, blueprint, _title_of(door, blueprint), *size)
    files, wanted = begin(workspace, spec)
    if wanted:
        door.ui.say(f"{folder / '.gitignore'} is kept as it is; it should hold: {wanted}")
    if door.json:
        door.ui.json({"schema": "millwright.files/1", "files": [str(path) for path in files]})
        return
    door.ui.data(str(workspace.factory_file))
    door.ui.say(f"next: millwright -C {folder} design solve")


def _title_of(door: Door, blueprint: str) -> str:
    from millwright.adapters.explain import similar

    blueprints = catalog_of(door).catalog.blueprints
    if blueprint not in blueprints:
        hint = similar(blueprint, sorted(blueprints)) or "`millwright init --list` shows them"
        raise MillwrightError(f"there is no blueprint {blueprint!r}", hint=hint)
    return blueprints[blueprint].title


def _name_of(folder: Path) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return words if words[:1].isalpha() else f"factory-{words}".rstrip("-")


def _check_name(name: str) -> None:
    from millwright.model.base import NAME_PATTERN

    if not re.match(NAME_PATTERN, name) or len(name) > 40:
        raise MillwrightError(
            f"{name!r} cannot be a factory's name",
            hint="lower-case letters, digits and single dashes, at most 40: say --name",
        )
