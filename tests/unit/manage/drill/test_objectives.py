"""What a spec promises for drills, and that what it does not say is never passed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.adapters.catalogs import load
from millwright.adapters.resources import folder
from millwright.adapters.specfile import read_factory
from millwright.manage.drill.judging import held, verdict_of
from millwright.manage.drill.kinds import objectives_of
from millwright.manage.drill.objectives import of_wan_loss, recovery
from millwright.model.drill import DrillFigure, Objective
from millwright.model.site import Tier
from millwright.model.verdict import Verdict
from millwright.model.workload import Workload
from tests.unit.journeys.drillworld import plan_of

RTO = Objective(figure="restored", at_most=5, unit="min", source="factory.yaml")


def test_the_strictest_tier_sets_the_objective() -> None:
    tiers = (Tier(name="a", rto_min=60), Tier(name="b", rto_min=15), Tier(name="c"))
    (goal,) = recovery("restored", tiers)
    assert (goal.at_most, goal.source) == (15, "factory.yaml: tier b, rto_min")
    assert recovery("restored", (Tier(name="c"),)) == ()


def test_a_customer_s_spec_gives_the_objectives_of_each_drill() -> None:
    path = folder("catalog").parents[2] / "examples" / "regional-health.yaml"
    goals = objectives_of(read_factory(path, load(None).catalog).factory)
    assert [(g.figure, g.at_most) for g in goals["head-restore"]] == [
        ("restored", 15), ("backup-age", 5), ("loss-at-most", 5),
    ]  # fmt: skip
    whole, standstill = goals["wan-loss"]
    assert (whole.at_most, whole.source) == (0, "factory.yaml: ct-triage: needs_wan: false")
    assert standstill.at_most == 15


def test_without_a_workload_that_says_so_nothing_is_promised_without_the_wan() -> None:
    loads = (
        Workload(name="x", kind="training"),
        Workload(name="y", kind="training", needs_wan=True),
    )
    assert of_wan_loss(loads, ()) == ()


@pytest.mark.parametrize(
    ("value", "unit", "verdict"),
    [(299.0, "s", "PASS"), (301.0, "s", "FAIL"), (5.0, "min", "PASS"), (None, "s", "UNKNOWN")],
)
def test_a_figure_is_held_in_the_unit_of_its_objective(
    value: float | None, unit: str, verdict: str
) -> None:
    plan = plan_of().model_copy(update={"objectives": (RTO,)})
    found = held(DrillFigure(name="restored", what="it", value=value, unit=unit), plan)
    assert found.verdict == verdict


@given(st.floats(0, 1e6))
def test_what_nobody_promised_is_unknown_whatever_it_measured(value: float) -> None:
    found = held(DrillFigure(name="other", what="it", value=value, unit="s"), plan_of())
    assert found.verdict is Verdict.UNKNOWN
    assert "no objective is set" in found.why
    assert verdict_of((found,))[0] is Verdict.UNKNOWN
