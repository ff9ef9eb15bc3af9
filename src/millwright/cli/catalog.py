"""`catalog`: what can be built with, and who says so."""

from __future__ import annotations

from typing import Annotated

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Csv, Json
from millwright.cli.wiring import catalog_of
from millwright.errors import MillwrightError

app = typer.Typer(
    help="Look into the catalogue of hardware and blueprints.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(
    "list", short_help="List what there is.", epilog="Example: millwright catalog list switches"
)
@guarded
def list_(
    context: typer.Context,
    section: Annotated[str | None, typer.Argument(help="Only this section.")] = None,
    csv: Csv = False,
    json: Json = False,
) -> None:
    """List the entries of the catalogue, all sections or one."""
    from millwright.adapters.explain import similar
    from millwright.reports.catalogue import section_table, sections_of

    door = door_of(context, json=json)
    sections = sections_of(catalog_of(door).catalog)
    if section is not None and section not in sections:
        hint = similar(section, list(sections)) or f"there are {', '.join(sections)}"
        raise MillwrightError(f"there is no section {section!r}", hint=hint)
    filled = sections if door.json else {name: each for name, each in sections.items() if each}
    chosen = {section: sections[section]} if section else filled
    if door.json:
        door.ui.json({name: sorted(entries) for name, entries in chosen.items()})
        return
    for name, entries in chosen.items():
        table = section_table(name, entries)
        if csv:
            door.ui.csv([column.title for column in table.columns], table.rows)
        else:
            door.ui.table(table)


@app.command(
    "show",
    short_help="Show an entry with its sources.",
    epilog="Example: millwright catalog show dgx-h100",
)
@guarded
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The entry.")],
    json: Json = False,
) -> None:
    """Show every value of an entry with its unit, source and confidence."""
    from millwright.adapters.explain import similar
    from millwright.reports.catalogue import entry_table, sections_of

    door = door_of(context, json=json)
    sections = sections_of(catalog_of(door).catalog)
    found = [(section, entries[name]) for section, entries in sections.items() if name in entries]
    if not found:
        names = sorted({entry for entries in sections.values() for entry in entries})
        raise MillwrightError(
            f"the catalogue has no {name!r}",
            hint=similar(name, names) or "`millwright catalog list` shows what there is",
        )
    if door.json:
        door.ui.json({section: entry.model_dump(mode="json") for section, entry in found})
        return
    for section, entry in found:
        door.ui.table(entry_table(section, entry))


@app.command(
    "check",
    short_help="Check the workspace's own entries.",
    epilog="Example: millwright -C site catalog check",
)
@guarded
def check(context: typer.Context, json: Json = False) -> None:
    """Check the workspace's own catalogue, and say what it overrides."""
    door = door_of(context, json=json)
    loaded = catalog_of(door)
    if door.json:
        overrides = [
            {"section": o.section, "name": o.name, "file": o.file, "keys": list(o.keys)}
            for o in loaded.overrides
        ]
        files = list(loaded.files)
        door.ui.json(
            {"schema": "millwright.catalog-check/1", "files": files, "overrides": overrides}
        )
        return
    for override in loaded.overrides:
        keys = ", ".join(override.keys) or "nothing: it is the same"
        door.ui.data(f"{override.file}: {override.section} {override.name} overrides {keys}")
    own = ", ".join(loaded.files) or "no files of its own"
    door.ui.data(f"the catalogue is in order ({own}; {len(loaded.overrides)} overrides)")
