"""`build book`: the rack build book and the labels of a solved design."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import inputs_of, workspace_of

if TYPE_CHECKING:
    from pathlib import Path

    from millwright.adapters.workspace import Writer
    from millwright.reports.book import Plans

SCHEMA = "millwright.book/1"


@guarded
def book(
    context: typer.Context,
    labels: Annotated[
        bool, typer.Option("--labels/--no-labels", help="Write the sheets of labels as well.")
    ] = True,
    json: Json = False,
) -> None:
    """Write the build book of every rack, and labels for both ends of every cable, to build/."""
    door = door_of(context, json=json)
    plans = _plans(door)
    _answer(door, _written(door, plans, labels=labels), plans)


def written(door: Door) -> tuple[Path, ...]:
    """Write the book and the labels of the recorded design; return the files."""
    return _written(door, _plans(door), labels=True)


def _written(door: Door, plans: Plans, *, labels: bool) -> tuple[Path, ...]:
    from millwright.adapters.papers import volumes
    from millwright.reports.book import book_volumes

    folder = door.root / "build"
    writers = volumes(folder / "book", book_volumes(plans))
    if labels:
        writers |= _labels(folder, plans)
    workspace_of(door).replace_files(writers)
    return tuple(writers)


def _plans(door: Door) -> Plans:
    from millwright import __version__
    from millwright.adapters.artefacts import check_fresh, read_cables, read_cluster
    from millwright.adapters.cablefile import HEADER
    from millwright.reports.book import Plans
    from millwright.reports.cabling import cabled

    inputs = inputs_of(door)
    lock = check_fresh(inputs.workspace, inputs.lock())
    _, rows = read_cables(inputs.workspace, lock)
    return Plans(
        cluster=read_cluster(inputs.workspace, lock),
        cables=cabled(dict(zip(HEADER, row, strict=True)) for row in rows),
        catalog=inputs.loaded.catalog,
        digests=lock.files,
        by=f"millwright {__version__}",
    )


def _labels(folder: Path, plans: Plans) -> dict[Path, Writer]:
    from millwright.adapters.papers import sheet, volumes
    from millwright.adapters.symbols import symbol
    from millwright.reports.labels import COLUMNS, label_rows, label_volumes

    pages = label_volumes(plans.cluster, plans.cables, symbol, plans.by)
    rows = sheet(COLUMNS, label_rows(plans.cables))
    return {**volumes(folder / "labels", pages), folder / "labels.csv": rows}


def _answer(door: Door, files: tuple[Path, ...], plans: Plans) -> None:
    simulated = plans.cluster.simulated
    if door.json:
        told = {"schema": SCHEMA, "simulated": simulated, "files": [str(path) for path in files]}
        door.ui.json(told)
        return
    door.ui.raw(str(path) for path in files)
    if simulated:
        door.ui.say("SIMULATED: this design describes no hardware that can be bought")
