"""`evidence`: what was kept of runs, who signs it, and whether anybody bent it."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli import evidenceexport, evidencekept
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millwright.adapters.evidencekeys import Signers
    from millwright.adapters.workspace import Workspace
    from millwright.model.evidence import Verified
    from millwright.model.statement import Heard

app = typer.Typer(
    help="Look after the evidence of runs.", no_args_is_help=True, rich_markup_mode=None
)


evidencekept.attach(app)
evidenceexport.attach(app)


@app.callback()
def _evidence() -> None:
    """Look after the evidence of runs."""


@app.command(
    "verify",
    short_help="Walk the chains of evidence.",
    epilog="Example: millwright -C superpod evidence verify --signers auditors-copy.pub",
)
@guarded
def verify_(
    context: typer.Context,
    run: Annotated[Path | None, typer.Argument(help="A folder of runs/; all if not said.")] = None,
    signers: Annotated[
        Path | None,
        typer.Option(help="Trust these keys only, and refuse what they did not sign to its end."),
    ] = None,
    json: Json = False,
) -> None:
    """Walk the chains and their outputs, and name the first broken line of each.

    A chain whose last head is signed is known to be whole; of others it is said that lines may
    have been cut off behind. What was sealed once and is gone is named as well.
    """
    from millwright.adapters.evidencecheck import verify
    from millwright.adapters.evidencekeys import signers_file, signers_in
    from millwright.reports.evidence import book_lines, verified_document, verified_lines

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    if signers is not None and not signers.exists():
        raise MillwrightError(f"there is no {signers}")
    trusted = signers_in(signers or signers_file(workspace))
    found = {folder.name: verify(folder, trusted) for folder in _folders(workspace, run)}
    books, gone = ({}, []) if run else _statements(workspace, trusted)
    if door.json:
        door.ui.json(verified_document(found, books, gone))
    else:
        door.ui.raw([*verified_lines(found), *book_lines(books)])
        for each in gone:
            door.ui.complain(each)
    wrong = bool(gone) or any(book.broken for book in books.values())
    _leave(found, strict=signers is not None, wrong=wrong)


def _folders(workspace: Workspace, run: Path | None) -> list[Path]:
    """Return the runs that were meant. Raises MillwrightError where there is none."""
    from millwright.adapters.evidencestore import run_folders

    known, runs = run_folders(workspace), workspace.root / "runs"
    folders = [runs / run.name] if run else known
    if not folders:
        raise MillwrightError(f"there is no evidence in {runs}")
    if folders[0] not in known:
        there = ", ".join(folder.name for folder in known[-3:])
        raise MillwrightError(f"there is no run {run}", hint=f"the latest are {there}")
    return folders


def _statements(workspace: Workspace, trusted: Signers) -> tuple[dict[str, Heard], list[str]]:
    """Return the signed books, and what was sealed once and is not there any more as it was."""
    from millwright.adapters.evidencestore import SEALS, unsealed
    from millwright.adapters.statementbook import books

    heard = {book.path.stem: book.heard(trusted) for book in books(workspace)}
    seals = heard[SEALS].statements if SEALS in heard else ()
    return heard, unsealed(workspace, seals)


def _leave(found: Mapping[str, Verified], *, strict: bool, wrong: bool) -> None:
    bent = wrong or any(v.broken for v in found.values())
    if bent or (strict and any(v.tail != "protected" for v in found.values())):
        raise typer.Exit(int(Exit.NO))


@app.command(
    "key",
    short_help="Sign evidence from now on.",
    epilog="Example: millwright -C superpod evidence key",
)
@guarded
def key(context: typer.Context, json: Json = False) -> None:
    """Make your key where you have none, and let this workspace trust its signatures.

    The private key stays among your own settings, outside of every workspace
    (MILLWRIGHT_EVIDENCE_KEY names another place). Give auditors a copy of evidence.pub.
    """
    from millwright.adapters.evidencekeys import enrol, private_key_file, signers_file

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    signer = enrol(workspace)
    if door.json:
        told = {"schema": "millwright.evidence-key/1", "fingerprint": signer.fingerprint}
        door.ui.json({**told, "trusted_in": str(signers_file(workspace))})
        return
    door.ui.data(f"{signer.fingerprint}  signs evidence of this workspace from now on")
    door.ui.say(f"private: {private_key_file()}")
    door.ui.say(f"public:  {signers_file(workspace)}")


@app.command(
    "remove",
    short_help="Remove an output that must not be kept.",
    epilog="Example: millwright evidence remove 20260105T100000.000000Z-exec 3fa9c2d1 "
    '--reason "a password was printed" --yes',
)
@guarded
def remove(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="The run, a folder of runs/.")],
    output: Annotated[str, typer.Argument(help="The output: blobs/ and its digest, or its start.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept for good.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Remove one output and leave a signed tombstone, so that the chain still verifies."""
    from millwright.adapters.evidencekeys import signer_of
    from millwright.adapters.evidencetomb import Removal, blob_named, bury

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    folder = workspace.inside(workspace.root / "runs" / run)
    if folder.parent != workspace.root / "runs" or not folder.is_dir():
        raise MillwrightError(f"there is no run {run!r}")
    if not 1 <= len(reason.strip()) <= 500:
        raise MillwrightError("--reason takes one to 500 characters")
    signer = signer_of(workspace)
    if signer is None:
        raise MillwrightError("a removal is signed", hint="millwright evidence key")
    blob = blob_named(folder, output)
    _confirm(door, f"Remove blobs/{blob} of {run} for good?", yes)
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    stone = bury(workspace, Removal(run, blob, getpass.getuser(), at, reason), signer)
    if door.json:
        door.ui.json({"schema": "millwright.evidence-removal/1", "run": run, "blob": blob})
        return
    door.ui.data(f"blobs/{blob} of {run} is removed; {stone} says so")


def _confirm(door: Door, question: str, yes: bool) -> None:
    if yes:
        return
    if door.json or not sys.stdin.isatty():
        raise MillwrightError("nothing was removed: nobody is here to ask", hint="say --yes")
    if not typer.confirm(question, err=True):
        door.ui.say("nothing was removed")
        raise typer.Exit(int(Exit.NO))
