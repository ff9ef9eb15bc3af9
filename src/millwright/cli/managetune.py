"""`manage tune list | show | plan | verify`: tuning notes, and whether nodes are as they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli import tuningapply, tuningplan
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import From, Json, Record
from millwright.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.cli.tuninghosts import Told
    from millwright.model.catalog import Catalog
    from millwright.model.tuned import Compliance, Conflict
    from millwright.model.tuning import TuningNote

app = typer.Typer(
    help="Tune nodes by notes: look, measure, apply, put back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Only = Annotated[str | None, typer.Option(help="A node set: look at no other node.")]
Note = Annotated[str, typer.Argument(help="A note, as `tune list` names it.")]


@app.callback()
def _tune() -> None:
    """Tune nodes by notes: look, measure, apply, put back."""


@app.command(
    "list",
    short_help="Show the notes, and what they brought here.",
    epilog="Example: millwright manage tune list",
)
@guarded
def list_(context: typer.Context, json: Json = False) -> None:
    """Show the notes, what each brought when it was measured here, and what is left unfinished."""
    from millwright.cli.tuninghosts import book_of
    from millwright.cli.wiring import catalog_of
    from millwright.manage.tune.notes import orphans
    from millwright.reports.tuning import notes_table

    door = door_of(context, json=json)
    catalog = catalog_of(door).catalog
    book = book_of(door)
    gains = {gain.note: gain for gain in book.gains()}
    open_deeds = {host: deed for host, deed in book.last().items() if deed.phase in _OPEN}
    lost = list(orphans(catalog))
    if door.json:
        notes = [note.model_dump(mode="json") for note in catalog.tuning_notes.values()]
        told = {name: gain.model_dump(mode="json", by_alias=True) for name, gain in gains.items()}
        unended = {host: [deed.deed, deed.note, deed.phase] for host, deed in open_deeds.items()}
        head = {"schema": "millwright.tuning-notes/1", "notes": notes, "gains": told}
        door.ui.json({**head, "unended": unended, "orphans": lost})
        return
    door.ui.table(notes_table(catalog.tuning_notes.values(), gains))
    for name, key in lost:
        door.ui.say(
            f"tuning_overrides says {name}{f': {key}' if key else ''}, and no note has that"
        )
    for host, deed in open_deeds.items():
        door.ui.say(f"{host}: {deed.deed} {deed.note} did not come to its end; give it again")


_OPEN = ("begun", "lost")


@app.command(
    "show",
    short_help="Show a note: values, sources, measured gains.",
    epilog="Example: millwright manage tune show host-network",
)
@guarded
def show(context: typer.Context, note: Note, json: Json = False) -> None:
    """Show a note with every value, who says it, and what it brought at this site."""
    from millwright.cli.tuninghosts import book_of
    from millwright.cli.wiring import catalog_of
    from millwright.manage.tune.notes import everything, note_of
    from millwright.reports.tuning import gain_lines, note_document, wanted_table

    door = door_of(context, json=json)
    catalog = catalog_of(door).catalog
    found = note_of(catalog, note)
    wants = everything(found, catalog)
    gains = book_of(door).gains(note)
    if door.json:
        door.ui.json(note_document(found, gains, wants))
        return
    door.ui.table(wanted_table(found, wants))
    door.ui.data(f"  {found.date}, for {', '.join(found.roles)}; {'; '.join(found.references)}")
    door.ui.heading("Measured here" if gains else "Measured here: nothing yet")
    door.ui.raw(gain_lines(gains))


@app.command(
    "verify",
    short_help="Show where nodes are not as notes say.",
    epilog="Example: millwright manage tune verify gpu-training --only 'gpu[001-016]'",
)
@guarded
def verify(
    context: typer.Context,
    notes: Annotated[
        list[str] | None, typer.Argument(help="Notes; those in force on each node if none is said.")
    ] = None,
    only: Only = None,
    source: From = None,
    record: Record = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show also what is as it should be.")
    ] = False,
    json: Json = False,
) -> None:
    """Look whether nodes are as notes say, now and after their next start; nothing is changed.

    Exit status 1 where they are not. Estimates warn, and never fail.
    """
    from millwright.cli.sweeps import Look
    from millwright.cli.tuninghosts import told_of

    door = door_of(context, json=json)
    told, seen = told_of(door, Look(nodes=only, source=source, record=record))
    found, clashes = _judged(told, seen.catalog, notes or [])
    _tell(door, (told, found, clashes), seen.simulated, (everything, bool(notes)))
    _leave(found, clashes, told)


def _judged(
    told: Told, catalog: Catalog, names: Sequence[str]
) -> tuple[list[Compliance], list[Conflict]]:
    """Return how nodes stand by the notes that were named and suit them, or are in force there."""
    from millwright.manage.tune.conflicts import conflicts, left_over, of_versions, split_pages
    from millwright.manage.tune.notes import note_of, suits, wanted
    from millwright.manage.tune.verify import compliance

    asked = [note_of(catalog, name) for name in names]
    found: list[Compliance] = []
    clashes: list[Conflict] = [*split_pages(told.facts, told.hosts)]
    for node, facts in told.facts.items():
        host = told.hosts[node]
        notes = asked or _in_force(facts.state.notes, catalog)
        clashes += [*left_over(facts), *of_versions(facts, catalog)]
        for note in notes:
            if suits(note, host):
                continue
            wants = wanted(note, catalog, host)
            found += compliance(wants, facts)
            clashes += conflicts(note, wants, facts, host, catalog)
    return found, list(dict.fromkeys(clashes))


def _in_force(names: Sequence[str], catalog: Catalog) -> list[TuningNote]:
    return [catalog.tuning_notes[name] for name in names if name in catalog.tuning_notes]


def _tell(
    door: Door,
    what: tuple[Told, list[Compliance], list[Conflict]],
    simulated: bool,
    how: tuple[bool, bool],
) -> None:
    from millwright.reports.tuning import (
        compliance_document,
        compliance_table,
        conflict_lines,
        standing_lines,
    )

    (told, found, clashes), (everything, named) = what, how
    if door.json:
        notes = {node: list(facts.state.notes) for node, facts in told.facts.items()}
        head = {"schema": "millwright.tuning-verify/1", "simulated": simulated, "notes": notes}
        door.ui.json({**head, **compliance_document(found, clashes, told.silent)})
        return
    mark = " · SIMULATED" if simulated else ""
    table = compliance_table(f"Not as notes say{mark}", found, everything=everything)
    if table.rows:
        door.ui.table(table)
    door.ui.raw(conflict_lines(clashes))
    door.ui.raw(standing_lines(found, told.silent, mark, named=named))


def _leave(found: list[Compliance], clashes: list[Conflict], told: Told) -> None:
    from millwright.model.verdict import Verdict

    verdicts = {each.verdict for each in found}
    judged = any(each.word not in ("absent", "untouched") for each in found)
    bad = verdicts & {Verdict.FAIL, Verdict.UNKNOWN} or any(each.grave for each in clashes)
    if bad or (told.facts and not judged):
        raise typer.Exit(int(Exit.NO))
    if told.silent:
        raise typer.Exit(int(Exit.UNANSWERED))


app.command(
    "plan",
    short_help="Show what a note would change on each node.",
    epilog="Example: millwright manage tune plan host-network",
)(tuningplan.plan)
app.command(
    "apply",
    short_help="Apply a note: one node, measured; then waves.",
    epilog="Example: millwright manage tune apply host-network --only 'gpu[001-016]'",
)(tuningapply.apply)
app.command(
    "revert",
    short_help="Take notes off nodes: values are put back.",
    epilog="Example: millwright manage tune revert host-network",
)(tuningapply.revert)
