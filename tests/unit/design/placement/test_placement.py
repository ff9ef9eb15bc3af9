"""Placement: what each rule forbids, what is chosen, and decisions that keep their day."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.design.placement.choose import (
    decisions,
    on_site,
    placements,
    refuse_forbidden,
)
from millwright.design.placement.zonerules import wan_mbps_for, within
from millwright.errors import Infeasible
from millwright.model.placement import Placement
from tests.conftest import factory

CAMPUS: dict[str, Any] = {"name": "campus", "kind": "on-prem", "jurisdiction": "US"}
CLOUD: dict[str, Any] = {"name": "cloud", "kind": "cloud", "jurisdiction": "US"}
NORTH: dict[str, Any] = {"name": "north", "kind": "edge", "jurisdiction": "US", "wan_mbps": 50}
PHI: dict[str, Any] = {"class": "phi", "residency": ["US"]}
TRIAGE: dict[str, Any] = {
    "name": "triage", "kind": "imaging-inference", "studies_per_day": 1200, "peak_factor": 3,
    "study_mib": 300,
}  # fmt: skip


def _placed(zones: list[dict[str, Any]], site: str | None = "US", **workload: Any) -> Placement:
    keys: dict[str, Any] = {"site": {"jurisdiction": site}} if site else {}
    return placements(factory(zones=zones, workloads=[{**TRIAGE, **workload}], **keys))[0]


def _rules(placed: Placement) -> list[tuple[str, str]]:
    return [(each.zone, each.rule) for each in placed.forbidden]


@pytest.mark.parametrize(
    ("zone", "workload", "rule"),
    [
        ({**CAMPUS, "jurisdiction": "DE"}, {"data": PHI}, "MW-D-090"),
        ({"name": "somewhere", "kind": "edge"}, {"data": PHI}, "MW-D-090"),
        (CLOUD, {"data": PHI}, "MW-D-091"),
        ({**CLOUD, "kind": "research"}, {"data": {"class": "controlled-genomic"}}, "MW-D-091"),
        ({**CLOUD, "agreement": "BAA 17"}, {"data": PHI, "needs_wan": False}, "MW-D-092"),
        (NORTH, {}, "MW-D-093"),
        ({**CLOUD, "jurisdiction": "CN"}, {"data": {"class": "deidentified"}}, "MW-D-094"),
    ],
)
def test_each_rule_forbids_what_it_is_for(
    zone: dict[str, Any], workload: dict[str, Any], rule: str
) -> None:
    placed = _placed([zone], **workload)
    assert _rules(placed) == [(zone["name"], rule)]
    assert placed.zone is None
    with pytest.raises(Infeasible) as refused:
        refuse_forbidden([placed])
    assert refused.value.rule == rule
    assert refused.value.where == "workloads.triage.zone"


@pytest.mark.parametrize(
    ("zone", "workload"),
    [
        (CAMPUS, {"data": PHI, "needs_wan": False}),
        ({"name": "here", "kind": "on-prem"}, {"data": PHI}),
        ({**CAMPUS, "jurisdiction": "US-CA"}, {"data": PHI}),
        ({**CLOUD, "agreement": "BAA 17"}, {"data": PHI}),
        (CLOUD, {"data": {"class": "deidentified", "residency": ["US"]}}),
        ({**NORTH, "wan_mbps": 200}, {}),
        (NORTH, {"needs_wan": False}),
        ({**CLOUD, "jurisdiction": "CN"}, {"data": {"class": "public"}}),
    ],
)
def test_what_no_rule_is_for_is_allowed(zone: dict[str, Any], workload: dict[str, Any]) -> None:
    placed = _placed([zone], **workload)
    assert (placed.zone, placed.forbidden) == (zone["name"], ())
    refuse_forbidden([placed])


def test_a_sovereign_factory_stays_under_its_own_law() -> None:
    spec = factory(
        site={"jurisdiction": "DE"}, security={"sovereignty": True}, workloads=[TRIAGE],
        zones=[{**CLOUD, "jurisdiction": "US"}, {**CLOUD, "name": "near", "jurisdiction": "DE-BE"}],
    )  # fmt: skip
    placed = placements(spec)[0]
    assert _rules(placed) == [("cloud", "MW-D-095")]
    assert placed.zone == "near"


def test_own_ground_comes_before_the_edge_and_that_before_clouds() -> None:
    wide = {**NORTH, "wan_mbps": 500}
    assert _placed([CLOUD, wide, CAMPUS]).zone == "campus"
    assert _placed([CLOUD, wide]).zone == "north"
    assert _placed([CLOUD]).zone == "cloud"
    assert _placed([CLOUD]).local is False


def test_a_wish_is_followed_or_refused_and_never_replaced() -> None:
    allowed = _placed([CAMPUS, {**CLOUD, "agreement": "BAA 17"}], zone="cloud", data=PHI)
    assert (allowed.zone, allowed.rule) == ("cloud", "MW-D-096")
    refused = _placed([CAMPUS, CLOUD], zone="cloud", data=PHI)
    assert (refused.zone, refused.rule) == (None, "MW-D-091")


def test_a_spec_without_zones_places_nothing_and_keeps_all() -> None:
    spec = factory(workloads=[TRIAGE])
    assert placements(spec) == ()
    assert on_site(spec) == spec


def test_what_runs_elsewhere_asks_for_no_hardware_here() -> None:
    away = {**TRIAGE, "name": "away", "zone": "cloud"}
    spec = factory(zones=[CAMPUS, CLOUD], workloads=[TRIAGE, away])
    assert [each.name for each in on_site(spec).workloads] == ["triage"]


def test_a_decision_keeps_its_day_until_it_changes() -> None:
    placed = _placed([CAMPUS, CLOUD], data=PHI)
    first = decisions([placed], (), "2026-01-05")
    again = decisions([placed], first, "2026-02-01")
    assert again == first
    moved = _placed([{**CLOUD, "agreement": "BAA 17"}], data=PHI)
    assert decisions([moved], first, "2026-02-01")[0].date == "2026-02-01"


def test_studies_over_a_link_at_the_busiest_hour() -> None:
    by_hand = 1200 / 86_400 * 3 * 300 * 2**20 * 8 / 1e6
    assert wan_mbps_for(1200, 3, 300) == pytest.approx(by_hand) == pytest.approx(104.86, abs=0.01)


CODES = st.sampled_from(["US", "US-CA", "DE", "DE-BE", "CA"])


@given(CODES, st.lists(CODES, min_size=1, max_size=3))
def test_protected_data_never_lands_outside_its_residency(where: str, allowed: list[str]) -> None:
    zone = {**CAMPUS, "jurisdiction": where}
    placed = _placed([zone], site=None, data={"class": "phi", "residency": allowed})
    assert (placed.zone is not None) == any(within(where, each) for each in allowed)
