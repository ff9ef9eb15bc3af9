"""`design export`: the design for the tools that route, name, schedule, draw and keep records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import guarded
from millwright.cli.options import Json
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.cli.exporting import Asked
    from millwright.model.cluster import CableTable

Out = Annotated[
    Path | None,
    typer.Option(
        "-o", "--out", help="The folder; design/export/FORMAT if not said.", metavar="DIR"
    ),
]


def attach(app: typer.Typer) -> None:
    """Add a command for each format to `design export`."""
    ibsim_example = "Example: millwright -C superpod design export ibsim -o superpod.net"
    app.command("ibsim", epilog=ibsim_example)(ibsim)
    for name, command, short in (("dot", dot, "Graphviz: a graph of each fabric."),):
        example = f"Example: millwright -C superpod design export {name}"
        app.command(name, short_help=short, epilog=example)(command)


def _asked(context: typer.Context, json: bool, out: Path | None) -> tuple[Asked, CableTable]:
    from millwright.adapters.artefacts import check_fresh, read_cables
    from millwright.cli.exporting import asked_for

    asked = asked_for(context, json, out, None)
    workspace, lock = asked.inputs.workspace, asked.inputs.lock()
    cables, _ = read_cables(workspace, check_fresh(workspace, lock))
    return asked, cables


@guarded
def dot(context: typer.Context, out: Out = None, json: Json = False) -> None:
    """Write a graph of each fabric for Graphviz. Parallel links are one line, with their number."""
    from millwright.cli.exporting import write
    from millwright.design.export.dot import dot as made

    asked, cables = _asked(context, json, out)
    write(asked, made(asked.cluster, cables))


@guarded
def ibsim(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("-o", "--out", "--output", help="The file; stdout if not said.")
    ] = None,
) -> None:
    """Write the compute fabric as a network file of the InfiniBand simulator."""
    from millwright.design.ibsim import network

    asked, cables = _asked(context, False, None)
    lines = network(asked.cluster, cables, asked.inputs.loaded.catalog)
    if output is None:
        asked.door.ui.raw(lines)
        return
    try:
        output.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise MillwrightError(f"cannot write {output}: {error.strerror}") from None
