"""Growth in stages, every single thing of it: moves, what is kept free, lines of the bills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from millwright.model.stages import GrowthStages, Move, Stage
from millwright.reports.stages import name_of
from millwright.reports.table import Cell, Table, left, right


def moves_table(plan: GrowthStages) -> Table:
    """Return every move: what keeps its place, where it goes from and to, and by which rule."""
    rows = tuple(
        (name_of(stage), *_move_row(move)) for stage in plan.stages for move in stage.moves
    )
    columns = left("stage", "what", "fabric", "name", "from", "to", "rule", "reason")
    return Table("Moves", columns, rows)


def _move_row(move: Move) -> tuple[str, ...]:
    after = move.after or "nothing"
    return move.what, move.fabric, move.name, move.before, after, move.rule, move.reason


def reserved_table(plan: GrowthStages) -> Table:
    """Return every single thing that is kept free, with who takes it and when."""
    names = {stage.number: name_of(stage) for stage in plan.stages}
    rows = tuple(
        (each.what, each.where, each.name, each.kind, names[each.since], names[each.taken],
         each.taker)
        for each in plan.reserved
    )  # fmt: skip
    columns = left("what", "where", "name", "kind", "kept from", "taken", "by")
    return Table("Kept free", columns, rows)


def purchases_table(plan: GrowthStages) -> Table:
    """Return every line of every stage's bill, bought or set free, with its price."""
    columns = (
        *left("stage", "act", "category", "location", "item", "part number"),
        *right("quantity", "each", "sum"),
        *left("currency", "price from", "description"),
    )
    return Table("Bought and set free", columns, tuple(_purchases(plan.stages)))


def _purchases(stages: Iterable[Stage]) -> Iterator[tuple[Cell, ...]]:
    for stage in stages:
        currency = stage.cost.currency if stage.cost else ""
        for act, lines in (("buy", stage.bought), ("free", stage.freed)):
            for line in lines:
                total = line.each * line.quantity if line.each is not None else None
                yield (
                    name_of(stage), act, line.category, line.location, line.item,
                    line.part_number, line.quantity, line.each, total,
                    currency if line.each is not None else None, line.price_source or None,
                    line.description,
                )  # fmt: skip
