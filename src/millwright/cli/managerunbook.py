"""`manage runbook`: what to do about a class of faults, as files for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import catalog_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from millwright.adapters.workspace import Writer
    from millwright.model.fault import FaultCatalog
    from millwright.reports.runbook import Runbook

SCHEMA = "millwright.runbooks/1"


@guarded
def runbook(
    context: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID...", help="Faults or classes of them; all if not said."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="The folder to write to; runbooks/ if not said."),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Write PDF as well.")] = True,
    json: Json = False,
) -> None:
    """Write runbooks from the catalogue of faults: one a class, as Markdown, HTML and PDF.

    How it shows, what it means, who says what, what to do step by step, when to stop and what to
    record. The site's overrides are in them.

    Example: millwright -C site manage runbook xid:79
    """
    from millwright.adapters.faultfiles import fault_catalog
    from millwright.adapters.workspace import Workspace
    from millwright.manage.faults import runbooks

    door = door_of(context, json=json)
    loaded = catalog_of(door)
    faults = fault_catalog(loaded)
    wanted = _wanted(faults, ids or [])
    books = [runbooks.runbook(name, faults, loaded.catalog.sources) for name in wanted]
    folder = out or door.root / "runbooks"
    writers = {book.group.name: _writers(folder, book, pdf) for book in books}
    place = Workspace(folder if out is not None else door.root)
    place.replace_files({path: w for each in writers.values() for path, w in each.items()})
    _answer(door, books, writers)


def _wanted(faults: FaultCatalog, ids: Sequence[str]) -> list[str]:
    """Return the groups that are meant, each once."""
    from millwright.adapters.explain import similar
    from millwright.manage.faults.runbooks import group_of

    found: dict[str, None] = {}
    for word in ids:
        group = group_of(word, faults)
        if group is None:
            hint = similar(word, [*faults.faults, *faults.groups])
            every = "`millwright explain --list runbook` shows the classes"
            raise MillwrightError(f"no fault and no class is called {word!r}", hint=hint or every)
        found[group] = None
    return list(found) if ids else sorted(faults.groups)


def _writers(folder: Path, book: Runbook, pdf: bool) -> dict[Path, Writer]:
    from millwright import __version__
    from millwright.adapters.htmlpage import html
    from millwright.adapters.papers import papers
    from millwright.adapters.workspace import writing
    from millwright.reports.runbook import runbook_page, runbook_text

    stem = folder / book.group.name
    page = runbook_page(book, f"millwright {__version__}")
    text = {stem.with_suffix(".md"): writing(runbook_text(book).encode())}
    if pdf:
        return text | papers(stem, page)
    return text | {stem.with_suffix(".html"): writing(html(page).encode("utf-8", "replace"))}


def _answer(
    door: Door, books: Sequence[Runbook], writers: Mapping[str, Mapping[Path, Writer]]
) -> None:
    if not door.json:
        door.ui.raw(str(path) for each in writers.values() for path in each)
        return
    told = [
        {
            "name": book.group.name,
            "title": book.group.title,
            "faults": [fault.id for fault, _ in book.members],
            "files": [str(path) for path in writers[book.group.name]],
        }
        for book in books
    ]
    door.ui.json({"schema": SCHEMA, "runbooks": told})
