"""`design why` of what is no workload: figures of the design, of its costs and of its storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import inputs_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millwright.model.catalog import Source
    from millwright.model.sizing import Number

ROOTS = ("tco", "storage", "design")
WHY = "millwright.why/1"


def tell(door: Door, path: str) -> None:
    """Say why a number of the solved design is what it is; a root alone lists all of its own."""
    from millwright.adapters.explain import similar

    root, _, key = path.partition(".")
    numbers, sources = _numbers(door, root)
    if not key:
        _list(door, root, numbers)
        return
    if key not in numbers:
        hint = similar(key, sorted(numbers)) or f"`design why {root}` lists all of them"
        raise MillwrightError(f"{path} is not known", hint=hint)
    _tell(door, (root, key), numbers, sources)


def _numbers(door: Door, root: str) -> tuple[Mapping[str, Number], Mapping[str, Source]]:
    from millwright.adapters.artefacts import check_fresh, read_bom, read_cluster
    from millwright.cli.designfacts import cost_of
    from millwright.cli.hardware import stored
    from millwright.design.ledger import ledger

    inputs = inputs_of(door)
    lock = check_fresh(inputs.workspace, inputs.lock())
    cluster, bom = read_cluster(inputs.workspace, lock), read_bom(inputs.workspace, lock)
    catalog = inputs.loaded.catalog
    if root == "design":
        return ledger(inputs.read.factory, cluster, bom, catalog), catalog.sources
    storage = stored(inputs, cluster, bom)
    if root == "storage":
        return storage.numbers, catalog.sources
    cost = cost_of(inputs, cluster, bom, storage)
    if not cost.numbers:
        raise MillwrightError(
            "there are no costs: a server has no price, or what it draws is not known",
            hint="`design show cost` names what has no price; catalog/prices.yaml gives one",
        )
    return cost.numbers, catalog.sources


def _list(door: Door, root: str, numbers: Mapping[str, Number]) -> None:
    from millwright.reports.sizing import numbers_table

    if door.json:
        told = {name: number.model_dump(mode="json") for name, number in numbers.items()}
        door.ui.json({"schema": WHY, "path": root, "numbers": told})
        return
    door.ui.table(numbers_table(f"numbers of {root}", numbers))


def _tell(
    door: Door,
    asked: tuple[str, str],
    numbers: Mapping[str, Number],
    sources: Mapping[str, Source],
) -> None:
    from millwright.reports.sizing import (
        inputs_of as made_of,
    )
    from millwright.reports.sizing import number_lines, numbers_table, roots_of, sources_told

    path, key = ".".join(asked), asked[1]
    number = numbers[key]
    inputs, roots = made_of(number, numbers), roots_of(key, numbers)
    if door.json:
        shown = {name: each.model_dump(mode="json") for name, each in inputs.items()}
        ends = {name: each.model_dump(mode="json") for name, each in roots.items()}
        head = {"schema": WHY, "path": path, **number.model_dump(mode="json")}
        door.ui.json({**head, "made_of": shown, "in_the_end": ends})
        return
    door.ui.raw(number_lines(path, number))
    tables = [numbers_table("made of", inputs)] if inputs else []
    if roots and roots != inputs:
        tables.append(numbers_table("in the end", roots))
    named = sources_told([number, *roots.values()], sources)
    for table in (*tables, *((named,) if named else ())):
        door.ui.data("")
        door.ui.table(table)
