"""`explain`: what a name or a line of a kernel log means, who says what about it, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import catalog_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.cli.explainlog import Told
    from millwright.cli.kinds import Books, Kind
    from millwright.model.explanation import Explanation

MOST_READ = 64 << 20
"""Bytes of a log on standard input."""
A_LINE = "lines of a kernel log are needed, or a name of `millwright explain --list`"


@guarded
def explain(
    context: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID...", help="Names, a line of a kernel log, or - for a log."),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List what can be explained.")] = False,
    json: Json = False,
) -> None:
    """Explain faults, findings, tests, conditions, settings, roles and metrics.

    What each authority says of a fault is shown, and whose word counts: the driver's own recovery
    action, then the site's override, then NVIDIA's table, then other opinions. With --list the ID
    is a kind.

    Example: millwright explain xid:79
    """
    from millwright.cli.kinds import Books

    door = door_of(context, json=json)
    books = Books(lambda: catalog_of(door))
    if listed:
        _list(door, books, ids or [])
        return
    found: list[tuple[Explanation, Sequence[str]]] = []
    for word in ids or ["-"]:
        found += _explained(door, books, word)
    _show(door, found)


def _explained(door: Door, books: Books, word: str) -> Sequence[tuple[Explanation, Sequence[str]]]:
    if word == "-":
        return _of_log(door, books)
    if named := _named(books, word):
        return [(kind.explain(books, name), ()) for kind, name in named]
    if " " not in word.strip():
        raise MillwrightError(f"nothing is called {word!r}", hint=_hint(books, word))
    told = _lines(books, word)
    if not told.explanations:
        raise MillwrightError("no known fault is told there", hint=A_LINE)
    return told.explanations


def _named(books: Books, word: str) -> list[tuple[Kind, str]]:
    """Return what is called so: by its whole id, by a mask of several, or without its kind."""
    from millwright.cli.kinds import KINDS
    from millwright.manage.faults.states import throttles

    for kind in KINDS:
        if word in (names := kind.names(books)):
            return [(kind, word)]
        if (bits := throttles(word)) and bits[0] in names:
            return [(kind, bit) for bit in bits]
    if ":" in word:
        return []
    return [
        (kind, full)
        for kind in KINDS
        for full in (f"{kind.name}:{word}", word.upper())
        if full in kind.names(books)
    ]


def _hint(books: Books, word: str) -> str:
    from millwright.adapters.explain import similar
    from millwright.cli.kinds import KINDS

    names = [name for kind in KINDS for name in kind.names(books)]
    if word.isdigit():
        codes = [code for code in (f"xid:{word}", f"sxid:{word}") if code in names]
        every = "`millwright explain --list fault` shows the codes that are known"
        return f"did you mean {codes[0]!r}?" if codes else every
    bare = [name.partition(":")[2] for name in names]
    near = similar(word, names) or ("" if ":" in word else similar(word, bare))
    return near or "`millwright explain --list` shows what can be explained"


def _standard_input() -> str:
    import sys

    if sys.stdin is None or sys.stdin.isatty():
        raise MillwrightError(
            "say what is to be explained",
            hint="`millwright explain xid:79`, or a kernel log on standard input; "
            "`millwright explain --list` shows what there is",
        )
    text = sys.stdin.buffer.read(MOST_READ + 1)
    if len(text) > MOST_READ:
        raise MillwrightError(f"the log is longer than {MOST_READ >> 20} MiB")
    return text.decode("utf-8", "replace")


def _of_log(door: Door, books: Books) -> Sequence[tuple[Explanation, Sequence[str]]]:
    """Return the faults of a log on standard input; that it tells of none is an answer as well."""
    told = _lines(books, _standard_input())
    if told.explanations:
        return told.explanations
    if not told.is_log:
        raise MillwrightError("what came on standard input is no log", hint=A_LINE)
    some = f"{told.lines:,} line{'' if told.lines == 1 else 's'}"
    door.ui.say(f"{some}: no fault that is known here is told")
    return ()


def _lines(books: Books, text: str) -> Told:
    from millwright.cli.explainlog import explained_lines

    return explained_lines(books, text)


def _show(door: Door, found: Sequence[tuple[Explanation, Sequence[str]]]) -> None:
    from millwright.model.explanation import document
    from millwright.reports.explained import told

    if door.json:
        notes = [{"id": each.id, "told": list(said)} for each, said in found if said]
        door.ui.json(document([each for each, _ in found], {"suspicions": notes}))
        return
    for place, (each, said) in enumerate(found):
        lines = list(told(each, said))
        door.ui.heading(lines[0])
        door.ui.raw([*lines[1:], *([""] if place < len(found) - 1 else [])])


def _list(door: Door, books: Books, kinds: Sequence[str]) -> None:
    from millwright.adapters.explain import similar
    from millwright.cli.kinds import KINDS
    from millwright.reports.explained import listing
    from millwright.reports.table import Table, left

    known = {kind.name: kind for kind in KINDS}
    for word in kinds:
        if word not in known:
            hint = similar(word, list(known)) or f"there are {', '.join(known)}"
            raise MillwrightError(f"there is no kind {word!r}", hint=hint)
    names = {name: known[name].names(books) for name in kinds or known}
    if door.json:
        door.ui.json(listing(names))
    elif kinds:
        for name, each in names.items():
            door.ui.table(Table(known[name].title, left("id", "title"), tuple(each.items())))
    else:
        rows = tuple((n, known[n].title, len(e), next(iter(e), "")) for n, e in names.items())
        door.ui.table(Table("explained", left("kind", "what", "count", "such as"), rows))
