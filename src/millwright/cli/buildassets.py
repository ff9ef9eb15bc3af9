"""`build assets` and `build firmware`: what a site holds, against a scan and against targets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Csv, Json
from millwright.errors import Exit, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from millwright.model.asset import Assets, FirmwareTarget

MOST_PROBLEMS = 20
"""So many wrong rows are told at once; the wrong list has them all wrong."""
Nodes = Annotated[str | None, typer.Option(help="A node set; all nodes if not said.")]
Recorded = Annotated[
    Path | None,
    typer.Option(help="A folder or an archive of outputs, NODE/TOOL.txt; no node is asked."),
]


@guarded
def assets(
    context: typer.Context,
    nodes: Nodes = None,
    recorded: Recorded = None,
    scanned: Annotated[
        Path | None,
        typer.Option(help="A scanned list: node, kind, place, and serial, address or others."),
    ] = None,
    csv: Csv = False,
    json: Json = False,
) -> None:
    """List what nodes hold: serial numbers, addresses, firmware, as their own tools tell them.

    With a scanned list, what it says otherwise is named; what was not read is absent, and never a
    match. Ends with 1 where something does not fit, with 3 where something could not be read.

    Example: millwright -C site build assets --scanned scan.csv
    """
    from millwright.build.assets import scanned_against
    from millwright.reports.assets import COLUMNS, asset_lines, asset_rows, assets_document

    door = door_of(context, json=json)
    found = _held(door, nodes, recorded)
    if scanned is not None:
        against = scanned_against(found, _scan(scanned))
        found = replace(found, findings=(*found.findings, *against))
    if door.json:
        door.ui.json(assets_document(found))
    elif csv:
        door.ui.csv(COLUMNS, asset_rows(found))
    else:
        door.ui.raw(asset_lines(found))
    _end(door, bool(found.findings), found.problems)


@guarded
def firmware(
    context: typer.Context,
    nodes: Nodes = None,
    recorded: Recorded = None,
    targets: Annotated[
        Path | None, typer.Option(help="Versions that are wanted; firmware.yaml if it is there.")
    ] = None,
    json: Json = False,
) -> None:
    """Compare firmware among nodes, and apart from that with the versions that are wanted.

    Ends with 1 where nodes differ, run another version than wanted, or a fabric manager is not of
    its driver's version; with 3 where something could not be read.

    Example: millwright -C site build firmware --targets firmware.yaml
    """
    from millwright.build.firmware import matrix_of
    from millwright.reports.assets import matrix_document, matrix_lines, matrix_table

    door = door_of(context, json=json)
    wanted = _targets(door, targets)
    matrix = matrix_of(_held(door, nodes, recorded), wanted)
    if door.json:
        door.ui.json(matrix_document(matrix))
    else:
        door.ui.table(matrix_table(matrix))
        door.ui.raw(matrix_lines(matrix))
        if not wanted:
            door.ui.say("no target is known: only whether nodes agree was looked at")
    known = [each for each in matrix.findings if each.kind != "unknown"]
    unread = [each.message for each in matrix.findings if each.kind == "unknown"]
    _end(door, bool(known), (*matrix.problems, *unread))


def _held(door: Door, nodes: str | None, recorded: Path | None) -> Assets:
    from millwright.cli import inventory

    if recorded is None:
        return inventory.asked(door, nodes)
    return inventory.recorded(recorded, nodes)


def _scan(path: Path) -> list[Mapping[str, str]]:
    """Return the rows of a scanned list. Raises InputError with the rows that say nothing."""
    from millwright.adapters.csvfile import excerpt, read_list, wrong
    from millwright.adapters.toolfile import read_output
    from millwright.model.asset import FIELDS

    told, file = read_list(str(path), read_output(path)), str(path)
    any_of = f"some of {', '.join(FIELDS)}"
    if "node" not in told.columns or not set(FIELDS) & set(told.columns):
        found = f"the columns {excerpt(', '.join(told.columns)) or 'nothing'}"
        expected = f"a scanned list: node, kind, place and {any_of}"
        raise InputError((wrong(file, 1, found, expected),))
    problems = []
    for row in told.rows:
        seen = excerpt(",".join(row.cells.values()))
        if not row.cells["node"]:
            problems.append(wrong(file, row.line, f"no node: {seen}", "a node's name", "node"))
        elif not any(row.cells.get(name) for name in FIELDS):
            keys = ", ".join(name for name in FIELDS if name in told.columns)
            found = f"nothing to hold against: {seen}"
            problems.append(wrong(file, row.line, found, any_of, keys))
    if not told.rows:
        problems.append(wrong(file, 1, "a header alone", "a row for each thing that was scanned"))
    if problems:
        raise InputError(tuple(problems[:MOST_PROBLEMS]))
    return [row.cells for row in told.rows]


def _targets(door: Door, path: Path | None) -> Sequence[FirmwareTarget]:
    from millwright.adapters.targetfile import read_targets

    own = door.root / "firmware.yaml"
    if path is None and not own.exists():
        return ()
    return read_targets(path or own)


def _end(door: Door, found: bool, problems: Sequence[str]) -> None:
    if not door.json:
        for problem in problems[:20]:
            door.ui.complain(f"problem: {problem}")
        if len(problems) > 20:
            door.ui.complain(f"problem: and {len(problems) - 20} more; --json has all of them")
    if found:
        raise typer.Exit(int(Exit.NO))
    if problems:
        raise typer.Exit(int(Exit.UNANSWERED))
