"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")]
From = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="DIR", help="A recording instead: what --record wrote, or NODE/TOOL.txt."
    ),
]
Record = Annotated[
    Path | None,
    typer.Option("--record", metavar="DIR", help="A new folder: what nodes answered, as files."),
]
