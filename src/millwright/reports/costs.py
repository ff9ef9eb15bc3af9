"""Costs and requirements on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from millwright.model.costing import TotalCost
from millwright.model.tracing import Requirement
from millwright.reports.costwords import WORDS
from millwright.reports.designedcost import price_notice, price_told, why_nothing
from millwright.reports.designedsummary import STATES
from millwright.reports.money import money, whole
from millwright.reports.sizing import figure
from millwright.reports.table import Table, left, right

SHOWN = (
    "first-purchase", "storage-later", "energy", "space", "support", "staff", "running", "total",
    "present-value",
)  # fmt: skip


def price_table(cost: TotalCost) -> Table:
    """Return the bill with prices."""
    rows = tuple(
        (line.category, line.location, line.item, line.quantity, whole(line.unit_price),
         whole(line.amount), price_told(line))
        for line in cost.lines
    )  # fmt: skip
    each, amount = f"each, {cost.currency}", f"amount, {cost.currency}"
    columns = (
        *left("category", "location", "item"),
        *right("quantity", each, amount),
        *left("price from"),
    )
    return Table("Bill of materials with prices", columns, rows)


def cost_table(cost: TotalCost) -> Table:
    """Return what the years take, part by part."""
    rows = tuple(
        (WORDS[name], whole(cost.numbers[name].value), cost.numbers[name].unit, f"tco.{name}")
        for name in SHOWN
    )
    columns = (*left("part"), *right("amount"), *left("unit", "design why"))
    return Table("Costs", columns, rows)


def cost_lines(cost: TotalCost) -> Iterator[str]:
    """Yield what has to be said beside the figures."""
    if not cost.lines:
        yield "nothing is bought: the design describes no hardware"
        return
    notice = price_notice(cost)
    yield f"{notice.word}: {notice.text}"
    if not cost.numbers:
        yield why_nothing(cost)
        return
    used = cost.numbers["per-gpu-hour-used"].value
    share = cost.numbers["utilisation-share"].value
    years = figure(cost.numbers["tco-years"].value)
    yield f"an hour of a GPU, used {share:.0%} of {years} years: {money(used, cost.currency)}"
    yield "`design why tco` lists every assumption and formula"


def requirement_table(found: Sequence[Requirement]) -> Table:
    """Return one row a line of the spec."""
    rows = tuple(
        (each.line, each.path, each.says, STATES[each.answer.state][0], each.answer.text,
         ", ".join(each.answer.by))
        for each in found
    )  # fmt: skip
    columns = (*right("line"), *left("asks for", "says", "state", "answer", "by"))
    return Table("Requirements", columns, rows)
