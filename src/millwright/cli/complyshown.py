"""`manage comply calendar|evidence|import|tailoring|oscal`: duties, traces, and other tools."""

from __future__ import annotations

import hashlib
import json as json_
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.model.scan import Scan
    from millwright.probes.xccdf import Results

LARGEST_BYTES = 256 << 20


def attach(app: typer.Typer) -> None:
    """Give the phase its verbs."""
    app.command(epilog="Example: millwright manage comply calendar --ics due.ics")(calendar)
    app.command(epilog="Example: millwright manage comply evidence transit-files")(evidence)
    app.command("import", epilog="Example: millwright manage comply import arf.xml --node gpu1")(
        import_
    )
    app.command(epilog="Example: millwright manage comply tailoring ssg-debian11-ds.xml "
                "--out hipaa-tailoring.xml")(tailoring)  # fmt: skip
    app.command(epilog="Example: millwright manage comply oscal --out results.json")(oscal)


@guarded
def calendar(
    context: typer.Context,
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FILE", help="Also as a calendar.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what is due when: evidence, attestations, scans, drills, and words that end.

    Ends with 1 where something is overdue or was never done. Nothing is asked.
    """
    from millwright.adapters.workspace import folder_of, writing
    from millwright.cli.complying import checks_of, desk_of, words_that_count
    from millwright.manage.comply import calendar as duties
    from millwright.reports import compliancecalendar as told

    door = door_of(context, json=json)
    desk = desk_of(door)
    now, checks = datetime.now(UTC), checks_of(door)
    packs = [pack.id for pack in desk.packs()]
    last = checks[0] if checks else None
    found = duties.calendar(desk.books, packs, words_that_count(door), last, now.date())
    if ics is not None:
        name = desk.inputs.read.factory.name
        text = told.ics(found, name, f"{now:%Y%m%dT%H%M%SZ}").encode()
        folder_of(ics).replace_files({ics: writing(text)})
    if door.json:
        simulated = bool(last and last.simulated)
        door.ui.json(told.calendar_document(found, f"{now:%Y-%m-%d}", simulated=simulated))
    else:
        door.ui.table(told.calendar_table(found))
    if any(each.state in ("overdue", "never") for each in found):
        raise typer.Exit(int(Exit.NO))


@guarded
def evidence(
    context: typer.Context,
    control: Annotated[str, typer.Argument(help="A control, such as transit-files.")],
    json: Json = False,
) -> None:
    """Show what answers a control in the last check: machines, nodes, persons, and where it lies.

    `millwright evidence export` gives an auditor the population of a period and a sample of it.
    """
    from millwright.adapters.explain import similar
    from millwright.cli.complying import last_check
    from millwright.reports.compliance import evidence_lines

    door = door_of(context, json=json)
    check = last_check(door)
    answers = {each.control: each for each in check.controls}
    if control not in answers:
        hint = similar(control, list(answers)) or "`comply report` names those of the last check"
        raise MillwrightError(f"the last check has no control {control!r}", hint=hint)
    if door.json:
        head = {"schema": "millwright.compliance-evidence/1", "run": check.run, "at": check.at}
        door.ui.json({**head, "control": answers[control].model_dump(mode="json", by_alias=True)})
    else:
        door.ui.raw(evidence_lines(check, answers[control]))


def _raw(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise MillwrightError(f"{path} is larger than {LARGEST_BYTES >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None


def _xccdf(path: Path, raw: bytes) -> Results:
    from millwright.probes.xccdf import NoResults, read

    try:
        return read(raw)
    except NoResults as error:
        hint = "an ARF or XCCDF file of OpenSCAP, or lynis-report.dat"
        raise MillwrightError(f"{path}: {error}", hint=hint) from None


@guarded
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="ARF or XCCDF results, or lynis-report.dat.")],
    node: Annotated[str, typer.Option(help="The host; as the file says it if not said.")] = "",
    json: Json = False,
) -> None:
    """Take what another scanner found: evidence beside our own, for the paragraphs it refers to.

    CIS and STIG come in this way alone. Rules that did not apply or were not checked are not
    covered. A scan can spoil a paragraph; it never gives it.
    """
    from millwright.adapters.compliancebook import SqlScans
    from millwright.cli.complying import ledger

    door = door_of(context, json=json)
    scan = _scan(file, node)
    new = SqlScans(ledger(door)).put(scan)
    if door.json:
        door.ui.json({**scan.model_dump(mode="json", by_alias=True), "new": new})
        return
    counts = ", ".join(f"{scan.count(r)} {r}" for r in ("pass", "fail", "not-covered", "unknown"))
    known = "" if new else "; it was imported before"
    door.ui.data(f"{scan.node}  {scan.tool}  {scan.at}  {len(scan.rows)} rules: {counts}{known}")
    if scan.note:
        door.ui.say(scan.note)


def _scan(file: Path, node: str) -> Scan:
    from millwright.cli.complying import actor
    from millwright.manage.comply.imports import of_lynis, of_xccdf
    from millwright.probes import lynis_report

    raw = _raw(file)
    told = (file.name, hashlib.sha256(raw).hexdigest())
    stamp = (f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", actor())
    if b"lynis_version=" in raw:
        report = lynis_report.read(raw.decode("utf-8", "backslashreplace"))
        if report is not None:
            return of_lynis(report, told, stamp, node)
    found = _xccdf(file, raw)
    if not found.results:
        raise MillwrightError(f"{file} holds rules and no results", hint="scan with it first")
    return of_xccdf(found, told, stamp, node)


@guarded
def tailoring(
    context: typer.Context,
    content: Annotated[Path, typer.Argument(help="A data stream of the SCAP Security Guide.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The tailoring.")],
    json: Json = False,
) -> None:
    """Write a tailoring that takes the rules with HIPAA references, where no profile does so.

    oscap xccdf eval --tailoring-file FILE --profile xccdf_org.millwright_profile_hipaa CONTENT
    """
    from millwright.adapters.workspace import folder_of, writing
    from millwright.manage.comply.imports import tailoring as tailored

    door = door_of(context, json=json)
    found = _xccdf(content, _raw(content))
    stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    text, count = tailored(found, content.name, stamp)
    if not count:
        raise MillwrightError(f"no rule of {content} refers to 45 CFR 164")
    folder_of(out).replace_files({out: writing(text.encode())})
    told = {"schema": "millwright.tailoring/1", "rules": count, "of": len(found.rules)}
    if door.json:
        door.ui.json({**told, "file": str(out)})
    else:
        door.ui.data(f"{out}: {count} of {len(found.rules)} rules refer to 45 CFR 164")


@guarded
def oscal(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="A file; stdout if not.")
    ] = None,
) -> None:
    """Write the last check as OSCAL assessment results (1.1.2)."""
    from millwright.adapters.workspace import folder_of, writing
    from millwright.cli.complying import last_check
    from millwright.manage.comply.oscal import assessment_results

    door: Door = door_of(context)
    document = assessment_results(last_check(door))
    if out is None:
        door.ui.json(document)
        return
    raw = json_.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"
    folder_of(out).replace_files({out: writing(raw)})
    door.ui.say(f"written: {out}")
