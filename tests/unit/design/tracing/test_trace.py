"""Every line of a spec has an answer, and none is called met that does not hold."""

from __future__ import annotations

from typing import Any

from millwright.adapters.catalogs import load
from millwright.design.costing.bill import price_book
from millwright.design.costing.total import Costed, total_cost
from millwright.design.sizing.candidates import Wish
from millwright.design.sizing.enough import size_on
from millwright.design.solve import solve
from millwright.design.storing.plan import storage_plan
from millwright.design.tracing.ground import Ground
from millwright.design.tracing.trace import leaves, requirements
from millwright.model.tracing import Requirement
from tests.conftest import factory

CATALOG = load(None).catalog
WORK = {
    "name": "triage", "kind": "imaging-inference", "studies_per_day": 1200, "study_mib": 300,
    "peak_factor": 3, "turnaround": {"p95_s": 120, "stat_p95_s": 60}, "tier": "clinical",
    "availability": 0.9995, "modality": "ct", "data": {"class": "phi", "retention_years": 7},
}  # fmt: skip


def traced(**keys: Any) -> dict[str, Requirement]:
    said = {
        "blueprint": "dgx-superpod-h100", "compute": [{"name": "gpu", "nodes": 4}], **keys
    }  # fmt: skip
    spec = factory(**said)
    design = solve(spec, CATALOG)
    size = size_on(Wish(spec, CATALOG, {}, {}), design.cluster)
    plan = storage_plan(spec, design.cluster, design.bom, CATALOG.assumptions)
    book = price_book(CATALOG.prices, frozenset(), "USD", CATALOG.assumptions)
    cost = total_cost(Costed(spec, design.cluster, design.bom, plan, CATALOG.assumptions, book))
    ground = Ground(spec, design.cluster, size, (), plan, cost, {})
    found = requirements({"schema": "x", "name": "test", **said}, ground, len)
    return {each.path: each for each in found}


def state(path: str, **keys: Any) -> str:
    return traced(**keys)[path].answer.state


def test_no_line_is_dropped() -> None:
    site = {"rack": {"max_power_kw": 60}, "power": {"available_kw": 900, "pue": 1.3}}
    said = {"site": site, "workloads": [WORK], "tiers": [{"name": "clinical", "min_replicas": 2}]}
    found = traced(**said)
    asked = {path for path, _ in leaves(said, ())}
    named = {"name", "blueprint", "compute.gpu.nodes"}
    assert len(found) == len(asked) - len({("tiers", 0, "name")}) + len(named)
    assert all(each.answer.text for each in found.values())


def test_a_limit_is_met_or_missed_by_a_figure() -> None:
    for limit, word in ((900, "met"), (41, "missed")):
        design = {"power": {"available_kw": 900}, "cooling": {"available_kw": 900}}
        found = traced(site=design)
        assert found["site.power.available_kw"].answer.state == "met"
        rack = traced(site={"rack": {"height_u": 48}})["site.rack.height_u"].answer
        assert rack.state == "met"
        budget = traced(budget={"capex": limit * 10_000})["budget.capex"].answer
        assert budget.state == word
        assert "370,000" in budget.text.replace("1,480,000", "370,000")


def test_a_target_is_held_against_what_sizing_reckons() -> None:
    found = traced(workloads=[WORK])["workloads.triage.turnaround.p95_s"]
    assert found.answer.state == "met"
    assert found.answer.by == ("workloads.triage.turnaround_p95_s",)
    assert "by estimates" in found.answer.text


def test_replicas_below_those_of_the_tier_are_missed() -> None:
    tiers = [{"name": "clinical", "min_replicas": 2}]
    assert state("tiers.clinical.min_replicas", workloads=[WORK], tiers=tiers) == "met"
    job = {"name": "t", "kind": "training", "parameters_b": 7, "tokens_b": 30, "deadline_days": 30,
           "tier": "clinical"}  # fmt: skip
    assert state("tiers.clinical.min_replicas", workloads=[job], tiers=tiers) == "missed"


def test_what_is_answered_later_says_by_whom() -> None:
    tiers = [{"name": "clinical", "rto_min": 15}]
    found = traced(tiers=tiers, patching={"critical_days": 15}, workloads=[WORK])
    assert found["tiers.clinical.rto_min"].answer.by == ("`manage drill`",)
    assert found["workloads.triage.availability"].answer.by == ("`manage slo`",)
    assert found["patching.critical_days"].answer.state == "later"


def test_what_nobody_answers_is_said() -> None:
    found = traced(workloads=[WORK], security={"fips": True}, feeds=[
        {"name": "pacs", "protocol": "dicom"}])  # fmt: skip
    assert found["security.fips"].answer.state == "open"
    assert found["feeds.pacs.protocol"].answer.state == "open"
    assert found["workloads.triage.modality"].answer.state == "open"


def test_remarks_of_the_design_about_a_line_stand_with_it() -> None:
    found = traced(services={"ntp": ["10.0.0.3"]})["services.ntp"]
    assert "MW-D-042" in found.answer.by


def test_a_list_of_plain_values_is_one_line() -> None:
    found = traced(services={"dns": ["10.0.0.2", "10.0.0.3"]})["services.dns"]
    assert found.says == "10.0.0.2, 10.0.0.3"
