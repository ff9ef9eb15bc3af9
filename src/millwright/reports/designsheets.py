"""The design package as a workbook: what is filtered, sorted and reckoned with further."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from millwright.model.cluster import BomLine
from millwright.model.costing import PricedLine, TotalCost
from millwright.model.formula import spelled
from millwright.model.sizing import Number
from millwright.reports.costwords import named
from millwright.reports.designed import Drawn
from millwright.reports.designedcables import CABLES, cable_cells
from millwright.reports.designedcost import price_told
from millwright.reports.designednet import ADDRESSES, address_rows
from millwright.reports.designedrooms import content_grid
from millwright.reports.designedsummary import requirement_grid
from millwright.reports.floor import lengths_table, pulls_table
from millwright.reports.floorload import rack_table
from millwright.reports.page import Block, Fact, Facts, Field, Grid, Page, Points, grid_of
from millwright.reports.workbook import Reckoned, Sheet, SheetCell, column

BOM = (
    Field("item"),
    Field("part number"),
    Field("description"),
    Field("category"),
    Field("location"),
    Field("cost group"),
    Field("quantity", "number"),
    Field("unit"),
    Field("price each", "number"),
    Field("amount", "number"),
    Field("price from"),
    Field("source of the item"),
    Field("confidence of the item"),
)
GROUP, QUANTITY, PRICE, AMOUNT = (column(at) for at in (5, 6, 8, 9))
ASSUMED = (
    Field("part"),
    Field("assumption"),
    Field("value", "number"),
    Field("unit"),
    Field("what it is"),
    Field("source"),
    Field("confidence"),
)
TOTAL = (
    Field("number"),
    Field("what it is"),
    Field("value", "number"),
    Field("unit"),
    Field("formula"),
    Field("confidence"),
)


def design_sheets(drawn: Drawn, page: Page) -> tuple[Sheet, ...]:
    """Return the sheets; what stands on the first comes from the page itself."""
    cluster = drawn.cluster
    sheets = [
        _summary(page),
        _bill(drawn),
        Sheet("Cables", CABLES, tuple(cable_cells(row) for row in drawn.rows)),
        _of_grid("Lengths", grid_of(lengths_table(drawn.rows))),
        _of_grid("Pulls", grid_of(pulls_table(drawn.rows))),
        _of_grid("Racks", content_grid(cluster)),
        Sheet("Addresses", ADDRESSES, address_rows(cluster)),
        _of_grid("Power", grid_of(rack_table(cluster))),
    ]
    if drawn.requirements:
        sheets.insert(1, _of_grid("Requirements", requirement_grid(drawn.requirements)))
    if drawn.cost.numbers:
        sheets.append(_total(drawn.cost))
    sheets.append(_assumptions(drawn))
    return tuple(sheets)


def _of_grid(name: str, block: Block) -> Sheet:
    assert isinstance(block, Grid)
    return Sheet(name, block.fields, block.rows)


def _summary(page: Page) -> Sheet:
    first = page.sections[0]
    rows: list[tuple[SheetCell, ...]] = [(page.what, page.title, page.first_line)]
    rows += [_fact(fact) for fact in page.facts]
    rows += [(notice.word, None, notice.text) for notice in page.notices]
    for block in first.blocks:
        if isinstance(block, Facts):
            rows += [_fact(fact) for fact in block.facts]
        elif isinstance(block, Points):
            rows += [("statement", None, point) for point in block.points]
        elif isinstance(block, Grid):
            rows += [(row[0], row[1], f"{row[2]}. {row[3]}") for row in block.rows]
    return Sheet("Summary", (Field("what"), Field("value"), Field("note")), tuple(rows))


def _fact(fact: Fact) -> tuple[SheetCell, ...]:
    return fact.label, fact.value, fact.note or None


def _bill(drawn: Drawn) -> Sheet:
    known = {(line.item, line.location): line for line in drawn.bom}
    money = drawn.cost.currency
    fields = tuple(
        Field(field.title, field.holds, money) if field.title in ("price each", "amount") else field
        for field in BOM
    )
    rows = tuple(
        _bill_row(line, known[(line.item, line.location)], at)
        for at, line in enumerate(drawn.cost.lines, start=2)
    )
    return Sheet("BOM", fields, rows)


def _bill_row(line: PricedLine, of: BomLine, at: int) -> tuple[SheetCell, ...]:
    amount = None if line.unit_price is None else Reckoned(f"={QUANTITY}{at}*{PRICE}{at}")
    return (
        line.item,
        of.part_number,
        of.description,
        line.category,
        line.location,
        line.group,
        line.quantity,
        of.unit,
        line.unit_price,
        amount,
        price_told(line),
        of.source,
        of.confidence,
    )


def _total(cost: TotalCost) -> Sheet:
    """Return the costs: sums over the bill, then every formula, with a cell for each input."""
    own = [name for name, number in cost.numbers.items() if number.formula or name in cost.groups]
    places = {name: f"Assumptions!$C${at}" for at, name in enumerate(_inputs(cost), start=2)}
    places |= {name: f"C{at}" for at, name in enumerate(own, start=2)}
    last = len(cost.lines) + 1
    rows = tuple(
        (
            name,
            named(name),
            _value(name, cost.numbers[name], places, last),
            cost.numbers[name].unit,
            cost.numbers[name].formula or cost.numbers[name].note,
            cost.numbers[name].confidence,
        )
        for name in own
    )
    return Sheet("TCO", TOTAL, rows)


def _value(name: str, number: Number, places: Mapping[str, str], last: int) -> Reckoned:
    if number.formula:
        return Reckoned(spelled(number.formula, places))
    groups, amounts = f"BOM!${GROUP}$2:${GROUP}${last}", f"BOM!${AMOUNT}$2:${AMOUNT}${last}"
    return Reckoned(f'=SUMIF({groups},"{name}",{amounts})')


def _inputs(cost: TotalCost) -> list[str]:
    return [n for n, number in cost.numbers.items() if not number.formula and n not in cost.groups]


def _assumptions(drawn: Drawn) -> Sheet:
    cost = drawn.cost
    rows = [_assumed("cost", name, cost.numbers[name]) for name in _inputs(cost)]
    rows += list(_others(drawn))
    return Sheet("Assumptions", ASSUMED, tuple(rows))


def _others(drawn: Drawn) -> Iterator[tuple[SheetCell, ...]]:
    for name, number in drawn.needs.storage.numbers.items():
        yield _assumed("storage", name, number)
    for each in drawn.needs.size.workloads if drawn.needs.size else ():
        for name, number in each.numbers.items():
            yield _assumed(f"workloads.{each.workload}", name, number)


def _assumed(part: str, name: str, number: Number) -> tuple[SheetCell, ...]:
    told = "; ".join(text for text in (number.formula, number.note) if text)
    return (part, name, number.value, number.unit, told, number.source, number.confidence)
