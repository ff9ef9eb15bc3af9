"""`manage report`: what the machine gave, what it lost, when it is full, what it cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of

if TYPE_CHECKING:
    from millwright.cli.accounting import Asked, Given
    from millwright.model.account import Account


def _file(words: str) -> Any:
    return typer.Option(metavar="FILE", help=words)


Sacct = Annotated[Path | None, _file("sacct --parsable2 or --json.")]
Events = Annotated[Path | None, _file("sacctmgr --parsable2 show event.")]
Live = Annotated[
    str | None, typer.Option(metavar="NODE", help="Ask this head node for both instead.")
]
Samples = Annotated[
    list[Path] | None, _file("Telemetry: JSON lines, also .gz, as `manage detect` reads them.")
]
Prometheus = Annotated[str | None, typer.Option(metavar="URL", help="Ask this instead.")]
Authority = Annotated[Path | None, typer.Option(help="Its certificate authority (PEM).")]
Credentials = Annotated[
    Path | None, typer.Option(help="A file of mode 600: TOKEN or USER:PASSWORD.")
]
Incidents = Annotated[Path | None, _file("JSON lines: id, node, fault, began, noticed, closed.")]
Maintenance = Annotated[Path | None, _file("Times in which somebody works on nodes.")]
Storage = Annotated[Path | None, _file("JSON lines: at, used_bytes.")]
Assumed = Annotated[Path | None, _file("Assumptions; accounting.yaml if not said.")]
Since = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="7 days before the end if not said.")
]
Until = Annotated[
    str | None, typer.Option("--to", metavar="DATE", help="The last midnight if not said.")
]
History = Annotated[
    str | None, typer.Option(metavar="DATE", help="Since when accounting is whole: forecasts.")
]
Zone = Annotated[
    str | None, typer.Option(help="Of the cluster's clocks and of days; UTC if not said.")
]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", metavar="DIR", help="Also HTML, PDF, JSON and CSV.")
]
Letter = Annotated[
    bool, typer.Option("--letter", help="The page for management (with --out, as files).")
]
Pseudonyms = Annotated[bool, typer.Option("--pseudonyms", help="No user is named.")]


@guarded
def report(
    context: typer.Context,
    sacct: Sacct = None,
    events: Events = None,
    live: Live = None,
    telemetry: Samples = None,
    prometheus: Prometheus = None,
    ca: Authority = None,
    credentials: Credentials = None,
    incidents: Incidents = None,
    maintenance: Maintenance = None,
    storage: Storage = None,
    accounting: Assumed = None,
    since: Since = None,
    until: Until = None,
    history: History = None,
    timezone: Zone = None,
    out: Out = None,
    letter: Letter = False,
    pseudonyms: Pseudonyms = False,
    json: Json = False,
) -> None:
    """Tell what every GPU-hour became: owned, up, allocated, active, effective; and the losses.

    Money is reckoned only from prices in accounting.yaml; what is not known is told as unknown,
    with what would be needed. Ends with 3 where more than a tenth of the hours is unknown.

    Example: millwright manage report --sacct sacct.txt --events events.txt --out report
    """
    from millwright.cli.accounting import Asked, Given

    given = Given(
        sacct, events, live, tuple(telemetry or ()), prometheus, (ca, credentials),
        incidents, maintenance, storage, accounting,
    )  # fmt: skip
    asked = Asked(since, until, history, timezone, pseudonyms)
    _report(door_of(context, json=json), (given, asked), out, letter=letter)


def _report(door: Door, said: tuple[Given, Asked], out: Path | None, *, letter: bool) -> None:
    from millwright.cli.accounting import accounted
    from millwright.errors import Exit

    document = accounted(door, *said)
    files = _written(door, document, out, letter=letter) if out is not None else []
    _tell(door, document, files, letter=letter)
    fall = document.waterfall
    if fall.unknown_hours * 36_000 > fall.owned_gpu_seconds:
        raise typer.Exit(int(Exit.UNANSWERED))


def _written(door: Door, document: Account, out: Path, *, letter: bool) -> list[Path]:
    from millwright.adapters.papers import papers, sheet
    from millwright.adapters.workspace import Workspace, writing
    from millwright.reports.accountletter import letter_page
    from millwright.reports.accountpage import account_page
    from millwright.reports.accountsheets import sheets

    writers = papers(out / "account", account_page(document))
    if letter:
        writers |= papers(out / "letter", letter_page(document))
    for name, (columns, rows) in sheets(document).items():
        writers[out / f"{name}.csv"] = sheet(columns, rows)
    raw = document.model_dump_json(by_alias=True, indent=1).encode()
    writers[out / "account.json"] = writing(raw + b"\n")
    Workspace(out).replace_files(writers)
    return list(writers)


def _tell(door: Door, document: Account, files: list[Path], *, letter: bool) -> None:
    from millwright.reports.account import account_lines, tables
    from millwright.reports.accountletter import letter_lines

    if door.json:
        door.ui.json(document.model_dump(mode="json", by_alias=True))
    elif letter:
        door.ui.raw(letter_lines(document))
    else:
        door.ui.raw(account_lines(document))
        for table in tables(document):
            door.ui.table(table)
    for note in document.notes:
        door.ui.say(note)
    if files:
        door.ui.say("written: " + ", ".join(str(path) for path in files))
    elif not door.json:
        door.ui.detail(f"of {workspace_of(door).root}")
