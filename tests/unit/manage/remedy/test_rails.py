"""Guard rails: what keeps a node in service though somebody complains of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.manage.remedy.plan import Past
from millwright.manage.remedy.rails import most_out
from millwright.manage.remedy.windows import frozen
from millwright.model.remedy import Policy
from millwright.model.site import Tier
from tests.unit.manage.remedy.scenes import NOW, complaint, fleet, held, planned, rules


def test_a_node_that_stands_alone_with_a_hard_fact_is_repaired() -> None:
    item = planned([complaint()], fleet(40))["gpu1"]
    assert item.decision == "repair"
    assert held(item) == []


def test_one_weak_sign_disrupts_nothing_and_two_families_may() -> None:
    weak = complaint(hard=False, severity="warning", families=("compute",))
    assert planned([weak], fleet(40))["gpu1"].decision == "watch"
    more = complaint(fault="degraded:memory", hard=False, families=("memory",))
    assert planned([weak, more], fleet(40))["gpu1"].decision == "repair"


def test_two_devices_with_a_weak_sign_each_are_no_stronger_together() -> None:
    signs = [
        complaint(hard=False, severity="warning", families=(family,), device=device)
        for family, device in (("compute", "gpu0"), ("memory", "gpu1"))
    ]
    assert planned(signs, fleet(40))["gpu1"].decision == "watch"


def test_what_does_not_compute_or_is_named_as_infrastructure_is_left_alone() -> None:
    there = fleet(40, apart=frozenset({"gpu2"}))
    items = planned([complaint("head-1"), complaint("gpu2")], there)
    assert held(items["head-1"]) == ["infrastructure"]
    assert held(items["gpu2"]) == ["infrastructure"]


def test_a_stranger_is_never_touched() -> None:
    assert held(planned([complaint("gpu99")], fleet(4))["gpu99"]) == ["known"]


@pytest.mark.parametrize(
    ("reason", "rails"),
    [
        ("jane: swapping a cable", ["whose drain"]),
        ("millwright:20261126-deploy", ["whose drain"]),
        ("", ["whose drain"]),
        ("millwright-health: gpus: 7 of 8", []),
        ("millwright-remedy:inc-1", []),
    ],
)
def test_what_somebody_else_took_out_stays_his(reason: str, rails: list[str]) -> None:
    assert held(planned([complaint()], fleet(40, out={"gpu1": reason}))["gpu1"]) == rails


def test_a_scheduler_that_says_nothing_holds_everything() -> None:
    assert held(planned([complaint()], fleet(40, silent="timed out"))["gpu1"]) == ["whose drain"]


@pytest.mark.parametrize("state", ["work-queue", "rma", "testing", "new"])
def test_a_node_that_a_person_has_is_not_taken_from_him(state: str) -> None:
    there = fleet(40, states={"gpu1": state})
    assert held(planned([complaint()], there)["gpu1"]) == ["in a person's hands"]


def test_a_tier_keeps_its_replicas() -> None:
    tier = Tier(name="clinical", min_replicas=4)
    assert held(planned([complaint()], fleet(4, tier))["gpu1"]) == ["capacity of the tier"]
    assert held(planned([complaint()], fleet(5, tier))["gpu1"]) == []


def test_partners_are_never_out_together() -> None:
    pair = (frozenset({"gpu1", "gpu2"}),)
    there = fleet(40, partners=pair, out={"gpu2": "jane: memory"})
    assert held(planned([complaint()], there)["gpu1"]) == ["redundancy partners"]
    both = planned([complaint("gpu1"), complaint("gpu2")], fleet(40, partners=pair))
    assert [item.decision for item in both.values()] == ["repair", "held"]


@pytest.mark.parametrize(
    ("window", "inside"),
    [
        ("Mon-Fri 06:00-20:00", True),
        ("Mon-Fri 12:00-20:00", False),
        ("Sat,Sun", False),
        ("Thu", True),
        ("22:00-06:00", False),
        ("Wed 22:00-11:00", True),
        ("2026-11-20/2026-11-26", True),
        ("2026-11-27/2026-12-01", False),
        ("whenever", None),
        ("", None),
        ("Mon 25:00-26:00", None),
    ],
)
def test_windows_are_read_in_the_words_of_the_spec(window: str, inside: bool | None) -> None:
    assert frozen(window, NOW) is inside


def test_a_frozen_tier_waits_and_a_window_that_nobody_can_read_freezes() -> None:
    for window in ("Mon-Fri 06:00-20:00", "during the congress"):
        tier = Tier(name="clinical", freeze=(window,))
        assert held(planned([complaint()], fleet(40, tier))["gpu1"]) == ["freeze window"]


def test_so_many_an_hour_and_no_more() -> None:
    past = Past(drained_last_hour=3)
    nodes = [complaint(f"gpu{n}", f"service:s{n}") for n in (1, 2)]
    items = planned(nodes, fleet(60), past)
    assert [held(item) for item in items.values()] == [[], ["rate"]]


def test_a_rail_that_complains_trips_the_breaker_and_nobody_is_drained() -> None:
    down = [complaint(f"gpu{n}", "fabric:link-downed", device="mlx5_2") for n in (1, 2, 3)]
    items = planned([*down, complaint("gpu5", "xid:79")], fleet(6))
    assert all(item.decision == "held" for item in items.values())
    assert all("circuit breaker" in held(item) for item in items.values())


def test_a_rack_trips_it_and_as_many_nodes_of_many_racks_do_not() -> None:
    nodes = [complaint(f"gpu{n}", "xid:79") for n in (4, 8, 12)]
    assert "circuit breaker" in held(planned(nodes, fleet(20, racks=4))["gpu4"])
    apart = [complaint(f"gpu{n}", "xid:79") for n in (4, 9, 14)]
    assert "circuit breaker" not in held(planned(apart, fleet(100, racks=4))["gpu4"])


def test_those_that_broke_a_moment_ago_count_for_the_breaker() -> None:
    past = Past(recent=frozenset(f"gpu{n}" for n in range(10, 17)))
    assert "circuit breaker" in held(planned([complaint()], fleet(100), past)["gpu1"])


@given(
    nodes=st.integers(1, 120),
    share=st.floats(0, 1),
    out=st.sets(st.integers(1, 120), max_size=20),
    bad=st.lists(st.integers(1, 120), unique=True, max_size=40),
)
def test_never_more_than_the_share_is_taken_out(
    nodes: int, share: float, out: set[int], bad: list[int]
) -> None:
    gone = {f"gpu{n}": "jane" for n in out if n <= nodes}
    by = rules(
        most_out_share=share, most_per_hour=1000, breaker_nodes=1000, breaker_share=1,
        breaker_group_nodes=1000,
    )  # fmt: skip
    complaints = [complaint(f"gpu{n}") for n in bad if n <= nodes]
    items = planned(complaints, fleet(nodes, out=gone), by=by)
    taken = {node for node, item in items.items() if item.decision in ("repair", "hand over")}
    assert not taken or len(taken | gone.keys()) <= most_out(nodes, share)
    assert most_out(nodes, share) <= max(1, share * nodes + 1e-6)


def test_the_policy_s_own_numbers_go_before_the_catalogue_s() -> None:
    by = rules(Policy(factory="site"), most_per_hour=1)
    past = Past(drained_last_hour=1)
    item = planned([complaint()], fleet(40), past, by)["gpu1"]
    assert held(item) == ["rate"]
    assert "remedy.yaml" in item.held[0].told


def test_windows_over_midnight_belong_to_the_day_they_begin_on() -> None:
    early = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
    assert frozen("Thu 22:00-06:00", early)
    assert not frozen("Fri 22:00-06:00", early)


def test_nodes_that_came_and_never_served_neither_hold_repair_back_nor_count_as_serving() -> None:
    new = {f"gpu{number}": "new" for number in range(9, 17)}
    tier = Tier(name="clinical", min_replicas=8)
    there = fleet(16, states=new)
    assert "share of nodes" not in held(planned([complaint()], there)["gpu1"])
    (item,) = planned([complaint()], fleet(16, tier, states=new)).values()
    assert held(item) == ["capacity of the tier"]
    assert len(there.computing) == 8
