"""`design diff`: two solved designs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Csv, Json
from millwright.cli.wiring import catalog_of

if TYPE_CHECKING:
    from millwright.design.difference import Drawn


def attach(app: typer.Typer) -> None:
    """Give the phase its verb."""
    app.command(
        "diff",
        short_help="Compare two designs.",
        epilog="Example: millwright design diff superpod superpod-year-2",
    )(diff)


@guarded
def diff(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(help="The folder of a solved design.")],
    new: Annotated[Path, typer.Argument(help="The folder of another one.")],
    csv: Csv = False,
    json: Json = False,
) -> None:
    """List every device, rack, address, cable and line of the bill that differs.

    Both folders are read as their last `design solve` left them. Costs are those of items that have
    a price in the catalogue; the others are named.
    """
    from millwright.design.difference import difference
    from millwright.reports.differing import diff_lines, diff_table

    door = door_of(context, json=json)
    prices = catalog_of(door).catalog.prices
    found = difference(_drawn(door.root, old), _drawn(door.root, new), prices)
    table = diff_table(found)
    if door.json:
        document = found.model_dump(mode="json")
        door.ui.json({"schema": "millwright.design-diff/1", **document})
    elif csv:
        door.ui.csv([column.title for column in table.columns], table.rows)
    else:
        door.ui.raw(diff_lines(found))
        if table.rows:
            door.ui.data("")
            door.ui.table(table)


def _drawn(root: Path, folder: Path) -> Drawn:
    """Return the design of a folder, which a person names as seen from where they are."""
    from millwright.adapters.artefacts import read_bom, read_cables, read_cluster, read_lock
    from millwright.adapters.workspace import Workspace
    from millwright.design.difference import Drawn

    workspace = Workspace(folder if folder.is_absolute() or folder.exists() else root / folder)
    lock = read_lock(workspace)
    _, rows = read_cables(workspace, lock)
    cables = {
        row[0]: (f"{row[4]} {row[5]}", f"{row[8]} {row[9]}", row[12], row[13], row[14])
        for row in rows
    }
    return Drawn(read_cluster(workspace, lock), read_bom(workspace, lock), cables)
