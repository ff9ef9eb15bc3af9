"""Everything in a design that is estimated, once, with what takes the place of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from millwright.model.cluster import Cluster
from millwright.model.costing import TotalCost
from millwright.model.sizing import Number
from millwright.reports.designedneeds import Needs
from millwright.reports.page import Cell, Field, Grid, Section
from millwright.reports.sizing import figure

FIELDS = (
    Field("part", "code"),
    Field("estimate", "code"),
    Field("value"),
    Field("what it is", share=2.2),
    Field("moves", share=1.2),
    Field("source", "code"),
    Field("replaced by", share=1.2),
)
Row = tuple[Cell, ...]
Found = dict[tuple[str, float], tuple[Number, list[str]]]


def unsure_section(needs: Needs, cost: TotalCost, cluster: Cluster) -> Iterator[Section]:
    """Yield the estimates; none where nothing is estimated."""
    rows = (*_of_workloads(needs), *_of_storage(needs), *_of_cost(cost), *_of_power(cluster))
    if not rows:
        return
    lead = (
        "Figures that nobody measured for this design. What you measure or are quoted takes the "
        "place of one, and every number that rests on it follows."
    )
    yield Section("estimates", "What is estimated", (Grid(FIELDS, rows),), lead=lead)


def _of_workloads(needs: Needs) -> Iterator[Row]:
    found: Found = {}
    for each in needs.size.workloads if needs.size else ():
        for name, number in each.numbers.items():
            if _estimate(number):
                found.setdefault((name, number.value), (number, []))[1].append(each.workload)
    for (name, _), (number, moved) in sorted(found.items()):
        way = f"`measured: {{{name.replace('_', '-')}: ...}}` in a workload"
        yield "workloads", name, _value(number), number.note, ", ".join(moved), number.source, way


def _of_storage(needs: Needs) -> Iterator[Row]:
    yield from _rows("storage", needs.storage.numbers)


def _of_cost(cost: TotalCost) -> Iterator[Row]:
    yield from _rows("cost", {n: e for n, e in cost.numbers.items() if n not in cost.groups})
    guessed = [line for line in cost.lines if line.amount and line.confidence == "estimate"]
    if guessed:
        told = f"prices of {len(guessed)} of {len(cost.lines)} lines of the bill"
        yield ("cost", "prices", None, told, "everything that is bought",
               "millwright-estimate", "catalog/prices.yaml")  # fmt: skip


def _of_power(cluster: Cluster) -> Iterator[Row]:
    power = cluster.power
    for label, value, sure in (
        ("IT power, at most", power.it_max_kw, power.confidence),
        ("IT power, typical", power.it_typical_kw, power.typical_confidence),
    ):
        if value is not None and sure == "estimate":
            told = "a machine's draw is an estimate of the catalogue"
            yield ("power", label, f"{value:,.1f} kW", told, "feeds, heat, energy", "catalogue",
                   "`power_max_w` of the machine in catalog/*.yaml")  # fmt: skip


def _rows(part: str, numbers: Mapping[str, Number]) -> Iterator[Row]:
    for name, number in numbers.items():
        if _estimate(number):
            way = "`assumptions` in catalog/*.yaml"
            yield part, name, _value(number), number.note or None, None, number.source, way


def _estimate(number: Number) -> bool:
    return number.confidence == "estimate" and not number.formula


def _value(number: Number) -> str:
    return f"{figure(number.value)} {number.unit}".rstrip()
