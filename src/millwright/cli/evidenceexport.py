"""`evidence export | check`: an archive for an auditor, and its check on their machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.evidencekept import day_of
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.adapters.auditfiles import Rechecked
    from millwright.model.audit import Audit, Wanted
    from millwright.model.parcel import Checked

SignersFile = Annotated[
    Path | None,
    typer.Option("--signers", metavar="FILE", help="Your copy of the site's evidence.pub."),
]
Fingerprint = Annotated[
    list[str] | None,
    typer.Option("--signer", metavar="SHA256:...", help="A fingerprint that you were told."),
]


def attach(app: typer.Typer) -> None:
    """Give `evidence` its words for auditors."""
    app.command(
        "export",
        short_help="Pack evidence for an auditor.",
        epilog="Example: millwright -C superpod evidence export --from 2026-01-01 --to 2026-06-30 "
        "--seed dice-4711",
    )(export)
    app.command(
        "check",
        short_help="Check such an archive, anywhere.",
        epilog="Example: millwright evidence check superpod-evidence-20260101-20260630.zip "
        "--signers evidence.pub",
    )(check)


@guarded
def export(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="The first day.")],
    last: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="The last day; today if not said.")
    ] = None,
    phase: Annotated[
        list[str] | None,
        typer.Option("--phase", help="Runs of this kind alone, as their names end: deploy, exec."),
    ] = None,
    sample: Annotated[int, typer.Option(help="How many lines are drawn.", min=1)] = 25,
    seed: Annotated[
        str, typer.Option(help="The start value of the drawing; auditors name their own.")
    ] = "millwright",
    output: Annotated[
        Path | None, typer.Option("-o", "--out", "--output", help="The archive to write.")
    ] = None,
    json: Json = False,
) -> None:
    """Pack the evidence of a period: the population, a sample with its outputs, all chains.

    The same store, period and start value give the same bytes. What is not signed is named in it;
    what is broken, or was sealed and is gone, ends with 1 too; the archive is written all the same.
    """
    from millwright.adapters.auditfiles import audit_of
    from millwright.model.audit import Wanted

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    days = (day_of(first, "--from"), day_of(last, "--to"))
    wanted = _sensible(Wanted(*days, frozenset(phase or ()), sample, seed))
    audit = audit_of(workspace, workspace.root.resolve().name, wanted)
    if not audit.population:
        raise MillwrightError(
            f"there is no evidence between {wanted.first} and {wanted.last}",
            hint="millwright evidence retention lists what there is",
        )
    target = output or workspace.root / f"{_stem(audit.name, wanted)}.zip"
    _write(door, audit, target)
    _tell(door, audit, target)


def _sensible(wanted: Wanted) -> Wanted:
    if wanted.first > wanted.last:
        raise MillwrightError(f"--from {wanted.first} lies behind --to {wanted.last}")
    if not 1 <= len(wanted.seed) <= 200 or not wanted.seed.isprintable():
        raise MillwrightError("--seed takes 1 to 200 letters that can be printed")
    return wanted


def _stem(name: str, wanted: Wanted) -> str:
    import re

    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "site"
    return f"{plain}-evidence-{wanted.first:%Y%m%d}-{wanted.last:%Y%m%d}"


def _write(door: Door, audit: Audit, target: Path) -> None:
    from millwright import __version__
    from millwright.adapters.auditfiles import audit_files
    from millwright.adapters.evidencekeys import signer_of
    from millwright.adapters.parcelfile import Label, archive, parcel
    from millwright.adapters.workspace import folder_of

    workspace, by = workspace_of(door), f"millwright {__version__}"
    files = audit_files(workspace, audit, by)
    made = max(line.at for line in audit.population)
    label = Label(
        "evidence-export", _stem(audit.name, audit.wanted), made, by, audit.simulated, audit.gaps
    )
    members = parcel(label, files, signer_of(workspace))
    folder_of(target).replace_files({target: archive(members)})


def _tell(door: Door, audit: Audit, target: Path) -> None:
    from millwright.adapters.evidencekeys import signer_of

    signer = signer_of(workspace_of(door))
    if door.json:
        document = {
            "schema": "millwright.evidence-export/1", "archive": str(target),
            "population": len(audit.population), "sample": len(audit.sample),
            "runs": len(audit.runs), "seed": audit.wanted.seed, "gaps": list(audit.gaps),
            "signed_by": signer.fingerprint if signer else None, "simulated": audit.simulated,
        }  # fmt: skip
        door.ui.json(document)
    else:
        mark = "SIMULATED  " if audit.simulated else ""
        counted = f"{len(audit.population):,} commands in {len(audit.runs):,} runs"
        door.ui.data(f"{mark}{target}: {counted}, {len(audit.sample):,} of them drawn")
        for gap in audit.gaps:
            door.ui.say(gap)
        signed = f"signed by {signer.fingerprint}" if signer else "NOT SIGNED: evidence key"
        door.ui.say(signed)
    if audit.gone or any(each.run.broken for each in audit.runs):
        raise typer.Exit(int(Exit.NO))


@guarded
def check(
    context: typer.Context,
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="What `export` wrote.")],
    signers: SignersFile = None,
    signer: Fingerprint = None,
    json: Json = False,
) -> None:
    """Check an export without a workspace: signature, every byte, every chain, the sample.

    Ends with 1 where anything was changed or nothing is signed, and with 3 where all of it holds
    and nobody says that its signer can be trusted.
    """
    from millwright.adapters.auditfiles import recheck
    from millwright.adapters.parcelcheck import check as checked
    from millwright.cli.parcels import trust_of

    door = door_of(context, json=json)
    trust = trust_of(signers, signer)
    with tempfile.TemporaryDirectory(prefix="millwright-") as place:
        found = checked(archive, "evidence-export", trust, Path(place))
        again = recheck(Path(place), trust.signers or None) if found.whole else None
    _answer(door, archive, found, again)


def _answer(door: Door, archive: Path, found: Checked, again: Rechecked | None) -> None:
    from millwright.cli.parcels import document, leave, lines
    from millwright.reports.evidence import verified_document, verified_lines

    wrong: Sequence[str] = again.wrong if again else ()
    if door.json:
        told = document("millwright.evidence-export-check/1", archive, found, wrong)
        runs = verified_document(again.runs)["runs"] if again else []
        left_out = again.left_out if again else None
        door.ui.json({**told, "runs": runs, "outputs_left_out": left_out})
    else:
        door.ui.raw(lines(archive, found, wrong))
        if again is not None:
            door.ui.raw(verified_lines(again.runs))
            door.ui.say(f"{again.left_out} outputs were not drawn, and stay at the site")
        for gap in found.manifest.missing if found.manifest and found.whole else ():
            door.ui.say(f"its site says  {gap}")
    leave(found, wrong)
