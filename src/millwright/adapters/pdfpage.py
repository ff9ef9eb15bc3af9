"""Sets a page as PDF with Typst: values go in as data, so that no text of theirs is ever code."""

from __future__ import annotations

import json
import multiprocessing
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from millwright.adapters.look import BUILT_IN, Look
from millwright.errors import MillwrightError
from millwright.reports.page import Field, Grid, Label, Labels, Link, Mark, Page, shown
from millwright.reports.picture import Picture, legal, svg

TAGGED_ROWS = 2_000
"""Rows up to which a document carries tags for screen readers: tags of tables take ten times the
space of the tables themselves, and long ones are read as HTML."""
UNBROKEN = 36
"""Letters without a gap beyond which a line may break anywhere."""


def pdf(page: Page, look: Look = BUILT_IN) -> bytes:
    """Return the page as PDF: fonts come from Typst itself, times only from the page, so that
    equal values give equal bytes on every machine.

    A long one is set in a process of its own, since Typst keeps what it has computed until its
    process ends: about a gigabyte for eight thousand rows.
    """
    data = json.dumps({**_plain(page), "brand": _brand(look)}, ensure_ascii=True)
    template = look.file("page.typ")
    if rows_of(page) <= TAGGED_ROWS:
        return _set(data, template, tags=True)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_set, (data, template), {"tags": False})


def _set(data: str, template: Path, *, tags: bool) -> bytes:
    import typst

    try:
        return typst.compile(
            template,
            root=template.parent,
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"data": data},
            timestamp=0,
            pdf_tags=tags,
        )
    except typst.TypstError as error:
        raise MillwrightError(f"{template} cannot be used: {error.message}") from None


def _brand(look: Look) -> dict[str, Any]:
    kind = "svg" if look.logo_kind.endswith("+xml") else "png"
    words = {"organisation": legal(look.organisation), "line": legal(look.line)}
    return {**words, "accent": look.accent, "logo": list(look.logo), "kind": kind}


def rows_of(page: Page) -> int:
    """Return how many rows and labels a page has."""
    blocks = [block for section in page.sections for block in section.blocks]
    grids = sum(
        len(block.rows) for block in blocks if isinstance(block, Grid) and not block.elsewhere
    )
    return grids + sum(len(block.labels) for block in blocks if isinstance(block, Labels))


def _plain(value: Any) -> Any:
    """Return a value as Typst reads it: records, lists and texts, pictures as SVG."""
    if isinstance(value, Picture):
        return {"svg": svg(value, paper=True), "alt": legal(f"{value.title}. {value.description}")}
    if isinstance(value, Mark):
        return {"word": value.word, "tone": value.tone}
    if isinstance(value, Link):
        return breakable(value.text)
    if isinstance(value, Grid):
        return _grid(value)
    if isinstance(value, Label):
        return _label(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _named(field.name, getattr(value, field.name)) for field in fields(value)
        }
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return breakable(value) if isinstance(value, str) else value


def _named(name: str, value: Any) -> Any:
    return _cell(value) if name == "value" else _plain(value)


def _cell(value: Any) -> Any:
    return _plain(value) if isinstance(value, Mark) else breakable(shown(value))


def _grid(grid: Grid) -> dict[str, Any]:
    return {
        "kind": grid.kind,
        "title": breakable(grid.title),
        "note": breakable(grid.note),
        "empty": breakable(grid.elsewhere or grid.empty),
        "fields": [_plain(field) for field in grid.fields],
        "rows": [
            [_in_field(value, field) for value, field in zip(row, grid.fields, strict=True)]
            for row in (() if grid.elsewhere else grid.rows)
        ],
    }


def _in_field(value: Any, field: Field) -> Any:
    cell = _cell(value)
    if field.holds != "code" or not isinstance(cell, str):
        return cell
    if cell.count("_") > 1:
        cell = cell.replace("_", "_\u200b")
    return cell.replace("`", "`\u200b")


def _label(label: Label) -> dict[str, Any]:
    """Return a label with its symbol as grey values: an image to Typst, at once and sharp."""
    light = 255
    size = len(label.code) + 4
    rows = ["0" * size, "0" * size]
    rows += [f"00{row}00" for row in label.code]
    rows += ["0" * size, "0" * size]
    dots = [0 if dot == "1" else light for row in rows for dot in row] if label.code else []
    words = {key: legal(getattr(label, key)) for key in ("near", "far", "place")}
    return {**words, "dots": dots, "size": size}


_LONG = re.compile(rf"\S{{{UNBROKEN},}}")


def breakable(text: str) -> str:
    """Return the text with places to break in words that no column holds."""
    return _LONG.sub(lambda word: re.sub(r"(.{8})", "\\1\u200b", word.group()), legal(text))
