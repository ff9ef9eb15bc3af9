"""Whether a design is enough for its workloads: said where it is not, and silent where it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.design.sizing.candidates import Wish
from millwright.design.sizing.enough import reads_of, remarks_on, size_on, with_parameters
from millwright.design.sizing.growing import loads_after
from millwright.design.solve import solve
from millwright.design.storing.capacity import factor_at
from millwright.design.storing.plan import storage_plan, too_slow
from millwright.model.finding import Finding
from millwright.model.spec import Factory
from tests.conftest import factory, superpod
from tests.unit.design.sizing.grounds import CATALOG, NOTES, TRAINING

SEGMENT: dict[str, Any] = {
    "name": "segment", "kind": "imaging-training", "volumes": 40_000, "volume_mib": 300,
    "epochs": 300, "deadline_days": 7,
}  # fmt: skip
DOUBLED = [{"after_months": 12, "factor": [1, 2, 40]}, {"after_months": 24, "factor": 80}]


def _spec(nodes: int, **keys: Any) -> Factory:
    pools = [{"name": "gpu", "nodes": nodes}]
    said = {"workloads": [TRAINING], "compute": pools, **keys}
    return factory(blueprint="dgx-superpod-h100", **said)


def _wish(spec: Factory) -> Wish:
    return Wish(spec, CATALOG, {}, {})


def _told(spec: Factory) -> tuple[Finding, ...]:
    return remarks_on(_wish(spec), solve(spec, CATALOG).cluster)


def test_named_hardware_that_is_too_small_for_its_workloads_is_told() -> None:
    (told,) = _told(_spec(1))
    assert (told.rule, told.severity) == ("MW-D-075", "warn")
    assert told.message == ("all workloads take 15 GPUs in 2 x dgx-h100, and the design has 1")
    assert _told(_spec(2)) == ()
    assert _told(_spec(1, workloads=[])) == ()


def test_the_first_step_of_growth_that_does_not_fit_is_told_with_its_bounds() -> None:
    (told,) = _told(_spec(2, growth=DOUBLED))
    assert (told.rule, told.severity) == ("MW-D-076", "info")
    assert "after 12 months" in told.message
    assert "likely to take 4 nodes (2 to 72)" in told.message
    (later,) = _told(_spec(8, growth=DOUBLED))
    assert "after 12 months" not in later.message


@pytest.mark.parametrize(
    ("workload", "rule", "severity"),
    [
        ({**TRAINING, "tokens_b": None}, "MW-D-080", "info"),
        ({**NOTES, "model": "deepseek-v3"}, "MW-D-082", "warn"),
    ],
)
def test_a_workload_without_a_size_is_told(
    workload: dict[str, Any], rule: str, severity: str
) -> None:
    (told,) = _told(_spec(2, workloads=[workload]))
    assert (told.rule, told.severity) == (rule, severity)


def test_of_servers_of_several_kinds_it_is_said_that_nobody_knows() -> None:
    pools = [{"name": "a", "nodes": 1}, {"name": "b", "server": "dgx-h200", "nodes": 1}]
    (told,) = _told(_spec(1, compute=pools))
    assert told.severity == "info"
    assert "is not known" in told.message


@pytest.mark.parametrize(
    ("storage", "severity"),
    [({"tier": "best"}, None), ({"read_gbytes_per_s": 7}, "warn"), ({}, "info")],
)
def test_storage_that_is_slower_than_workloads_read_is_told(
    storage: dict[str, Any], severity: str | None
) -> None:
    spec = _spec(4, workloads=[SEGMENT], storage=storage)
    design = solve(spec, CATALOG)
    reads = reads_of(size_on(_wish(spec), design.cluster))
    plan = storage_plan(spec, design.cluster, design.bom, CATALOG.assumptions, reads)
    assert plan.reads_gbytes_per_s == {"segment": pytest.approx(9.54, abs=0.01)}
    assert plan.numbers["workloads_read_gbytes_per_s"].value == pytest.approx(9.54, abs=0.01)
    told = too_slow(plan)
    assert [each.severity for each in told] == ([severity] if severity else [])


STEP = st.fixed_dictionaries(
    {
        "after_months": st.integers(1, 36),
        "factor": st.floats(0.5, 4),
        "workload": st.sampled_from([None, "report"]),
    }
)


@settings(max_examples=60)
@given(st.lists(STEP, max_size=5), st.integers(0, 40))
def test_data_grows_as_gpus_do(steps: list[dict[str, Any]], month: int) -> None:
    spec = superpod(1, workloads=[TRAINING], growth=steps)
    assert factor_at(spec.growth, "report", month)[1] == loads_after(spec, month)["report"]


@pytest.mark.parametrize(
    ("method", "terabytes"), [("full", 70.55 * 14 / 1000), ("lora", 0.7055 * 14 / 1000)]
)
def test_a_model_that_is_named_is_saved_as_one_whose_weights_are_said(
    method: str, terabytes: float
) -> None:
    tune = {
        "name": "tune", "kind": "fine-tuning", "model": "llama-3.1-70b", "tokens_b": 1,
        "deadline_days": 5, "method": method,
    }  # fmt: skip
    spec = _spec(4, workloads=[tune], storage={"tier": "better"})
    design = solve(spec, CATALOG)
    told = with_parameters(spec, size_on(_wish(spec), design.cluster))
    plan = storage_plan(told, design.cluster, design.bom, CATALOG.assumptions)
    assert plan.checkpoints[0].terabytes == pytest.approx(terabytes, rel=0.01)
