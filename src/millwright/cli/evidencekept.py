"""`evidence seal | retention`: how far the store has come, and how long it is kept."""

from __future__ import annotations

import getpass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Csv, Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.model.retention import Kept


def attach(app: typer.Typer) -> None:
    """Give `evidence` its words about the store as a whole."""
    app.command(
        "seal",
        short_help="Sign how far all evidence has come.",
        epilog="Example: millwright -C superpod evidence seal",
    )(seal_)
    app.command(
        "retention",
        short_help="Say how long each run is kept.",
        epilog="Example: millwright -C superpod evidence retention --at 2032-01-01",
    )(retention)


@guarded
def seal_(context: typer.Context, json: Json = False) -> None:
    """Sign how far every run and every book has come, so that one taken away is missed.

    Made once a day, for example by a timer, and kept in evidence/seals.jsonl; a copy of its last
    line on another machine protects the whole store from whoever holds this one.
    """
    from millwright.adapters.evidencekeys import signer_of
    from millwright.adapters.evidencestore import seal

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    signer = signer_of(workspace)
    if signer is None:
        raise MillwrightError("a seal is signed", hint="millwright evidence key")
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    statement = seal(workspace, signer, at, getpass.getuser())
    if door.json:
        door.ui.json(statement.model_dump(mode="json", by_alias=True, exclude_none=True))
        return
    runs, books = len(statement.body["runs"]), len(statement.body["books"])
    door.ui.data(
        f"seal {statement.seq}: {runs} runs, {books} books, signed by {signer.fingerprint}"
    )
    door.ui.data(f"its digest, to be kept elsewhere: {statement.digest()}")


def day_of(text: str | None, option: str) -> date:
    """Return a day that a person said; today where they said none."""
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MillwrightError(
            f"{option} {text[:40]!r} is no day", hint="say it like 2026-01-31"
        ) from None


@guarded
def retention(
    context: typer.Context,
    at: Annotated[
        str | None, typer.Option("--at", metavar="DAY", help="Another day than today.")
    ] = None,
    years: Annotated[
        int, typer.Option(help="A law or contract of yours asks for more.", min=6, max=100)
    ] = 6,
    csv: Csv = False,
    json: Json = False,
) -> None:
    """List all runs with the day until which each is kept at least; nothing is ever deleted.

    What is older is named: whether it may go, a person decides, and does it by hand. Ends with 1
    where something that was sealed is gone or was cut.
    """
    from millwright.model.retention import SOURCE
    from millwright.reports.audit import RUNS, retention_document, retention_table, run_rows

    door = door_of(context, json=json)
    today = day_of(at, "--at")
    runs, gone = _store(door, today, years)
    if door.json:
        door.ui.json(retention_document(runs, gone, today, years))
    elif csv:
        door.ui.csv(RUNS, run_rows(runs))
    elif runs:
        door.ui.table(retention_table(runs, years))
        door.ui.data(f"{years} years are kept. {SOURCE}.")
        door.ui.data(_past(sum(each.past for each in runs), years))
    else:
        door.ui.data("there is no evidence yet")
    for each in gone:
        door.ui.complain(each)
    if gone:
        raise typer.Exit(int(Exit.NO))


def _store(door: Door, today: date, years: int) -> tuple[list[Kept], list[str]]:
    from millwright.adapters.evidencekeys import signers_file, signers_in
    from millwright.adapters.evidencestore import SEALS, stored, unsealed
    from millwright.adapters.statementbook import StatementBook
    from millwright.model.retention import kept

    workspace = workspace_of(door)
    signers = signers_in(signers_file(workspace))
    runs = kept(stored(workspace, signers), today, years)
    return runs, unsealed(workspace, StatementBook(workspace, SEALS).heard(signers).statements)


def _past(count: int, years: int) -> str:
    if not count:
        return f"no run is older than {years} years; nothing was deleted"
    runs = "1 run is" if count == 1 else f"{count} runs are"
    return f"{runs} older than {years} years; nothing was deleted, and a legal hold goes first"
