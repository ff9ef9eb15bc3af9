"""Draws docs/summary.svg: what `millwright design solve` shows of the four-unit SuperPOD."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from millwright.adapters.catalogs import load
from millwright.adapters.specfile import read_factory
from millwright.cli.drawing import drawn
from millwright.design.solve import solve
from millwright.reports.summary import summary

DOCS = Path(__file__).parent


def main() -> None:
    """Solve the example and write the picture."""
    catalog = load(None).catalog
    spec = read_factory(DOCS.parent / "examples" / "superpod-h100.yaml", catalog)
    design = solve(spec.factory, catalog)
    told = summary(design.cluster, design.bom)
    console = Console(record=True, width=136, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ millwright -C superpod design solve", style="dim"))
    console.print(Text(told.heading, style="bold"))
    for line in told.lines:
        console.print(Text(f"  {line}"))
    console.print()
    for table in told.tables:
        console.print(drawn(table))
    svg = console.export_svg(title="millwright")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.S).replace("Fira Code", "monospace")
    (DOCS / "summary.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
