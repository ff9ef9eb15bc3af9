"""`handoff`: the package for a customer, and its check on another machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.evidenceexport import Fingerprint, SignersFile
from millwright.cli.options import Json
from millwright.cli.wiring import catalog_of, workspace_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millwright.adapters.look import Look
    from millwright.reports.handover import Handover
    from millwright.reports.runbook import Runbook

app = typer.Typer(
    help="Make the package for a customer, or check one.",
    rich_markup_mode=None,
    invoke_without_command=True,
    no_args_is_help=False,
)


@app.callback(epilog="Example: millwright -C superpod handoff")
@guarded
def handoff(
    context: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--out", "--output", help="The archive; NAME-handoff.zip if not said."),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Write nothing, and end with 1, if anything lacks."),
    ] = False,
    json: Json = False,
) -> None:
    """Make the customer package from the workspace: a site, PDF, XLSX, all in one signed ZIP.

    What was designed, built, accepted and kept, with serial numbers, firmware, cables, addresses,
    runbooks, duties, growth, warranty and limits. What the workspace does not have is named as
    missing. No node is asked. handoff.yaml says what only people know; templates/report/ and
    handoff.yaml's `brand` change how it looks.
    """
    if context.invoked_subcommand is not None:
        return
    from millwright.adapters.handoverfile import NAME, read_handover
    from millwright.adapters.look import look_of
    from millwright.cli.handoffground import handover_of
    from millwright.model.handover import HandoverFile

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    empty = HandoverFile.model_validate({"schema": "millwright.handoff/1"})
    said = read_handover(workspace.root / NAME) or empty
    look = look_of(workspace, said.brand)
    runbooks = _runbooks(door)
    handover = handover_of(door, said, runbooks)
    if strict and _missing(handover):
        _tell(door, handover, None)
        raise typer.Exit(1)
    files = _files(door, handover, look, runbooks)
    target = output or workspace.root / f"{_stem(handover)}.zip"
    _write(door, handover, files, target)
    _tell(door, handover, target)


def _missing(handover: Handover) -> list[str]:
    from millwright.reports.handoff import all_missing, chapters

    return [f"{title}: {each.what} {each.how}" for title, each in all_missing(chapters(handover))]


def _stem(handover: Handover) -> str:
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', handover.built.cluster.name)}-handoff"


def _runbooks(door: Door) -> list[Runbook]:
    from millwright.adapters.faultfiles import fault_catalog
    from millwright.manage.faults import runbooks

    loaded = catalog_of(door)
    faults = fault_catalog(loaded)
    sources = loaded.catalog.sources
    return [runbooks.runbook(name, faults, sources) for name in sorted(faults.groups)]


def _files(door: Door, handover: Handover, look: Look, runbooks: list[Runbook]) -> dict[str, bytes]:
    from millwright.adapters.acceptance import accepted_files
    from millwright.adapters.handofffiles import (
        compliance_files,
        design_files,
        handoff_files,
        refuse_secrets,
    )
    from millwright.adapters.htmlpage import html
    from millwright.cli.handoffground import case_of, judged_run
    from millwright.reports.clean import without_secrets
    from millwright.reports.runbook import runbook_page

    workspace = workspace_of(door)
    copies = design_files(workspace) | compliance_files(workspace)
    refuse_secrets(copies)
    folder = judged_run(workspace)
    if folder is not None:
        case, metrics = case_of(door, folder)
        told = accepted_files("acceptance", without_secrets(case), metrics)
        copies |= {f"acceptance/{name}": raw for name, raw in told.items()}
    books = {
        f"runbooks/{book.group.name}.html": html(
            without_secrets(runbook_page(book, handover.by)), look
        ).encode("utf-8", "replace")
        for book in runbooks
    }
    return handoff_files(handover, look) | copies | books


def _write(door: Door, handover: Handover, files: Mapping[str, bytes], target: Path) -> None:
    from millwright.adapters.evidencekeys import signer_of
    from millwright.adapters.parcelfile import Label, archive, parcel
    from millwright.adapters.workspace import folder_of

    missing = tuple(_missing(handover))
    label = Label(
        "handoff", _stem(handover), handover.made or None, handover.by, handover.simulated, missing
    )
    members = parcel(label, files, signer_of(workspace_of(door)))
    folder_of(target).replace_files({target: archive(members)})


def _tell(door: Door, handover: Handover, target: Path | None) -> None:
    from millwright.reports.handoffsheets import document

    if door.json:
        door.ui.json({**document(handover), "archive": str(target) if target else None})
        return
    mark = "SIMULATED  " if handover.simulated else ""
    missing = _missing(handover)
    for each in missing:
        door.ui.say(f"missing  {each}")
    signed = f"signed by {handover.signer}" if handover.signer else "NOT SIGNED"
    if target is not None:
        door.ui.data(f"{mark}{target}: {signed}; {len(missing)} things are missing in it")
    if not handover.signer:
        door.ui.say("to sign it: millwright evidence key, then make it again")


@app.command(
    "verify",
    short_help="Check a package, anywhere.",
    epilog="Example: millwright handoff verify superpod-handoff.zip --signers evidence.pub",
)
@guarded
def verify(
    context: typer.Context,
    archive: Annotated[Path, typer.Argument(metavar="ZIP", help="The package.")],
    signers: SignersFile = None,
    signer: Fingerprint = None,
    json: Json = False,
) -> None:
    """Check a package without a workspace: its signature, and every byte of every file.

    Nothing is unpacked. Ends with 1 where anything was changed or nothing is signed, and with 3
    where all of it holds and nobody says that its signer can be trusted.
    """
    from millwright.adapters.parcelcheck import check
    from millwright.cli.parcels import document, leave, lines, trust_of

    door = door_of(context, json=json)
    found = check(archive, "handoff", trust_of(signers, signer))
    if door.json:
        door.ui.json(document("millwright.handoff-check/1", archive, found))
    else:
        door.ui.raw(lines(archive, found))
        for each in found.manifest.missing if found.manifest and found.whole else ():
            door.ui.say(f"missing in it  {each}")
    leave(found)
