"""A page as files: HTML for the screen and PDF for paper, written together or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from millwright.adapters.htmlpage import html
from millwright.adapters.look import BUILT_IN, Look
from millwright.adapters.pdfpage import pdf
from millwright.adapters.workspace import Writer, writing
from millwright.reports.page import Page, Volume


def papers(stem: Path, page: Page, look: Look = BUILT_IN) -> dict[Path, Writer]:
    """Return the writers of a page's two files, `stem.html` and `stem.pdf`."""
    return {
        stem.with_suffix(".html"): writing(html(page, look).encode("utf-8", "replace")),
        stem.with_suffix(".pdf"): writing(pdf(page, look)),
    }


def volumes(stem: Path, parts: Iterable[Volume]) -> dict[Path, Writer]:
    """Return the writers of a document in volumes: `stem.html`, or `stem-1.html` and so on."""
    writers: dict[Path, Writer] = {}
    for part in parts:
        writers |= papers(stem.with_name(f"{stem.name}{part.suffix}"), part.page)
    return writers


def sheet(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Writer:
    """Return the writer of a CSV file that no spreadsheet takes for formulas."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return writing(text.getvalue().encode("utf-8", "replace"))


def _safe(cell: object) -> object:
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{cell}"
    return "" if cell is None else cell
