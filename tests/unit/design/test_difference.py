"""Two designs side by side: all that differs is told, and nothing else."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters import cablefile
from millwright.design.difference import Drawn, difference
from millwright.design.solve import solve
from millwright.errors import Infeasible
from millwright.model.designdiff import DesignDiff
from millwright.model.sizing import Price
from millwright.reports.differing import diff_lines, diff_table
from tests.conftest import factory, superpod
from tests.unit.design.test_laws import CATALOG, asked

PRICES = {
    "dgx-h100": Price.model_validate(
        {
            "name": "dgx-h100",
            "amount": {"value": 1000, "unit": "USD", "source": "quote", "confidence": "spec"},
        }
    )
}


def compared(old: Drawn, new: Drawn) -> DesignDiff:
    return difference(old, new, PRICES)


def drawn(spec: Any) -> Drawn:
    design = solve(spec, CATALOG)
    rows = cablefile.rows(design.cables, design.cluster.devices, {})
    cables = {
        str(row[0]): (f"{row[4]} {row[5]}", f"{row[8]} {row[9]}", row[12], str(row[13]), row[14])
        for row in rows
    }
    return Drawn(design.cluster, design.bom, cables)


def test_a_second_unit_adds_and_takes_nothing_away_but_the_steps_of_the_spines() -> None:
    fixed = {"compute": {"spines": 16}}
    found = compared(drawn(superpod(1, fabrics=fixed)), drawn(superpod(2, fabrics=fixed)))
    assert found.counts["device"] == {"added": len(_new(found, "device"))}
    assert "removed" not in found.counts["cable"]
    assert "changed" not in found.counts["address"]
    assert ("gpu063", "added") in {(d.name, d.how) for d in found.differences}
    power = next(d for d in found.differences if d.key == "it_max_kw")
    assert float(power.before) < float(power.after)
    assert (found.cost.before, found.cost.after) == (31_000, 63_000)
    assert "qm9700" in found.cost.unpriced
    assert any("(+32,000, spec)" in line for line in diff_lines(found))
    nothing = difference(drawn(superpod(1)), drawn(superpod(2)), {})
    assert nothing.cost.before is None
    assert any("cost: not known" in line for line in diff_lines(nothing))


def _new(found: Any, what: str) -> set[str]:
    return {d.name for d in found.differences if (d.what, d.how) == (what, "added")}


def test_another_medium_is_told_cable_by_cable_and_in_the_bill() -> None:
    far = {"floor": {"aisle_m": 50}}
    found = compared(drawn(superpod(4)), drawn(superpod(4, site=far)))
    media = [d for d in found.differences if (d.what, d.key) == ("cable", "medium")]
    assert {(d.before, d.after) for d in media} >= {("mmf", "smf")}
    assert {"fibre-mmf-400g (compute)"} <= {d.name for d in found.differences if d.what == "bill"}
    assert "device" not in found.counts


@settings(max_examples=30, deadline=None)
@given(asked())
def test_a_design_does_not_differ_from_itself(spec: dict[str, Any]) -> None:
    found = compared(drawn(factory(**spec)), drawn(factory(**spec)))
    assert (found.differences, found.counts) == ((), {})
    assert diff_lines(found) == ("test and test are alike",)


@settings(max_examples=30, deadline=None)
@given(asked(), st.integers(1, 40))
def test_the_other_way_round_what_was_added_is_removed(spec: dict[str, Any], more: int) -> None:
    larger = {**spec, "compute": [{"name": "gpu", "nodes": spec["compute"][0]["nodes"] + more}]}
    try:
        old, new = drawn(factory(**spec)), drawn(factory(**larger))
    except Infeasible:
        return
    there, back = compared(old, new), compared(new, old)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(d.what, turned[d.how], d.name, d.key) for d in there.differences} == {
        (d.what, d.how, d.name, d.key) for d in back.differences
    }
    assert len(diff_table(there).rows) == len(there.differences)
