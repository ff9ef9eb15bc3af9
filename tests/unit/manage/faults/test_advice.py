"""Whose word counts: the driver's, the site's, NVIDIA's table, and then everybody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.adapters.catalogs import load
from millwright.adapters.faultfiles import fault_catalog
from millwright.manage.faults.advice import REBOOTS_TRIED, Circumstances, advice, principal
from millwright.model.fault import FaultCatalog, FaultOverride
from millwright.model.faultwords import ACTIONS, REBOOTS, RECOVERIES

ALL = fault_catalog(load(None))
KNOWN = st.sampled_from(sorted(ALL.faults))
WORD = FaultOverride(id="xid:48", action="drain", why="our field engineers are in the room")


def test_the_driver_beats_the_site_and_the_table(faults: FaultCatalog) -> None:
    told = advice(faults.faults["xid:48"], Circumstances(2), {"xid:48": WORD})
    assert (told.action, told.authority) == ("reboot", "driver")
    assert [o.authority for o in told.opinions] == ["driver", "site", "nvidia", "millwright",
                                                     "gpud", "azure"]  # fmt: skip
    assert [o.wins for o in told.opinions].count(True) == 1


def test_the_site_beats_the_table(faults: FaultCatalog) -> None:
    told = advice(faults.faults["xid:48"], overrides={"xid:48": WORD})
    assert (told.action, told.authority) == ("drain", "site")
    assert "field engineers" in told.because


def test_nvidia_beats_gpud(faults: FaultCatalog) -> None:
    told = advice(faults.faults["xid:63"])
    assert (told.action, told.authority) == ("none", "nvidia")


def test_a_procedure_that_is_only_named_is_filled_with_our_steps(faults: FaultCatalog) -> None:
    told = advice(faults.faults["xid:48"])
    assert (told.action, told.authority) == ("reset-gpu", "nvidia")
    assert told.steps == faults.faults["xid:48"].actions
    assert "WORKFLOW_XID_48" in told.because


def test_what_is_only_watched_first_is_not_acted_upon_at_once(faults: FaultCatalog) -> None:
    told = advice(faults.faults["kernel:link-down"])
    assert (told.action, told.steps[0]) == ("watch", "watch")
    pending = advice(faults.faults["remap:pending"])
    assert pending.action == "reset-gpu"
    assert pending.steps == ("watch", "drain", "reset-gpu", "validate")


def test_a_grave_fault_that_a_table_ignores_still_ends_with_a_person(faults: FaultCatalog) -> None:
    told = advice(faults.faults["xid:157"])
    assert (told.action, told.authority) == ("none", "nvidia")
    assert told.steps == ("watch", "replace")


def test_a_driver_that_asks_for_a_reboot_gets_no_reset_before_it(faults: FaultCatalog) -> None:
    told = advice(faults.faults["xid:119"], Circumstances(2))
    assert told.action == "reboot"
    assert "reset-gpu" not in told.steps


@pytest.mark.parametrize("name", sorted(ALL.faults))
def test_one_weak_sign_alone_disturbs_no_node(name: str) -> None:
    fault = ALL.faults[name]
    told = advice(fault)
    if told.authority == "millwright" and fault.severity in ("warning", "info") and not fault.hard:
        assert ALL.steps[told.action].disrupts in ("nothing", "job"), told.steps


def test_without_a_word_of_nvidia_ours_counts_before_others(faults: FaultCatalog) -> None:
    told = advice(faults.faults["xid:167"])
    assert told.authority == "millwright"
    assert {o.authority for o in told.opinions} == {"millwright", "gpud"}


def test_what_the_driver_asks_for_is_a_hard_fact(faults: FaultCatalog) -> None:
    fault = faults.faults["xid:149"]
    asked = advice(fault, Circumstances(1, severity="warning"))
    assert (asked.severity, asked.hard, asked.action) == ("critical", True, "reset-gpu")
    quiet = advice(fault, Circumstances(0, severity="warning"))
    assert (quiet.severity, quiet.hard, quiet.action) == ("warning", False, "none")


def test_a_driver_that_asks_for_nothing_is_believed(faults: FaultCatalog) -> None:
    assert advice(faults.faults["xid:95"], Circumstances(0)).action == "none"


def test_a_driver_that_asks_for_what_is_not_known_calls_a_person(faults: FaultCatalog) -> None:
    told = advice(faults.faults["xid:95"], Circumstances(9))
    assert (told.action, told.authority) == ("unknown", "driver")
    assert "inspect" in told.steps


def test_the_recovery_action_of_a_gpu_says_nothing_of_a_disk(faults: FaultCatalog) -> None:
    told = advice(faults.faults["kernel:nvme-disabled"], Circumstances(1))
    assert told.authority == "millwright"
    assert told.action == "replace"


def test_after_two_reboots_nobody_reboots_again(faults: FaultCatalog) -> None:
    fault = faults.faults["xid:79"]
    assert advice(fault, Circumstances(reboots=1)).action == "reboot"
    told = advice(fault, Circumstances(reboots=2))
    assert told.action == "inspect"
    assert "after 2 of them" in told.because


@given(name=KNOWN, recovery=st.none() | st.integers(0, 12), reboots=st.integers(0, 9))
def test_one_opinion_wins_and_none_is_lost(name: str, recovery: int | None, reboots: int) -> None:
    fault = ALL.faults[name]
    told = advice(fault, Circumstances(recovery, reboots))
    assert sum(o.wins for o in told.opinions) == 1
    assert len(told.opinions) == len(fault.opinions) + 1 + (recovery is not None)
    assert [o.rank for o in told.opinions] == sorted(o.rank for o in told.opinions)
    assert told.action in ACTIONS
    assert told.action != "workflow"
    assert told.steps
    assert not (reboots >= REBOOTS_TRIED and told.action in REBOOTS)


@given(name=KNOWN, recovery=st.sampled_from(sorted(RECOVERIES)))
def test_nothing_that_disturbs_comes_before_evidence(name: str, recovery: int) -> None:
    told = advice(ALL.faults[name], Circumstances(recovery))
    drastic = [s for s in told.steps if ALL.steps[s].disrupts in ("gpu", "node", "hands")]
    if not drastic:
        return
    before = told.steps[: told.steps.index(drastic[0])]
    assert {"collect", "watch", "drain"} & set(before)


@pytest.mark.parametrize("name", sorted(ALL.faults))
def test_gpus_and_nodes_are_drained_before_they_are_reset(name: str) -> None:
    fault = ALL.faults[name]
    for told in (advice(fault), advice(fault, Circumstances(1)), advice(fault, Circumstances(2))):
        for number, step in enumerate(told.steps):
            if step in ("reset-gpu", "reset-bus", "reset-fabric", "reboot", "power-cycle"):
                assert "drain" in told.steps[:number]
                assert "validate" in told.steps[number:]
    assert principal(fault.actions) in fault.actions
