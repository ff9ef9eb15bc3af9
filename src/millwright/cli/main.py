"""The command tree. Bodies import what they need when they run, so that help is quick."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from millwright import __version__
from millwright.cli import (
    assess,
    build,
    catalog,
    deploy,
    design,
    evidence,
    explain,
    handoff,
    lab,
    manage,
    read,
    ready,
    start,
)
from millwright.cli.door import Door, error_document
from millwright.cli.options import Json
from millwright.cli.ui import Ui
from millwright.errors import Exit, MillwrightError

ANYWHERE = frozenset({"--json", "--debug", "-q", "--quiet", "-v", "--verbose"})
"""Flags that people type before or after the verb."""

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
app.command(
    "assess",
    short_help="Say what a cluster is and what it lacks.",
    epilog="Example: millwright assess 'gpu[001-016],head1' --out report",
)(assess.assess)
app.add_typer(build.app, name="build")
app.add_typer(deploy.app, name="deploy")
app.add_typer(manage.app, name="manage")
app.command(
    "ready",
    short_help="Say whether a workload may go into production.",
    epilog="Example: millwright -C hospital ready ct-triage",
)(ready.ready)
app.add_typer(lab.app, name="lab")
app.add_typer(evidence.app, name="evidence")
app.add_typer(handoff.app, name="handoff")
app.command("read")(read.read)
app.command("explain")(explain.explain)


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


def flags_first(words: list[str]) -> list[str]:
    """Return the words with what counts everywhere in front; what follows `--` stays."""
    end = words.index("--") if "--" in words else len(words)
    ours, rest = words[:end], words[end:]
    front: list[str] = []
    back: list[str] = []
    while ours:
        word = ours.pop(0)
        if word == "-C" and ours:
            front += [word, ours.pop(0)]
        else:
            (front if word in ANYWHERE else back).append(word)
    return [*front, *back, *rest]


def enter(words: list[str]) -> int:
    """Run one call and return its exit status; with `--json` a wrong command line is JSON too."""
    _open_what_is_closed()
    ordered = flags_first(words)
    try:
        status = app(ordered, prog_name="millwright", standalone_mode="--json" not in ordered)
    except typer.TyperException as wrong:
        Ui().json(error_document(_mistyped(wrong)))
        return int(Exit.USAGE)
    return status if isinstance(status, int) else int(Exit.DONE)


def _mistyped(wrong: typer.TyperException) -> MillwrightError:
    """Return the error of a wrong command line; one that only lacks a verb would hold the help."""
    context = getattr(wrong, "ctx", None)
    path = context.command_path if context is not None else "millwright"
    message = wrong.format_message()
    if message.startswith("Usage: "):
        message = "Missing command."
    return MillwrightError(message, hint=f"`{path} --help` lists what is possible")


def _open_what_is_closed() -> None:
    """Give a call whose stdout or stderr is closed (`>&-`) a place for words that nobody reads."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
