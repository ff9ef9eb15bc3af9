"""`manage comply`: what rule books ask for, who answers it, and what is open."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from millwright.cli import complyshown, complywords
from millwright.cli.door import door_of, guarded
from millwright.cli.options import From, Json, Record
from millwright.errors import MillwrightError

app = typer.Typer(
    help="Answer rule books by evidence, and say what is open.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

complywords.attach(app)
complyshown.attach(app)

Nodes = Annotated[str | None, typer.Argument(help="A node set; all nodes if not said.")]
Only = Annotated[list[str] | None, typer.Option("--pack", help="Of the spec's packs, this one.")]
Out = Annotated[Path | None, typer.Option("-o", "--out", metavar="DIR", help="Also as files.")]


@app.callback()
def _comply() -> None:
    """Answer rule books by evidence, and say what is open."""


@app.command(epilog="Example: millwright -C hospital manage comply scope")
@guarded
def scope(context: typer.Context, json: Json = False) -> None:
    """Say which rule books hold, and why; which seem to; for which data, in which zones it may be.

    Packs stand in factory.yaml under compliance.frameworks. What is proposed, or guidance, holds
    only where it is named. Nothing is asked and nothing written.
    """
    from millwright.cli.complying import desk_of, scope_now, today
    from millwright.reports.compliance import scope_lines

    door = door_of(context, json=json)
    found = scope_now(desk_of(door))
    if door.json:
        door.ui.json(found.model_dump(mode="json", by_alias=True))
    else:
        door.ui.raw(scope_lines(found, today()))


@app.command(epilog="Example: millwright -C hospital manage comply packs")
@guarded
def packs(
    context: typer.Context,
    pack: Annotated[str | None, typer.Argument(help="A pack: its paragraphs.")] = None,
    json: Json = False,
) -> None:
    """List the rule books that are known, their status and when their source was looked at.

    A site's own lie in its catalog/compliance/*.yaml: state law, or a mapping that it has a licence
    for.
    """
    from millwright.cli.complying import desk_of, today
    from millwright.reports.packs import pack_document, pack_table, paragraph_table

    door = door_of(context, json=json)
    books = desk_of(door).books
    if pack is not None and pack not in books.packs:
        raise MillwrightError(f"there is no pack {pack!r}", hint=f"known: {', '.join(books.packs)}")
    if door.json:
        door.ui.json(pack_document(books, pack))
    else:
        day = today()
        door.ui.table(paragraph_table(books, pack, day) if pack else pack_table(books, day))


@app.command(epilog="Example: millwright -C hospital manage comply check --kept")
@guarded
def check(
    context: typer.Context,
    nodes: Nodes = None,
    pack: Only = None,
    kept: Annotated[
        bool, typer.Option("--kept", help="Ask no node: the newest kept evidence counts.")
    ] = False,
    paragraphs: Annotated[
        bool, typer.Option("--paragraphs", help="Show every paragraph, not only what is wrong.")
    ] = False,
    source: From = None,
    record: Record = None,
    json: Json = False,
) -> None:
    """Answer every control of the factory's rule books, by machines, by persons, or openly not.

    Ends with 1 where a control fails, with 3 where one is unknown or unanswered, and only with 0
    where all are answered. The whole is kept as evidence.
    """
    from millwright.cli.complycheck import checked, status_of, tell
    from millwright.cli.complying import desk_of
    from millwright.cli.sweeps import Look
    from millwright.manage.comply.questions import ASKED

    door = door_of(context, json=json)
    if kept and (source or nodes or record):
        raise MillwrightError("--kept asks nobody: it goes with neither nodes, --from nor --record")
    look = None if kept else Look(nodes, source, record, "comply", ASKED)
    found = checked(desk_of(door), look, pack or ())
    tell(door, found, rules=paragraphs)
    raise typer.Exit(int(status_of(found)))


@app.command(epilog="Example: millwright -C hospital manage comply report --out compliance")
@guarded
def report(context: typer.Context, out: Out = None, json: Json = False) -> None:
    """Show the last check, paragraph by paragraph; with --out as HTML, PDF, JSON and CSV.

    No node is asked. Ends as the check did.
    """
    from millwright.cli.complycheck import status_of, tell, written
    from millwright.cli.complying import last_check

    door = door_of(context, json=json)
    found = last_check(door)
    files = written(door, found, out) if out is not None else []
    tell(door, found, rules=True)
    if files:
        door.ui.say("written: " + ", ".join(str(path) for path in files))
    raise typer.Exit(int(status_of(found)))
