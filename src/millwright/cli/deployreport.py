"""`deploy report hardening`: what closes a cluster, who asks for it, and how it stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Csv, Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit

app = typer.Typer(help="Tell what was deployed.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _report() -> None:
    """Tell what was deployed."""


@app.command(
    "hardening",
    short_help="Settings that close hosts, and how they stood.",
    epilog="Example: millwright -C site deploy report hardening --csv",
)
@guarded
def hardening(
    context: typer.Context,
    papers: Annotated[
        bool, typer.Option("--papers", help="Write it as HTML and PDF to report/ as well.")
    ] = False,
    csv: Csv = False,
    json: Json = False,
) -> None:
    """Show every hardening setting, its rule and its state at the last proof, and the exceptions
    with their reasons."""
    from millwright.cli.site import site_of
    from millwright.cli.wiring import catalog_of
    from millwright.deploy.sections.hardening import designed
    from millwright.reports.hardening import document, reasons, rows, sheet, table

    door = door_of(context, json=json)
    site, catalog = site_of(door), catalog_of(door).catalog
    settings = [(each, designed(each, catalog)) for each in catalog.hardening.values()]
    told = list(rows(settings, site.ledger.rows()))
    simulated = site.inputs.factory.simulated
    if papers:
        _write(door, told, simulated=simulated)
    if door.json:
        door.ui.json(document(told, simulated=simulated))
    else:
        title = "Hardening · SIMULATED" if simulated else "Hardening"
        if csv:
            whole = sheet(told, title)
            door.ui.csv([column.title for column in whole.columns], whole.rows)
        else:
            door.ui.table(table(told, title))
            door.ui.table(reasons(told))
    if any(each["state"] in ("failed", "unknown") for each in told):
        raise typer.Exit(int(Exit.NO))


def _write(door: Door, told: Sequence[Mapping[str, Any]], *, simulated: bool) -> None:
    from millwright import __version__
    from millwright.adapters.papers import papers
    from millwright.reports.hardened import hardening_page

    name, by = door.root.resolve().name, f"millwright {__version__}"
    page = hardening_page(name, told, simulated=simulated, by=by)
    writers = papers(door.root / "report" / "hardening", page)
    workspace_of(door).replace_files(writers)
    door.ui.say("written: " + ", ".join(str(path) for path in writers))
