"""Sets a page as one HTML file: whole in itself, safe to open, of use without scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from millwright.adapters.look import BUILT_IN, Look
from millwright.errors import MillwrightError
from millwright.reports.page import Cell, Label, Link, Mark, Page, plain, shown, words
from millwright.reports.picture import Picture, svg


def html(page: Page, look: Look = BUILT_IN) -> str:
    """Return the page as HTML. Style and script are inline and named by their digests in its
    Content-Security-Policy; whatever else a text tries to bring in does not run.

    Raises MillwrightError where a template of the user is wrong."""
    style, script = look.style(), look.file("page.js").read_text(encoding="utf-8")
    try:
        return _rendered(page, look, style, script)
    except TemplateError as error:
        line = f", line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
        place = look.file("page.html.j2")
        raise MillwrightError(f"{place}{line} cannot be used: {error.message}") from None


def _rendered(page: Page, look: Look, style: str, script: str) -> str:
    logo = base64.b64encode(look.logo).decode()
    return _template(look.places()).render(
        page=page,
        look=look,
        logo=f"data:{look.logo_kind};base64,{logo}" if look.logo else "",
        style=Markup(style),
        script=Markup(script),
        style_sha=_sha256(style),
        script_sha=_sha256(script),
        shown=shown,
        code=_code,
        svg=_drawn,
        qr=_Codes(),
    )


@cache
def _template(places: tuple[Path, ...]) -> Template:
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(places),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    environment.tests["mark"] = lambda value: isinstance(value, Mark)
    environment.tests["link"] = lambda value: isinstance(value, Link)
    environment.filters["groupby_in_order"] = _in_order
    environment.filters["said"] = _said
    environment.filters["plain"] = plain
    return environment.get_template("report/page.html.j2")


def _in_order(values: Iterable[Any], attribute: str) -> list[tuple[str, list[Any]]]:
    parted = groupby(values, key=lambda value: str(getattr(value, attribute)))
    return [(name, list(members)) for name, members in parted]


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _said(text: str) -> Markup:
    """Return a text with what is to be typed in it set in fixed width."""
    pieces = (Markup("<code>{}</code>" if typed else "{}").format(it) for it, typed in words(text))
    return Markup("").join(pieces)


LONG = 48
"""Letters beyond which a code may break anywhere; shorter ones stay on one line."""


def _code(value: Cell) -> Markup:
    """Return a cell in fixed width: names of metrics break at their underscores only."""
    text = shown(value)
    if len(text) > LONG:
        return Markup('<td class="code long">{}</td>').format(text)
    if text.count("_") < 2:
        return Markup('<td class="code">{}</td>').format(text)
    parts = Markup("_<wbr>").join(text.split("_"))
    return Markup('<td class="code parts">{}</td>').format(parts)


def _drawn(picture: Picture) -> Markup:
    return Markup(svg(picture))


@dataclass(slots=True)
class _Codes:
    """Symbols of labels; the second end of a cable refers to the symbol of the first."""

    known: dict[str, int] = field(default_factory=dict)

    def __call__(self, label: Label) -> Markup:
        if not label.code:
            return Markup("")
        size = len(label.code) + 4
        box = f'viewBox="-2 -2 {size} {size}" role="img" aria-label="code"'
        if label.id in self.known:
            return Markup(f'<svg {box}><use href="#q{self.known[label.id]}"/></svg>')
        self.known[label.id] = len(self.known)
        path = f'<path id="q{self.known[label.id]}" d="{runs(label.code)}"/>'
        return Markup(f"<svg {box}>{path}</svg>")


def runs(code: tuple[str, ...]) -> str:
    """Return a path through the dark runs of a symbol, one unit wide."""
    path = []
    for y, row in enumerate(code):
        x = 0
        for dark, members in groupby(row):
            length = len(list(members))
            if dark == "1":
                path.append(f"M{x} {y}.5h{length}")
            x += length
    return "".join(path)
