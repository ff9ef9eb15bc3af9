"""What a design costs, as its report tells it: the priced bill, years, what moves the sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from millwright.model.cluster import BY_LENGTH, BomLine
from millwright.model.costing import PricedLine, Swing, TotalCost
from millwright.model.sizing import Number
from millwright.reports.bars import Bar, Swung, bars, swings
from millwright.reports.costwords import WORDS, named
from millwright.reports.money import money, short_money, whole
from millwright.reports.page import (
    Block,
    Cell,
    Fact,
    Facts,
    Field,
    Figure,
    Grid,
    Notice,
    Paragraph,
    Points,
    Section,
)
from millwright.reports.picture import Picture
from millwright.reports.sizing import figure

MOST_SWINGS = 12
PURCHASE = (
    "servers", "switches", "cabling", "racks", "appliances", "other", "spares", "installation",
    "storage-first", "first-purchase",
)  # fmt: skip
YEARLY = ("energy", "space", "support", "staff", "running")


def price_notice(cost: TotalCost) -> Notice:
    """Return what a reader must know about the prices before any of them."""
    count, own = len(cost.lines), cost.own_prices
    gone = ""
    if cost.unpriced:
        gone = f" {len(cost.unpriced)} items have no price: {', '.join(cost.unpriced)}."
    if own == count and count:
        return Notice("PRICE BOOK", f"All {count} lines have prices of your price book.", "good")
    how = "An entry in catalog/prices.yaml takes the place of each."
    if own:
        told = f"{own} of {count} lines have prices of your own price book; the others are "
        told += f"estimates and no quote.{gone} {how}"
    else:
        told = f"No price book was given: every price is an estimate and no quote.{gone} {how}"
    return Notice("ESTIMATED PRICES", told, "warn")


def bill_grid(cost: TotalCost, bom: Mapping[tuple[str, str], BomLine]) -> Grid:
    """Return the bill with its prices: one row an item and location."""
    fields = (
        Field("category", "code"),
        Field("location", "code"),
        Field("item", "code"),
        Field("quantity", "number"),
        Field("each", "number", cost.currency),
        Field("amount", "number", cost.currency),
        Field("price from"),
        Field("part number", "code"),
        Field("description", share=2),
        Field("source"),
        Field("confidence", "code"),
    )
    rows = tuple(_bill_row(line, bom[(line.item, line.location)]) for line in cost.lines)
    return Grid(fields, rows, "Bill of materials")


def _bill_row(line: PricedLine, of: BomLine) -> tuple[Cell, ...]:
    return (
        line.category,
        line.location,
        line.item,
        line.quantity,
        whole(line.unit_price),
        whole(line.amount),
        price_told(line),
        of.part_number,
        of.description.partition(BY_LENGTH)[0],
        of.source,
        of.confidence,
    )


def price_told(line: PricedLine) -> str:
    """Return where a price is from, in words."""
    if line.unit_price is None:
        return "no price"
    book = "price book" if line.own else "estimate"
    source = "" if line.source in ("unstated", "millwright-estimate") else line.source
    return ", ".join(part for part in (book, source) if part)


def cost_section(cost: TotalCost) -> Iterator[Section]:
    """Yield what the design costs; where that is not known, why not."""
    if not cost.lines:
        return
    blocks: list[Block] = [price_notice(cost)]
    if not cost.numbers:
        blocks.append(Paragraph(why_nothing(cost)))
        yield Section("cost", "Total cost of ownership", tuple(blocks))
        return
    blocks += [
        _headline(cost),
        Figure(_years_picture(cost), "What each year takes", 0.75),
        _years_grid(cost),
        _parts_grid(cost),
        Figure(_swing_picture(cost), "What moves the sum: each input a fifth less and a fifth "
               "more, the others as they are", 0.75),
        _swing_grid(cost),
        inputs_grid(cost),
        formulas_grid(cost),
        Points(cost.not_counted, "What is not counted"),
    ]  # fmt: skip
    lead = "Each number can be asked for: `millwright design why tco.NAME`."
    yield Section("cost", "Total cost of ownership", tuple(blocks), lead=lead, fresh=True)


def why_nothing(cost: TotalCost) -> str:
    """Return why no sum is told."""
    lacking = [line.item for line in cost.lines if line.unit_price is None]
    if any(line.unit_price is None and line.group == "servers" for line in cost.lines):
        return (
            f"No sum is told: a server has no price in {cost.currency}. Prices in "
            "catalog/prices.yaml, or an `exchange-rate` there, make one."
        )
    more = f" ({len(lacking)} items have no price)" if lacking else ""
    return f"No sum is told: what the machines draw, or a price, is not known{more}."


def _headline(cost: TotalCost) -> Facts:
    years = figure(cost.numbers["tco-years"].value)
    hours = cost.numbers["utilisation-share"].value
    facts = (
        Fact("First purchase", money(_of(cost, "first-purchase"), cost.currency)),
        Fact("Running, a year", money(_of(cost, "running"), cost.currency)),
        Fact(f"Over {years} years", money(_of(cost, "total"), cost.currency),
             f"present value {money(_of(cost, 'present-value'), cost.currency)}"),
        Fact("An hour of a GPU", money(_of(cost, "per-gpu-hour-used"), cost.currency),
             f"used {hours:.0%} of the time: what a cloud has to be cheaper than"),
    )  # fmt: skip
    return Facts(facts, large=True)


def _of(cost: TotalCost, name: str) -> float:
    return cost.numbers[name].value


def _years_picture(cost: TotalCost) -> Picture:
    rows = [
        Bar(
            f"Year {year.year}",
            (year.bought, year.energy, year.space, year.support, year.staff),
            short_money(year.together),
        )
        for year in cost.years
    ]
    legend = ("bought", "energy", "room", "support", "engineers")
    return bars("Cost by year", cost.currency, rows, legend)


def _years_grid(cost: TotalCost) -> Grid:
    titles = ("bought", "energy", "room", "support", "engineers", "together", "so far")
    fields = (Field("year", "number"), *(Field(t, "number", cost.currency) for t in titles))
    rows = tuple(
        (
            year.year,
            *(
                whole(value)
                for value in (year.bought, year.energy, year.space, year.support, year.staff,
                              year.together, year.so_far)
            ),
        )
        for year in cost.years
    )  # fmt: skip
    return Grid(fields, rows, "Years")


def _parts_grid(cost: TotalCost) -> Grid:
    fields = (
        Field("part"),
        Field("amount", "number", cost.currency),
        Field("how"),
        Field("confidence", "code"),
        Field("ask for it", "code"),
    )
    names = [*PURCHASE, "storage-later", *YEARLY, "total", "present-value"]
    rows = tuple(
        (WORDS[name], whole(_of(cost, name)), _how(cost.numbers[name]),
         cost.numbers[name].confidence, f"tco.{name}")
        for name in names
        if _of(cost, name)
    )  # fmt: skip
    return Grid(fields, rows, "What it is made of")


def _how(number: Number) -> str:
    return number.formula or number.note


def _swing_picture(cost: TotalCost) -> Picture:
    rows = [
        Swung(
            named(swing.name), swing.less, swing.more, short_money(swing.less),
            short_money(swing.more),
        )
        for swing in cost.swings[:MOST_SWINGS]
    ]  # fmt: skip
    return swings("Sensitivity", cost.currency, _of(cost, "total"), rows)


def _swing_grid(cost: TotalCost) -> Grid:
    fields = (
        Field("input", "code"),
        Field("is"),
        Field("sum, 20 % less of it", "number", cost.currency),
        Field("sum, 20 % more of it", "number", cost.currency),
        Field("moves", "number", "%"),
        Field("confidence", "code"),
    )
    total = _of(cost, "total")
    rows = tuple(_swing_row(swing, total) for swing in cost.swings)
    return Grid(fields, rows, "Sensitivity", folded=True)


def _swing_row(swing: Swing, total: float) -> tuple[Cell, ...]:
    return (
        swing.name,
        f"{figure(swing.value)} {swing.unit}".rstrip(),
        whole(swing.less),
        whole(swing.more),
        round(100 * swing.spread / total, 1) if total else None,
        swing.confidence,
    )


def inputs_grid(cost: TotalCost) -> Grid:
    """Return every input of the costs, with who says it."""
    fields = (
        Field("assumption", "code"),
        Field("value"),
        Field("what it is", share=2.4),
        Field("source", "code"),
        Field("confidence", "code"),
    )
    rows = tuple(
        (name, f"{figure(number.value)} {number.unit}".rstrip(), number.note or None,
         number.source, number.confidence)
        for name, number in cost.numbers.items()
        if not number.formula
    )  # fmt: skip
    note = "An entry of the same name under `assumptions` in catalog/*.yaml takes the place of one."
    return Grid(fields, rows, "Assumptions", note)


def formulas_grid(cost: TotalCost) -> Grid:
    """Return what was reckoned, with its formula."""
    fields = (
        Field("number", "code"),
        Field("value"),
        Field("formula", share=2.4),
        Field("confidence", "code"),
    )
    rows = tuple(
        (name, f"{figure(number.value)} {number.unit}".rstrip(), number.formula, number.confidence)
        for name, number in cost.numbers.items()
        if number.formula
    )
    return Grid(fields, rows, "Formulas", folded=True)
