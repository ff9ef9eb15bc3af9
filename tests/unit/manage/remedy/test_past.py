"""What the journal teaches, and what a sweep says of a complaint afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from millwright.manage.remedy.chances import Precision, Tried
from millwright.manage.remedy.gates import beside_acceptance, beside_siblings, gate_of
from millwright.manage.remedy.past import (
    GONE,
    HOLDS,
    NOT_KNOWN,
    PASSED,
    UNTESTED,
    Journal,
    past_of,
)
from millwright.manage.remedy.rechecks import rechecked
from millwright.model.fingerprint import Fingerprint
from millwright.model.health import HealthDocument, HealthFinding, NodeHealth, Unanswered
from millwright.model.incident import Incident
from millwright.model.lifecycle import FOLLOWS, STATES, Deed
from millwright.model.measurements import Measurements, Subject
from tests.unit.manage.remedy.scenes import CATALOG, NOW, complaint, rules

BOUNDS = rules().bounds


def incident(name: str = "inc-1", stands: str = "returned", minutes_ago: float = 5) -> Incident:
    return Incident.model_validate(
        {
            "id": name, "node": "gpu1", "stands": stands, "simulated": True, "sku": "dgx-h100",
            "opened": (NOW - timedelta(minutes=minutes_ago)).isoformat(),
            "complaint": complaint().model_dump(),
        }
    )  # fmt: skip


def deed(step: str, phase: str = "done", name: str = "inc-1", **more: object) -> Deed:
    said = {"incident": name, "node": "gpu1", "step": step, "phase": phase, "at": NOW.isoformat()}
    return Deed.model_validate({**said, **more})


def learned(*deeds: Deed, of: Incident | None = None) -> Journal:
    made = of or incident()
    return Journal({made.id: made}, deeds, ())


def test_what_was_validated_counts_and_what_nobody_could_tell_does_not() -> None:
    past = past_of(
        learned(
            deed("act", "intent", remedy="reset-gpu", attempt=1),
            deed("act", "failed", remedy="reset-gpu", attempt=1),
            deed("validate", remedy="reboot", attempt=2, outcome=NOT_KNOWN),
            deed("validate", remedy="reboot", attempt=2, outcome=PASSED),
        ),
        BOUNDS,
        NOW,
    )
    assert past.record == (
        Tried("xid:79", "reset-gpu", "dgx-h100", False),
        Tried("xid:79", "reboot", "dgx-h100", True),
    )
    assert past.tries == {("gpu1", "xid:79"): {"reset-gpu": 1}}


def test_a_person_s_word_on_a_complaint_goes_before_every_look() -> None:
    looked = learned(deed("recheck", outcome=UNTESTED), deed("recheck", outcome=HOLDS))
    assert past_of(looked, BOUNDS, NOW).precision == {"xid": Precision(1, 0)}
    told = learned(deed("recheck", outcome=HOLDS), deed("judge", outcome="wrong"))
    assert past_of(told, BOUNDS, NOW).precision == {"xid": Precision(0, 1)}


def test_what_is_long_ago_neither_trips_the_breaker_nor_counts_as_a_try() -> None:
    old = incident(minutes_ago=60 * 24 * 30)
    act = deed("act", "intent", remedy="reboot", attempt=1, at=old.opened)
    past = past_of(learned(act, of=old), BOUNDS, NOW)
    assert (past.recent, past.tries) == (frozenset(), {})
    assert past_of(learned(), BOUNDS, NOW).recent == {"gpu1"}


def test_an_open_incident_of_a_node_goes_on() -> None:
    past = past_of(learned(of=incident(stands="open")), BOUNDS, NOW)
    assert past.open_ == {"gpu1": "inc-1"}


def test_nothing_comes_from_repair_into_service_but_by_validation() -> None:
    ways = {before for before in STATES if "in-service" in FOLLOWS[before]}
    assert ways == {"watch", "draining", "drained", "validating", "testing"}
    assert "in-service" not in FOLLOWS["remediating"] | FOLLOWS["work-queue"] | FOLLOWS["rma"]


def finding(**more: object) -> HealthFinding:
    said = {
        "check": "gpu-xid", "node": "gpu1", "device": "gpu3", "severity": "critical",
        "message": "Xid 79", "advice": "", "actions": ["drain"], "maturity": "proven",
        "source": "x", "confidence": "spec",
    }  # fmt: skip
    return HealthFinding.model_validate({**said, **more})


def sweep(*findings: HealthFinding, **node: object) -> HealthDocument:
    health = NodeHealth.model_validate({"checks": 3, "answered": 3, **node})
    return HealthDocument(
        at=NOW.isoformat(), answer="unhealthy", simulated=True, expected_from="design",
        nodes={"gpu1": health}, findings=findings,
    )  # fmt: skip


UNHEARD = Unanswered(checks=("gpu-xid",), why="hung")


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        (sweep(finding()), HOLDS),
        (sweep(finding(device="")), HOLDS),
        (sweep(finding(device="gpu5")), GONE),
        (sweep(finding(check="clock")), GONE),
        (sweep(), GONE),
        (sweep(finding(silenced="it boots")), NOT_KNOWN),
        (sweep(unknown=(UNHEARD,)), NOT_KNOWN),
        (sweep(not_testable=("gpu-xid",)), NOT_KNOWN),
        (sweep(silent="no route"), NOT_KNOWN),
    ],
)
def test_a_complaint_holds_is_gone_or_is_not_known(document: HealthDocument, outcome: str) -> None:
    said = complaint(check="gpu-xid", device="gpu3")
    assert rechecked(said, document)[0] == outcome


def test_messages_of_before_a_repair_prove_nothing_and_later_ones_do() -> None:
    said = complaint(check="gpu-xid", device="gpu3")
    old = finding(since=(NOW - timedelta(minutes=9)).isoformat())
    assert rechecked(said, sweep(old), NOW.isoformat(), 1)[0] == GONE
    again = finding(since=old.since, count=3)
    assert rechecked(said, sweep(again), NOW.isoformat(), 3)[0] == GONE
    assert rechecked(said, sweep(again), NOW.isoformat(), 2)[0] == HOLDS
    new = finding(since=(NOW + timedelta(minutes=1)).isoformat())
    assert rechecked(said, sweep(old, new), NOW.isoformat())[0] == HOLDS


def test_silence_is_an_answer_to_silence_alone() -> None:
    silent = sweep(silent="no route")
    assert rechecked(complaint(fault="node:silent"), silent)[0] == HOLDS
    assert rechecked(complaint(fault="node:silent"), sweep())[0] == GONE
    off = sweep(finding(check="power-off", device=""), silent="no route")
    assert rechecked(complaint(fault="check:power-off", check="power-off"), off)[0] == HOLDS


def test_what_no_check_asks_for_waits_for_tests() -> None:
    assert rechecked(complaint(fault="degraded:compute"), sweep())[0] == UNTESTED


def test_every_fault_has_a_gate_and_the_narrowest_one_is_taken() -> None:
    gates = CATALOG.gates.values()
    named = {
        fault: gate.name if (gate := gate_of(fault, gates)) else None
        for fault in (
            "xid:79", "xid:74", "service:x", "mlx5:cable-error", "update:ofed", "odd:thing",
        )
    }  # fmt: skip
    assert named == {
        "xid:79": "gpu", "xid:74": "links-of-gpus", "service:x": "service",
        "mlx5:cable-error": "fabric", "update:ofed": "updated", "odd:thing": "gpu",
    }  # fmt: skip


def print_of(median: float, spread: float | None = None, **more: object) -> Fingerprint:
    said = {
        "serial": "S1", "node": "gpu1", "place": "gpu3", "metric": "gpu_burn_gflops",
        "unit": "GFLOP/s", "test": "gpu-burn", "tool": "gpu_burn", "median": median,
        "spread": spread, "count": 3, "run": "r", "at": "", "simulated": True,
    }  # fmt: skip
    return Fingerprint.model_validate({**said, **more})


def test_a_node_is_held_against_its_own_acceptance() -> None:
    accepted = [print_of(1000.0, 1.0)]
    worse = beside_acceptance([print_of(900.0)], accepted)
    assert worse.compared == 1
    assert "1000" in worse.worse[0]
    for well in (990.0, 1200.0):
        assert beside_acceptance([print_of(well)], accepted).worse == ()
    wide = [print_of(1000.0, 40.0)]
    assert beside_acceptance([print_of(900.0)], wide).worse == ()
    other = beside_acceptance([print_of(900.0, serial="S2")], accepted)
    assert (other.compared, other.worse) == (0, ())


def columns_of(*values: float, metric: str = "gpu_burn_gflops") -> Measurements:
    columns = Measurements(nodes=["gpu1"], subjects=[Subject(metric, "GFLOP/s")])
    for number, value in enumerate(values):
        columns.devices.append(f"gpu{number}")
        columns.node.append(0)
        columns.device.append(number)
        columns.subject.append(0)
        columns.peer.append(-1)
        columns.value.append(value)
    return columns


def test_one_device_that_is_slower_than_those_beside_it_does_not_pass() -> None:
    even = (349783, 350501, 349868, 349596, 350343, 348878, 349016)
    slow = beside_siblings(columns_of(*even, 244598), "gpu1")
    assert slow.compared == 8
    assert [told.split()[0] for told in slow.worse] == ["gpu7"]
    assert beside_siblings(columns_of(*even, 349000), "gpu1").worse == ()
    assert beside_siblings(columns_of(350000, 244598), "gpu1").compared == 0
    assert beside_siblings(columns_of(*even), "gpu2").compared == 0
