"""Published rows: all green, and a difference that nobody explains is never hidden."""

from __future__ import annotations

import pytest

from millwright.adapters.catalogs import references
from millwright.design.conform import conform
from millwright.design.measure import UnknownMeasure, measured
from millwright.design.solve import solve
from millwright.model.catalog import Catalog
from millwright.model.reference import PublishedRow
from tests.conftest import superpod


def row(**keys: object) -> PublishedRow:
    spec = {"blueprint": "dgx-superpod-h100", "compute": [{"name": "gpu", "scalable_units": 1}]}
    base = {"id": "r", "source": "ra-11333", "row": "a row", "factory": spec}
    return PublishedRow.model_validate({**base, **keys})


def test_no_published_row_deviates(catalog: Catalog) -> None:
    lines = list(conform(references(), catalog))
    assert [line for line in lines if line.status == "deviation"] == []
    assert sum(line.status == "match" for line in lines) > 250


def test_every_row_of_the_reference_list_is_known() -> None:
    rows = " ".join(row.row for row in references())
    for mark in ("A10", "A11", "A12", "A13", "A14"):
        assert mark in rows


def test_an_unexplained_difference_is_a_deviation(catalog: Catalog) -> None:
    (line,) = conform([row(values={"nodes": 32})], catalog)
    assert (line.status, line.published, line.computed) == ("deviation", 32, 31)


def test_a_listed_misprint_is_an_erratum_with_its_reason(catalog: Catalog) -> None:
    errata = {"nodes": {"kind": "misprint", "reason": "says so"}}
    (line,) = conform([row(values={"nodes": 32}, errata=errata)], catalog)
    assert (line.status, line.note) == ("erratum", "misprint: says so")


def test_a_refused_row_is_a_deviation_even_where_a_misprint_is_listed(catalog: Catalog) -> None:
    spec = {
        "blueprint": "dgx-superpod-h100",
        "compute": [{"name": "gpu", "scalable_units": 99}],
        "fabrics": {"compute": {"tiers": 2}},
    }
    errata = {"nodes": {"kind": "misprint", "reason": "says so"}}
    (line,) = conform([row(factory=spec, values={"nodes": 32}, errata=errata)], catalog)
    assert line.status == "deviation"
    assert line.note.startswith("refused:")


def test_memory_grade_rows_do_not_gate(catalog: Catalog) -> None:
    (line,) = conform([row(source="ra-09950", values={"nodes": 1})], catalog)
    assert (line.status, line.gates) == ("deviation", False)


@pytest.mark.parametrize(
    "measure", ["node", "fabrics.compute.leafs", "racks.all", "cables[fabric]", "bom", "nodes + x"]
)
def test_a_misspelt_measure_can_never_match(catalog: Catalog, measure: str) -> None:
    with pytest.raises(UnknownMeasure):
        measured(measure, solve(superpod(1), catalog))


def test_erratum_fields_are_among_the_printed_ones() -> None:
    for published in references():
        assert set(published.errata) <= set(published.values)


def test_a_row_whose_own_columns_contradict_needs_no_list(catalog: Catalog) -> None:
    nodes, gpus = conform([row(values={"nodes": 31, "gpus": 256})], catalog)
    assert (nodes.status, gpus.status) == ("match", "erratum")
    assert gpus.note == "misprint: the row's own 31 nodes have 248 GPUs"
    _, wrong = conform([row(values={"nodes": 32, "gpus": 257})], catalog)
    assert wrong.status == "deviation"
