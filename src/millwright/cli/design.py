"""`design`: from a spec to the last cable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from millwright.cli import (
    deciding,
    designcheck,
    designchoose,
    designexport,
    designgrow,
    designreport,
    designsite,
    designsize,
    hardware,
)
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Csv, Json
from millwright.cli.wiring import Inputs, catalog_of, inputs_of
from millwright.errors import Exit, Infeasible

if TYPE_CHECKING:
    from millwright.design.solve import Design
    from millwright.model.finding import Finding

app = typer.Typer(
    help="Turn a capacity spec into a checked architecture.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
show = typer.Typer(help="Show a part of the design.", no_args_is_help=True, rich_markup_mode=None)
export = typer.Typer(
    help="Write the design in other tools' formats.", no_args_is_help=True, rich_markup_mode=None
)
app.command(
    "report",
    short_help="Write the design package: HTML, PDF, XLSX.",
    epilog="Example: millwright -C superpod design report",
)(designreport.report)
designsize.attach(app)
designsite.attach(app, show)
designchoose.attach(app)
designgrow.attach(app)
deciding.attach(app)
designcheck.attach(app)
app.add_typer(show, name="show")
app.add_typer(export, name="export")
designexport.attach(export)


@app.command(
    "solve",
    short_help="Compute the design and write it.",
    epilog="Example: millwright -C superpod design solve",
)
@guarded
def solve_(context: typer.Context, json: Json = False) -> None:
    """Compute the design, write it to design/, and show what it comes to.

    Where the spec has workloads and no hardware, the server that fits with the least draw is
    taken; `design candidates` shows the others.
    """
    from millwright.adapters.artefacts import Written, write_design

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    try:
        design = hardware.designed(inputs)
    except Infeasible as refusal:
        _refuse(door, inputs, refusal)
        raise typer.Exit(int(Exit.NO)) from None
    moves = _moves(inputs, design)
    files = write_design(
        inputs.workspace,
        Written(design.cluster, design.cables, design.bom, inputs.part_numbers(), inputs.lock()),
    )
    files += deciding.write_down(inputs, design)
    _answer(door, design, moves, files)


def _refuse(door: Door, inputs: Inputs, refusal: Infeasible) -> None:
    from millwright.design.document import refusal_document

    if door.json:
        door.ui.json(refusal_document(inputs.read.factory.name, refusal))
        return
    designcheck.tell_refusal(door, refusal)


def _moves(inputs: Inputs, design: Design) -> tuple[Finding, ...]:
    """Compare with the design that is about to be replaced, if there is one that can be read."""
    from millwright.adapters.artefacts import NoDesign, read_cables, read_cluster, read_lock
    from millwright.design.growth import moves

    try:
        lock = read_lock(inputs.workspace)
        if not lock.changed_since(inputs.lock()):
            return ()
        former = read_cluster(inputs.workspace, lock)
        cables, _ = read_cables(inputs.workspace, lock)
    except (NoDesign, ValueError):
        return ()
    return moves(former, cables, design.cluster, design.cables)


def _answer(
    door: Door, design: Design, moves: tuple[Finding, ...], files: tuple[Path, ...]
) -> None:
    from millwright.design.document import design_document
    from millwright.reports.summary import summary

    if door.json:
        document = design_document(design.cluster)
        document["findings"] += [finding.model_dump(mode="json") for finding in moves]
        document["files"] = [str(path) for path in files]
        door.ui.json(document)
        return
    if not door.ui.quiet:
        told = summary(design.cluster, design.bom)
        door.ui.heading(told.heading)
        for line in told.lines:
            door.ui.data(f"  {line}")
        for table in told.tables:
            door.ui.data("")
            door.ui.table(table)
        door.ui.data("")
    designcheck.tell_findings(
        door, (*design.cluster.findings, *(_shortened(move) for move in moves))
    )
    door.ui.say("written: " + ", ".join(str(path) for path in files))


def _shortened(move: Finding) -> Finding:
    limit = 400
    if len(move.message) <= limit:
        return move
    cut = move.message[:limit].rsplit(", ", 1)[0]
    return move.model_copy(update={"message": f"{cut}, ... (all of them with --json)"})


@app.command(
    "conform",
    short_help="Compare with every published row.",
    epilog="Example: millwright design conform --json",
)
@guarded
def conform_(context: typer.Context, csv: Csv = False, json: Json = False) -> None:
    """Compare the engine with every published row that the catalogue knows."""
    from millwright.adapters.catalogs import references
    from millwright.design.conform import conform
    from millwright.reports.conformance import conformance_table, verdict

    door = door_of(context, json=json)
    lines = list(conform(references(), catalog_of(door).catalog))
    conforms, told = verdict(lines)
    table = conformance_table(lines)
    if door.json:
        door.ui.json_list(line.model_dump(mode="json") for line in lines)
    elif csv:
        door.ui.csv([column.title for column in table.columns], table.rows)
    else:
        door.ui.table(table)
        door.ui.data(told)
    if not conforms:
        raise typer.Exit(int(Exit.NO))


def _shown(context: typer.Context, json: bool) -> tuple[Door, Inputs, Any]:
    from millwright.adapters.artefacts import check_fresh

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    lock = check_fresh(inputs.workspace, inputs.lock())
    hardware.say_simulated(door, inputs)
    return door, inputs, lock


@show.command("fabric", epilog="Example: millwright -C superpod design show fabric")
@guarded
def show_fabric(context: typer.Context, csv: Csv = False, json: Json = False) -> None:
    """Show what each fabric comes to."""
    from millwright.adapters.artefacts import read_bom, read_cluster
    from millwright.design.document import design_document
    from millwright.reports.summary import fabric_table

    door, inputs, lock = _shown(context, json)
    cluster = read_cluster(inputs.workspace, lock)
    if door.json:
        door.ui.json(design_document(cluster)["fabrics"])
        return
    _show_table(door, fabric_table(cluster, read_bom(inputs.workspace, lock)), csv)


@show.command("bom", epilog="Example: millwright -C superpod design show bom --csv")
@guarded
def show_bom(context: typer.Context, csv: Csv = False, json: Json = False) -> None:
    """Show the bill of materials."""
    from millwright.adapters.artefacts import bom_documents, read_bom
    from millwright.reports.summary import bill_table

    door, inputs, lock = _shown(context, json)
    bom = read_bom(inputs.workspace, lock)
    if door.json:
        door.ui.json(bom_documents(bom))
    elif csv:
        documents = bom_documents(bom)
        door.ui.csv(list(documents[0]), (list(line.values()) for line in documents))
    else:
        door.ui.table(bill_table(bom))


@show.command("cables", epilog="Example: millwright -C superpod design show cables --json")
@guarded
def show_cables(context: typer.Context, csv: Csv = False, json: Json = False) -> None:
    """Show every cable, end to end."""
    from millwright.adapters import cablefile
    from millwright.adapters.artefacts import read_cables

    door, inputs, lock = _shown(context, json)
    _, rows = read_cables(inputs.workspace, lock)
    if door.json:
        door.ui.json_list(cablefile.document(row) for row in rows)
    elif csv:
        door.ui.csv(cablefile.HEADER, rows)
    else:
        door.ui.raw(f"{row[1]:<8} {row[15]:<60} {row[12]:<6} {row[14]}".rstrip() for row in rows)


@show.command("findings", epilog="Example: millwright -C superpod design show findings")
@guarded
def show_findings(context: typer.Context, csv: Csv = False, json: Json = False) -> None:
    """Show what the design has to say about itself."""
    from millwright.adapters.artefacts import read_cluster
    from millwright.reports.summary import findings_table

    door, inputs, lock = _shown(context, json)
    findings = read_cluster(inputs.workspace, lock).findings
    if door.json:
        door.ui.json([finding.model_dump(mode="json") for finding in findings])
        return
    _show_table(door, findings_table(findings), csv)


def _show_table(door: Door, table: Any, csv: bool) -> None:
    if csv:
        door.ui.csv([column.title for column in table.columns], table.rows)
    else:
        door.ui.table(table)
