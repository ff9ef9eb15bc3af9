"""`build`: proves that a factory is what its design says, before a customer does."""

from __future__ import annotations

import typer

app = typer.Typer(help="Test and accept a factory.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _build() -> None:
    """Test and accept a factory."""
