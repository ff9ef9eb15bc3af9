"""Which remedy first: by what is expected to cost least, with what the journal counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.manage.remedy.chances import Precision, Tried, chance, lower_bound
from millwright.manage.remedy.choose import Case, choose
from millwright.manage.remedy.plan import Past
from millwright.model.incident import Choice
from millwright.model.remedy import Policy, PolicyRow
from millwright.model.site import Tier
from tests.unit.manage.remedy.scenes import CATALOG, NOW, complaint, fleet, planned, rules

REMEDIES = CATALOG.remedies


def chosen(fault: str, record: tuple[Tried, ...] = (), **barred: str) -> Choice:
    case = Case(complaint(fault=fault), "dgx-h100", record, barred, 60.0)
    return choose(case, REMEDIES)


def test_a_service_is_started_again_before_anything_larger() -> None:
    made = chosen("service:nvidia-dcgm")
    assert made.ladder == ("restart-service", "reboot", "work-queue")


def test_every_choice_adds_up_and_says_so() -> None:
    made = chosen("xid:119")
    for each in made.weighed:
        if each.total is not None:
            assert each.total == pytest.approx(each.own + each.wrong + each.after, abs=0.2)
    assert any("Beta(" in reason for reason in made.reasons)


def test_what_never_helped_here_loses_its_place_to_what_does() -> None:
    assert chosen("xid:119").remedy == "reset-gpu"
    failed = tuple(Tried("xid:119", "reset-gpu", "dgx-h100", False) for _ in range(40))
    made = chosen("xid:119", failed)
    assert made.remedy != "reset-gpu"
    known = next(each for each in made.chances if each.remedy == "reset-gpu")
    assert (known.mended, known.tried) == (0, 40)


def test_tries_on_another_server_or_for_another_fault_count_nothing() -> None:
    others = (
        Tried("xid:119", "reset-gpu", "dgx-b200", False),
        Tried("xid:120", "reset-gpu", "dgx-h100", False),
    )
    found = chance(REMEDIES["reset-gpu"], "xid:119", "dgx-h100", others)
    assert found is not None
    assert found.tried == 0


def test_a_part_that_is_worn_out_is_sent_back_once_that_is_sure_enough() -> None:
    sure = tuple(Tried("xid:64", "rma", "dgx-h100", True) for _ in range(60))
    soft = dict.fromkeys(("reset-gpu", "reboot", "power-cycle"), "tried")
    case = Case(complaint(fault="xid:64"), "dgx-h100", sure, soft, 60.0)
    assert choose(case, REMEDIES).remedy == "rma"
    assert chosen("gpu:missing").remedy not in ("rma", "work-queue")


def test_power_is_taken_away_only_where_that_is_confirmed() -> None:
    item = planned([complaint(fault="node:silent")], fleet(40))["gpu1"]
    assert item.decision == "hand over"
    assert item.wants == ("power-cycle",)
    said = planned([complaint(fault="node:silent")], fleet(40), by=rules(confirmed="jane"))["gpu1"]
    assert said.decision == "repair"
    assert said.choice is not None
    assert said.choice.remedy == "power-cycle"


def test_a_policy_that_names_the_act_is_the_confirmation_until_it_is_over() -> None:
    row = PolicyRow(
        faults="node:*", mode="approve", actions=("power-cycle",), by="ops",
        until=NOW + timedelta(days=1),
    )  # fmt: skip
    policy = Policy(factory="site", rows=(row,))
    item = planned([complaint(fault="node:silent")], fleet(40), by=rules(policy))["gpu1"]
    assert (item.decision, item.wants) == ("repair", ())
    assert "ops" in item.confirmed_by
    old = Policy(factory="site", rows=(row.model_copy(update={"until": NOW}),))
    late = planned([complaint(fault="node:silent")], fleet(40), by=rules(old))["gpu1"]
    assert (late.decision, late.wants) == ("hand over", ("power-cycle",))


def test_after_so_many_tries_a_person_looks() -> None:
    tries = {("gpu1", "xid:79"): {"reset-gpu": 1, "reboot": 2, "power-cycle": 1}}
    item = planned([complaint()], fleet(40), Past(tries=tries), rules(confirmed="jane"))["gpu1"]
    assert item.decision == "hand over"


def auto(precision: Precision, tier: Tier | None = None) -> str:
    row = PolicyRow(faults="xid:*", mode="auto", by="ops", until=NOW + timedelta(days=1))
    by = rules(Policy(factory="site", rows=(row,)))
    past = Past(precision={"xid": precision})
    return planned([complaint()], fleet(40, tier), past, by)["gpu1"].mode


def test_a_class_acts_by_itself_only_once_it_has_been_right_often_enough() -> None:
    assert auto(Precision(0, 0)) == "approve"
    assert auto(Precision(10, 0)) == "approve"
    assert auto(Precision(60, 0)) == "auto"
    assert auto(Precision(60, 10)) == "approve"


def test_a_tier_that_is_observed_only_stays_so() -> None:
    tier = Tier(name="clinical", remedy_mode="observe")
    assert auto(Precision(1000, 0), tier) == "observe"
    assert planned([complaint()], fleet(40, tier))["gpu1"].decision == "observe"


def test_advice_is_all_where_nobody_says_otherwise() -> None:
    assert planned([complaint()], fleet(40))["gpu1"].mode == "advise"
    tier = Tier(name="research", remedy_mode="auto")
    past = Past(precision={"xid": Precision(60, 0)})
    assert planned([complaint()], fleet(40, tier), past)["gpu1"].mode == "auto"


@given(right=st.integers(0, 60), wrong=st.integers(0, 60))
def test_the_bound_lies_below_the_mean_and_rises_with_what_was_right(
    right: int, wrong: int
) -> None:
    bound = lower_bound(1 + right, 1 + wrong)
    assert 0 <= bound <= (1 + right) / (2 + right + wrong)
    assert lower_bound(2 + right, 1 + wrong) >= bound


def test_the_bound_is_that_of_the_tables() -> None:
    # Beta(1, 1) is flat; the 5 % quantile of Beta(n, 1) is 0.05 ** (1 / n).
    assert lower_bound(1, 1) == pytest.approx(0.05, abs=1e-5)
    assert lower_bound(20, 1) == pytest.approx(0.05 ** (1 / 20), abs=1e-5)


@given(
    fault=st.sampled_from(["xid:79", "service:x", "degraded:compute", "node:silent", "odd:thing"]),
    tried=st.lists(st.tuples(st.sampled_from(sorted(REMEDIES)), st.booleans()), max_size=30),
)
def test_every_complaint_has_an_answer_that_ends_with_a_person(
    fault: str, tried: list[tuple[str, bool]]
) -> None:
    record = tuple(Tried(fault, name, "dgx-h100", mended) for name, mended in tried)
    made = chosen(fault, record)
    assert made.ladder[-1] in ("work-queue", "rma")
    assert len(set(made.ladder)) == len(made.ladder)
    best = min(each.total for each in made.weighed if each.total is not None)
    first = next(each for each in made.weighed if each.remedy == made.remedy)
    assert first.total == best
