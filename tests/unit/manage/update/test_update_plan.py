"""What goes together, exact versions, the way back, and waves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.errors import MillwrightError
from millwright.manage.remedy.fleet import Fleet
from millwright.manage.update.plan import Packages, narrowed, planned, undoing
from millwright.manage.update.versions import compared, leading, newest, upstream
from millwright.manage.update.wellness import wellness
from millwright.model.health import HealthDocument, HealthFinding, NodeHealth
from millwright.model.site import Tier
from millwright.model.update import UpdateOrder, UpdatePlan
from tests.unit.journeys.updateworld import DRIVER, NEW, OLD, basis, offered
from tests.unit.manage.remedy.scenes import CATALOG, fleet

DCGM = CATALOG.stacks["dcgm-4"].packages
AT = "2026-11-26T10:00:00Z"


def ordered(**said: Any) -> UpdateOrder:
    return UpdateOrder.model_validate({"set": {"driver": "580.105.08"}, **said})


def plan(
    order: UpdateOrder, there: Fleet | None = None, has: Packages | None = None, share: float = 0.25
) -> UpdatePlan:
    there = there or fleet(8, racks=2)
    seen = dict.fromkeys(there.computing, has or offered(OLD, NEW))
    return planned(order, seen, basis(there, share), AT)


@pytest.mark.parametrize(
    ("one", "other", "which"),
    [
        ("580.95.05", "580.105.08", -1),
        ("1:4.4.1-1", "4.5.0-1", 1),
        ("1.0~rc1", "1.0", -1),
        ("1.0", "1.0-1", -1),
        ("1.0a", "1.0+b", -1),
        ("25.11.2-1", "25.11.2-1", 0),
        ("5.2.15-2+b8", "5.2.15-2+b13", -1),
    ],
)
def test_versions_compare_as_debian_s_do(one: str, other: str, which: int) -> None:
    assert compared(one, other) == which
    assert compared(other, one) == -which


@given(st.lists(st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}(~rc1|-[0-9])?", fullmatch=True)))
def test_versions_have_one_order(found: list[str]) -> None:
    for one, other, third in zip(found, found[1:], found[2:], strict=False):
        if compared(one, other) <= 0 and compared(other, third) <= 0:
            assert compared(one, third) <= 0


def test_a_wanted_version_may_leave_out_epoch_and_packager() -> None:
    assert newest(("1:4.4.1-1", "1:4.4.1-2", "1:4.5.0-1"), "4.4.1") == "1:4.4.1-2"
    assert newest(("580.95.05-1",), "580.95.05-1") == "580.95.05-1"
    assert newest(("580.95.05-1",), "580.9") is None
    assert (leading("1:4.4.1-1"), upstream("1:4.4.1-1")) == ("4", "4.4.1")


def test_a_driver_comes_with_its_fabric_manager_in_one_exact_version() -> None:
    made = plan(ordered()).of("gpu1")
    assert made.wanted == dict.fromkeys(DRIVER, NEW)
    assert "nvidia-fabricmanager" in made.wanted
    assert made.before == dict.fromkeys(DRIVER, OLD)
    assert (made.boots, made.back, made.services) == (True, True, ())


def test_a_fabric_manager_of_another_version_is_refused() -> None:
    for said in ({"fabric-manager": "580.95.05"}, {"driver": "580.1", "fabric-manager": "580.2"}):
        with pytest.raises(ValueError, match="of the driver's version"):
            UpdateOrder.model_validate({"set": said})


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ({"set": {"driver": "570.10.01"}}, "begins with 580"),
        (
            {"set": {"driver": "580.200.01"}},
            "nvidia-persistenced, nvidia-fabricmanager 580.200.01: no package source offers",
        ),
        ({"set": {"driver": "580.105.08"}, "cuda": "13.0"}, ""),
        ({"set": {"slurm": "25.11"}}, "controller"),
    ],
)
def test_what_does_not_go_together_is_refused_with_what_would_be_right(
    said: dict[str, Any], right: str
) -> None:
    order = UpdateOrder.model_validate(said)
    if not right:
        assert plan(order).waves
        return
    with pytest.raises(MillwrightError, match=right):
        plan(order)


def test_cuda_asks_for_a_driver_that_carries_it() -> None:
    there = basis(fleet(2))
    stacks = there.catalog.stacks
    low = stacks["nvidia-driver-nvswitch"].version.model_copy(update={"value": "570.1*"})
    own = stacks["nvidia-driver-nvswitch"].model_copy(update={"version": low})
    catalog = there.catalog.model_copy(update={"stacks": {**stacks, own.name: own}})
    seen = {"gpu1": offered("570.1.1-1", "570.1.2-1")}
    order = UpdateOrder.model_validate({"set": {"driver": "570.1.2"}, "cuda": "13.0"})
    with pytest.raises(MillwrightError, match=r"cuda 13.0 needs driver 580 or newer .* 570.1.2"):
        planned(order, seen, replace(there, catalog=catalog), AT)
    older = order.model_copy(update={"cuda": "12.8"})
    assert planned(older, seen, replace(there, catalog=catalog), AT).waves


def test_slurm_of_nodes_is_never_newer_than_the_controller_s() -> None:
    order = UpdateOrder.model_validate({"set": {"slurm": "24.11.5"}})
    has = Packages({"slurmd": "23.11.1-1"}, {"slurmd": ("24.11.5-1", "23.11.1-1")})
    for controller, right in (("24.11.5-2", True), ("23.11.9-1", False)):
        there = replace(basis(fleet(2)), controller=controller)
        if right:
            made = planned(order, {"gpu1": has}, there, AT).of("gpu1")
            assert (made.wanted, made.services) == ({"slurmd": "24.11.5-1"}, ("slurmd",))
            assert not made.boots
        else:
            with pytest.raises(MillwrightError, match="newer than the controller"):
                planned(order, {"gpu1": has}, there, AT)


def test_without_a_way_back_nothing_is_planned_unless_that_is_said() -> None:
    has = Packages(dict.fromkeys(DRIVER, OLD), dict.fromkeys(DRIVER, (NEW,)))
    with pytest.raises(MillwrightError, match="no way back"):
        plan(ordered(), has=has)
    made = plan(ordered(no_way_back=True), has=has)
    assert not made.of("gpu1").back
    assert any("no way back" in note for note in made.notes)


def test_a_node_that_has_it_already_is_in_no_wave() -> None:
    made = plan(ordered(), has=offered(NEW, OLD))
    assert made.waves == ()
    assert {each.fate for each in made.nodes} == {"unchanged"}


def test_a_node_that_does_not_tell_its_packages_is_held_and_not_guessed() -> None:
    there = fleet(3)
    seen = dict.fromkeys(there.computing, offered(OLD, NEW))
    seen["gpu2"] = Packages(silent="no route")
    made = planned(ordered(), seen, basis(there), AT)
    assert (made.of("gpu2").fate, [n for w in made.waves for n in w]) == ("held", ["gpu1", "gpu3"])


def test_a_tier_keeps_its_replicas_and_waves_begin_with_the_canary() -> None:
    tier = Tier.model_validate({"name": "urgent", "min_replicas": 6})
    made = plan(ordered(canary=2), fleet(8, tier), share=0.9)
    assert [len(wave) for wave in made.waves] == [2, 2, 2, 2]
    none = Tier.model_validate({"name": "urgent", "min_replicas": 8})
    made = plan(ordered(), fleet(8, none), share=0.9)
    assert made.waves == ()
    assert all("capacity of the tier" in each.why for each in made.held)


def test_an_order_may_be_more_careful_than_the_site_and_not_less() -> None:
    there = basis(fleet(20), 0.2)
    assert narrowed(there, 0.1).bounds("most_out_share") == 0.1
    assert narrowed(there, 0.9).bounds("most_out_share") == 0.2


def test_taking_back_is_an_update_to_what_was_before() -> None:
    made = plan(ordered())
    back = undoing(made, ["gpu1", "gpu2"], basis(fleet(8, racks=2)), AT)
    assert back.of("gpu1").wanted == dict.fromkeys(DRIVER, OLD)
    assert [n for wave in back.waves for n in wave] == ["gpu2", "gpu1"]


def test_firmware_is_named_and_touches_no_node() -> None:
    made = plan(UpdateOrder.model_validate({"set": {"firmware:bmc": "24.01"}}))
    assert made.waves == ()
    assert made.firmware[0].startswith("bmc 24.01: planned only")


def test_what_deploying_would_put_back_is_said() -> None:
    assert any("deploy apply" in note for note in plan(ordered()).notes)


def test_what_the_design_pins_can_be_ordered_by_its_name() -> None:
    order = UpdateOrder.model_validate({"set": {"driver": "design", "dcgm": "design"}})
    has = Packages(
        dict.fromkeys(DRIVER, NEW) | dict.fromkeys(DCGM, "1:4.4.0-1"),
        dict.fromkeys(DRIVER, (NEW, OLD)) | dict.fromkeys(DCGM, ("1:4.4.1-2", "1:4.4.0-1")),
    )
    made = plan(order, has=has)
    assert made.of("gpu1").wanted == dict.fromkeys(DRIVER, OLD) | dict.fromkeys(DCGM, "1:4.4.1-2")
    assert not [note for note in made.notes if "deploy apply" in note]


def test_wellness_counts_what_is_critical_and_what_critical_is_unknown() -> None:
    checks = CATALOG.checks
    critical = next(n for n, c in checks.items() if c.severity == "critical" and c.subject == "gpu")
    slurm = next((n for n, c in checks.items() if c.subject == "slurm"), "none")
    finding = {
        "check": critical, "node": "gpu1", "severity": "critical", "message": "bad", "advice": "a",
        "actions": ["drain"], "maturity": "proven", "source": "test", "confidence": "spec",
    }  # fmt: skip
    nodes = {
        "gpu1": {"checks": 2, "answered": 2},
        "gpu2": {"checks": 2, "answered": 1, "unknown": [{"checks": [critical], "why": "hung"}]},
        "gpu3": {"checks": 2, "answered": 0, "silent": "no route"},
        "gpu5": {"checks": 2, "answered": 2},
        "gpu4": {"checks": 2, "answered": 1, "unknown": [{"checks": [slurm], "why": "hung"}]},
    }
    document = HealthDocument.model_construct(
        nodes={name: NodeHealth.model_validate(raw) for name, raw in nodes.items()},
        findings=(
            HealthFinding.model_validate(finding),
            HealthFinding.model_validate({**finding, "node": "gpu5", "silenced": "it booted"}),
        ),
    )
    assert wellness("gpu1", document, checks) == (("bad",), ())
    assert wellness("gpu2", document, checks)[1]
    assert wellness("gpu3", document, checks) == ((), ("no route",))
    assert wellness("gpu4", document, checks) == ((), ())
    assert wellness("gpu5", document, checks) == ((), ("bad; it may be explained: it booted",))
