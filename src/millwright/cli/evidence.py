"""`evidence`: what was kept of runs, and whether anybody bent it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

app = typer.Typer(
    help="Look after the evidence of runs.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _evidence() -> None:
    """Look after the evidence of runs."""


@app.command(
    "verify",
    short_help="Walk the chains of evidence.",
    epilog="Example: millwright -C superpod evidence verify",
)
@guarded
def verify_(
    context: typer.Context,
    run: Annotated[Path | None, typer.Argument(help="A folder of runs/; all if not said.")] = None,
    json: Json = False,
) -> None:
    """Walk the chains and their outputs, and name the first broken line of each."""
    from millwright.adapters.evidencelog import CHAIN, verify

    door = door_of(context, json=json)
    runs = workspace_of(door).root / "runs"
    folders = [runs / run] if run else sorted(path.parent for path in runs.glob(f"*/{CHAIN}"))
    if not folders:
        raise MillwrightError(f"there is no evidence in {runs}")
    found = {folder.name: verify(folder) for folder in folders}
    if door.json:
        told = [
            {"run": name, "lines": v.lines, "broken": v.broken, "reason": v.reason}
            for name, v in found.items()
        ]
        document = {"schema": "millwright.evidence-check/1", "tail_protected": False, "runs": told}
        door.ui.json(document)
    for name, v in found.items() if not door.json else ():
        state = f"broken at line {v.broken}: {v.reason}" if v.broken else f"{v.lines} lines, whole"
        door.ui.data(f"{name}  {state}; tail not protected")
    if any(v.broken for v in found.values()):
        raise typer.Exit(int(Exit.NO))
