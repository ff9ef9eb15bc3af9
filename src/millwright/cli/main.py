"""The command tree. Bodies import what they need when they run, so that help is quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from millwright import __version__
from millwright.cli import catalog, design, start
from millwright.cli.door import Door
from millwright.cli.options import Json
from millwright.cli.ui import Ui

app = typer.Typer(
    help="Designs, builds, deploys and manages AI factories.",
    epilog="Begin with: millwright init --list",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(start.init)
app.add_typer(start.schema, name="schema")
app.add_typer(catalog.app, name="catalog")
app.add_typer(design.app, name="design")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"millwright {__version__}")
        raise typer.Exit


@app.callback()
def door(
    context: typer.Context,
    root: Annotated[
        Path,
        typer.Option("-C", metavar="DIR", help="The workspace; the current folder if not said."),
    ] = Path(),
    json: Json = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say only what is wrong.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of bugs.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Designs, builds, deploys and manages AI factories."""
    del version
    context.obj = Door(root, json, debug, Ui(quiet=quiet, verbose=verbose))
