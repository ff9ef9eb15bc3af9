"""Pictures as values: shapes with a role instead of a colour, and the SVG that they become.

One picture is drawn twice: on a page the roles are CSS classes, which follow light and dark; on
paper they are the colours of PAPER.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

Paint = Literal["ink", "soft", "rule", "panel", "sheet", "accent", "good", "warn", "bad", "unknown"]

PAPER: dict[str, str] = {
    "ink": "#1b1f24",
    "soft": "#5b6470",
    "rule": "#d5d9de",
    "panel": "#f1f3f5",
    "sheet": "#ffffff",
    "accent": "#1f5f8b",
    "good": "#2f7d4f",
    "warn": "#96650c",
    "bad": "#b3261e",
    "unknown": "#6a4fa0",
}
FONT_ON_PAPER = "Libertinus Serif"
WIDTH_OF_A_LETTER = 0.56
"""Of the size of the type: what a letter takes on average, in system fonts and on paper."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `edge` paints its outline, a `dashed` one is of what is not there."""

    x: float
    y: float
    width: float
    height: float
    fill: Paint | None = None
    edge: Paint | None = None
    round: float = 0
    dashed: bool = False
    strength: float = 1.0
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    paint: Paint = "rule"
    width: float = 1
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Dots:
    """Many dots of one size: one element of SVG, however many they are."""

    points: tuple[tuple[float, float], ...]
    size: float
    paint: Paint = "accent"
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Sign:
    """A shape that tells a gravity without colour: disc, triangle, cross, ring."""

    x: float
    y: float
    size: float
    tone: str
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A text at its base line."""

    x: float
    y: float
    text: str
    size: float = 11
    paint: Paint = "ink"
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False


Shape = Box | Stroke | Dots | Sign | Words


@dataclass(frozen=True, slots=True)
class Picture:
    """Shapes on a ground of a size, with a title and a description for those who cannot see it."""

    title: str
    description: str
    width: float
    height: float
    shapes: tuple[Shape, ...]


def fitting(text: str, room: float, size: float) -> str:
    """Return the text, cut with an ellipsis where it would need more than the room."""
    letters = int(room / (size * WIDTH_OF_A_LETTER))
    if len(text) <= letters:
        return text
    return f"{text[: letters - 1].rstrip()}…" if letters > 2 else ""


def svg(picture: Picture, *, paper: bool = False) -> str:
    """Return the picture as SVG text; everything that came from outside is escaped."""
    width, height = _n(picture.width), _n(picture.height)
    font = f' font-family="{FONT_ON_PAPER}"' if paper else ""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' width="{width}" height="{height}"{font} aria-label={_q(picture.title)}>'
        f"<title>{_e(picture.title)}</title><desc>{_e(picture.description)}</desc>"
    )
    return head + "".join(_drawn(shape, paper) for shape in picture.shapes) + "</svg>"


def _drawn(shape: Shape, paper: bool) -> str:
    if isinstance(shape, Box):
        return _box(shape, paper)
    if isinstance(shape, Stroke):
        return _stroke(shape, paper)
    if isinstance(shape, Dots):
        return _dots(shape, paper)
    if isinstance(shape, Sign):
        return _sign(shape, paper)
    return _words(shape, paper)


def _paint(fill: Paint | None, edge: Paint | None, paper: bool) -> str:
    if paper:
        filled = PAPER[fill] if fill else "none"
        return f' fill="{filled}"' + (f' stroke="{PAPER[edge]}"' if edge else "")
    return f' class="{f"f-{fill}" if fill else "f-none"}{f" s-{edge}" if edge else ""}"'


def _box(box: Box, paper: bool) -> str:
    told = _paint(box.fill, box.edge, paper)
    told += f' rx="{_n(box.round)}"' if box.round else ""
    told += ' stroke-dasharray="3 3"' if box.dashed else ""
    told += f' opacity="{_n(box.strength)}"' if box.strength != 1 else ""
    place = f'x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}"'
    return f"<rect {place}{told}{_end('rect', box.tip)}"


def _stroke(stroke: Stroke, paper: bool) -> str:
    path = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in stroke.points)
    dashed = ' stroke-dasharray="4 3"' if stroke.dashed else ""
    painted = _paint(None, stroke.paint, paper)
    return f'<path d="{path}"{painted} stroke-width="{_n(stroke.width)}"{dashed}/>'


def _dots(dots: Dots, paper: bool) -> str:
    path = "".join(f"M{_n(x)} {_n(y)}h.01" for x, y in dots.points)
    painted = _paint(None, dots.paint, paper)
    strength = f' stroke-opacity="{_n(dots.strength)}"' if dots.strength != 1 else ""
    width = f' stroke-width="{_n(dots.size)}" stroke-linecap="round"'
    return f'<path d="{path}"{painted}{width}{strength}/>' if path else ""


def _sign(sign: Sign, paper: bool) -> str:
    x, y, r = sign.x, sign.y, sign.size / 2
    shapes = {
        "bad": (
            f"M{_n(x - r)} {_n(y - r)}L{_n(x + r)} {_n(y + r)}"
            f"M{_n(x + r)} {_n(y - r)}L{_n(x - r)} {_n(y + r)}"
        ),
        "warn": f"M{_n(x)} {_n(y - r)}L{_n(x + r)} {_n(y + r)}H{_n(x - r)}Z",
    }
    arc = f"a{_n(r)} {_n(r)} 0 1 0"
    circle = f"M{_n(x - r)} {_n(y)}{arc} {_n(2 * r)} 0{arc} {_n(-2 * r)} 0Z"
    path = shapes.get(sign.tone, circle)
    paint: Paint = sign.tone if sign.tone in PAPER else "soft"  # type: ignore[assignment]
    filled = None if sign.tone in ("bad", "unknown") else paint
    painted = _paint(filled, None if filled else paint, paper)
    width = "" if filled else f' stroke-width="{_n(max(1.4, sign.size / 5))}"'
    return f'<path d="{path}"{painted}{width}{_end("path", sign.tip)}'


def _words(words: Words, paper: bool) -> str:
    anchor = f' text-anchor="{words.anchor}"' if words.anchor != "start" else ""
    weight = ' font-weight="600"' if words.bold else ""
    place = f'x="{_n(words.x)}" y="{_n(words.y)}" font-size="{_n(words.size)}"'
    return (
        f"<text {place}{_paint(words.paint, None, paper)}{anchor}{weight}>{_e(words.text)}</text>"
    )


def _end(element: str, tip: str) -> str:
    return f"><title>{_e(tip)}</title></{element}>" if tip else "/>"


def _n(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".") if number % 1 else str(int(number))


_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def legal(text: str) -> str:
    """Return text without what XML and JSON forbid: one such letter spoils a whole document."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)


def _e(text: str) -> str:
    return escape(legal(text))


def _q(text: str) -> str:
    return quoteattr(legal(text))


def extent(values: Iterable[float]) -> tuple[float, float]:
    """Return the smallest and the largest value; (0, 1) where there is none."""
    known = list(values)
    return (min(known), max(known)) if known else (0.0, 1.0)
