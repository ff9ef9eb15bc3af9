"""Gates from pilot to production: what answers each, and that nothing is ready by default."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.manage.ready.gates import ASKED, readiness
from millwright.manage.ready.machines import acceptance, capacity, drill, redundancy
from millwright.manage.ready.people import (
    CLOSING,
    OF_HEAD,
    OF_NODES,
    compliance,
    downtime,
    monitoring,
    sign_off,
    stands,
)
from millwright.manage.ready.records import Need, Records
from millwright.model.cluster import Cluster, Device, PoolSize
from millwright.model.drill import DrillKind, DrillPlan, DrillRecord
from millwright.model.modelword import ModelWord, WordKind
from millwright.model.placement import Decision, Forbidden
from millwright.model.readiness import (
    GATES,
    Accepted,
    Controls,
    GateAnswer,
    GateItem,
    Owners,
    worst_of,
)
from millwright.model.slo import SloDocument, TierSlo
from millwright.model.spec import Factory
from millwright.model.standing import Done, Standing
from millwright.model.verdict import Verdict
from tests.conftest import factory

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTS = ("gpu1", "gpu2", "gpu3")
TIER = {
    "name": "clinical", "min_replicas": 2, "downtime_procedure": "docs/down.md",
    "slo": {"availability": 0.999},
}  # fmt: skip
LOAD = {
    "name": "ct", "kind": "imaging-inference", "modality": "ct", "studies_per_day": 100,
    "tier": "clinical", "data": {"class": "phi", "residency": ["US"]}, "needs_wan": False,
}  # fmt: skip


def spec(**keys: Any) -> Factory:
    """A hospital with one workload."""
    base: dict[str, Any] = {
        "compute": [{"name": "gpu", "server": "dgx-h100", "nodes": 3, "tier": "clinical"}],
        "tiers": [TIER], "workloads": [LOAD], "compliance": {"frameworks": ["hipaa"]},
        "zones": [{"name": "campus", "kind": "on-prem", "jurisdiction": "US"}],
        "feeds": [{"name": "pacs", "protocol": "dicom", "fallback": "worklist"}],
    }  # fmt: skip
    return factory(**{**base, **keys})


def cluster() -> Cluster:
    """Three nodes and a head; what gates do not look at is left out."""
    nodes = [Device(name=name, role="compute", kind="server", model="dgx-h100", pool="gpu")
             for name in HOSTS]  # fmt: skip
    head = Device(name="head", role="management", kind="server", model="mgmt")
    pool = PoolSize(name="gpu", server="dgx-h100", nodes=3, gpus=24, scalable_units=1, slots=3)
    return Cluster.model_construct(name="test", pools=(pool,), devices=(*nodes, head))


def run_of(kind: DrillKind, verdict: Verdict | None, nodes: tuple[str, ...] = ("gpu1",),
           days: int = 3) -> DrillRecord:  # fmt: skip
    """A drill as its book keeps it."""
    at = (NOW - timedelta(days=days)).isoformat()
    plan = DrillPlan(
        kind=kind, factory="test", at=at, simulated=False, nodes=nodes, touches=(), blast=(),
        undone_by="it", steps=(), limit_s=60,
    )  # fmt: skip
    return DrillRecord(
        id=f"drl-{kind}", kind=kind, stands="done", opened=at, simulated=False, plan=plan,
        verdict=verdict,
    )  # fmt: skip


def proven(standing: Standing = "proven") -> dict[tuple[str, str], Done]:
    """Every role that gates ask of, on every host."""
    return {
        (host, role): Done(host, role, "x", standing, "run", "2026-02-01T00:00:00Z")
        for host in (*HOSTS, "head")
        for role in (*OF_HEAD, *OF_NODES, *CLOSING)
    }


def word(seq: int, kind: WordKind, **keys: Any) -> ModelWord:
    """A word of the trail."""
    return ModelWord(
        seq=seq, at="2026-02-01T10:00:00Z", actor="ann", role="clinical owner", model="ct-net",
        version="2.1", kind=kind, workload="ct", prev="0" * 64, **keys,
    )  # fmt: skip


def whole(**keys: Any) -> Records:
    """A workspace in which everything is recorded, and well."""
    tier = TierSlo(tier="clinical", answer="met")
    decision = Decision(
        id="place-ct", subject="placement", decision="ct runs in campus", rule="MW-D-097",
        reason="near", date="2026-01-01", workload="ct", zone="campus",
    )  # fmt: skip
    known: dict[str, Any] = {
        "now": NOW, "factory": spec(), "cluster": cluster(), "local": frozenset({"ct"}),
        "need": {"ct": Need("dgx-h100", 16, 2, 8, "measured")},
        "accepted": {host: Accepted(Verdict.PASS, "run-1") for host in HOSTS},
        "standing": proven(),
        "slo": SloDocument(at=NOW.isoformat(), simulated=False, told_by="recording", tiers=(tier,)),
        "drills": tuple(run_of(kind, Verdict.PASS)
                        for kind in ("node-loss", "head-restore", "wan-loss")),
        "decisions": (decision,), "procedures": {"docs/down.md": 100},
        "words": (word(0, "signed-off"),), "signed": frozenset({0}),
        "controls": Controls(NOW.isoformat(), {"pass": 20, "attested": 4}, "runs/x"),
        "watched": {"ct": GateItem(what="inputs and outputs", answer="ready", told="well")},
    }  # fmt: skip
    return Records(**{**known, **keys})


def answers(items: Any) -> dict[str, GateAnswer]:
    """The answers of a gate by what they are about."""
    return {each.what: each.answer for each in items}


def test_a_workspace_in_which_everything_is_recorded_well_is_ready() -> None:
    records = whole()
    found = readiness(records, records.factory.workloads[0])
    assert {gate.gate: gate.answer for gate in found.gates} == dict.fromkeys(GATES, "ready")
    assert found.answer == "ready"


def test_a_workspace_in_which_nothing_is_recorded_is_ready_nowhere() -> None:
    records = Records(now=NOW, factory=spec(zones=[]), local=frozenset({"ct"}))
    found = readiness(records, records.factory.workloads[0])
    assert found.answer == "unknown"
    assert {gate.answer for gate in found.gates} == {"unknown"}
    assert all(each.do or each.answer in ("ready", "not-needed")
               for gate in found.gates for each in gate.items)  # fmt: skip


@pytest.mark.parametrize(
    ("need", "expected"),
    [
        (Need("dgx-h100", 24, 3, 8, "measured"), "ready"),
        (Need("dgx-h100", 25, 4, 8, "measured"), "missing"),
        (Need("dgx-h100", 16, 2, 8, "estimate"), "unknown"),
        (Need("dgx-h200", 16, 2, 8, "measured"), "unknown"),
        (Need("dgx-h100", None, None, refused="no GPU holds it"), "missing"),
        (None, "unknown"),
    ],
)
def test_capacity_is_what_all_workloads_ask_for_against_what_is_designed(
    need: Need | None, expected: str
) -> None:
    records = whole(need={"ct": need} if need else {})
    asked = capacity(records, records.factory.workloads[0])
    assert worst_of(each.answer for each in asked) == expected


def test_a_workload_that_runs_elsewhere_is_not_answered_from_this_site() -> None:
    records = whole(local=frozenset())
    (only,) = capacity(records, records.factory.workloads[0])
    assert only.answer == "unknown"
    assert "nothing was written" in only.told


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, "unknown"),
        (run_of("node-loss", None), "unknown"),
        (run_of("node-loss", Verdict.PASS), "ready"),
        (run_of("node-loss", Verdict.UNKNOWN), "unknown"),
        (run_of("node-loss", Verdict.FAIL), "missing"),
        (run_of("node-loss", Verdict.PASS, ("cpu1",)), "unknown"),
        (run_of("node-loss", Verdict.PASS, days=366), "unknown"),
    ],
)
def test_a_drill_counts_if_it_was_of_these_nodes_and_is_no_year_old(
    last: DrillRecord | None, expected: str
) -> None:
    assert drill(whole(drills=(last,) if last else ()), "node-loss", HOSTS).answer == expected


def test_as_many_nodes_as_must_serve_are_no_spare() -> None:
    records = whole(factory=spec(tiers=[{**TIER, "min_replicas": 3}]))
    found = answers(redundancy(records, records.factory.workloads[0]))
    assert found["spare"] == "missing"
    assert found["drill wan-loss"] == "ready"


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [("PASS", "ready"), ("WARN", "ready"), ("UNKNOWN", "unknown"), ("FAIL", "missing"),
     (None, "unknown")],
)  # fmt: skip
def test_acceptance_is_as_good_as_the_worst_node(verdict: str | None, expected: str) -> None:
    known = {host: Accepted(Verdict.PASS, "run-1") for host in HOSTS[:2]}
    if verdict:
        known["gpu3"] = Accepted(Verdict(verdict), "run-1")
    records = whole(accepted=known)
    found = list(acceptance(records, records.factory.workloads[0]))
    assert worst_of(each.answer for each in found) == expected


@pytest.mark.parametrize(
    ("standing", "expected"),
    [("proven", "ready"), ("not testable", "unknown"), ("unknown", "unknown"),
     ("failed", "missing")],
)  # fmt: skip
def test_a_role_counts_where_it_is_proven_on_every_host(standing: Standing, expected: str) -> None:
    rows = proven()
    rows["gpu2", "firewall"] = replace(rows["gpu2", "firewall"], standing=standing)
    assert stands(whole(standing=rows), "firewall", HOSTS).answer == expected
    del rows["gpu2", "firewall"]
    assert stands(whole(standing=rows), "firewall", HOSTS).answer == "missing"


@pytest.mark.parametrize(
    ("answer", "days", "expected"),
    [("met", 1, "ready"), ("missed", 1, "missing"), ("unknown", 1, "unknown"),
     ("met", 31, "unknown")],
)  # fmt: skip
def test_promises_count_as_recorded_and_not_for_long(answer: Any, days: int, expected: str) -> None:
    at = (NOW - timedelta(days=days)).isoformat()
    tier = TierSlo(tier="clinical", answer=answer)
    told = SloDocument(at=at, simulated=False, told_by="recording", tiers=(tier,))
    records = whole(slo=told)
    assert answers(monitoring(records, records.factory.workloads[0]))["promises"] == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [({"docs/down.md": 10}, "ready"), ({"docs/down.md": 0}, "missing"),
     ({"docs/down.md": None}, "missing"), ({}, "unknown")],
)  # fmt: skip
def test_a_downtime_procedure_is_a_file_with_words_in_it(files: Any, expected: str) -> None:
    records = whole(procedures=files)
    assert answers(downtime(records, records.factory.workloads[0]))["procedure"] == expected


def test_a_zone_that_a_rule_forbids_holds_compliance_back() -> None:
    records = whole()
    against = Forbidden(zone="campus", rule="MW-D-090", reference="x", reason="not there")
    bent = records.decisions[0].model_copy(update={"forbidden": (against,)})
    found = answers(compliance(replace(records, decisions=(bent,)), records.factory.workloads[0]))
    assert found["place"] == "missing"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [({"pass": 3}, "ready"), ({}, "unknown"), ({"pass": 3, "fail": 1}, "missing"),
     ({"pass": 3, "unknown": 1}, "unknown"), ({"pass": 3, "unanswered": 1}, "unknown")],
)  # fmt: skip
def test_controls_count_only_where_all_are_answered(counts: Any, expected: str) -> None:
    records = whole(controls=Controls(NOW.isoformat(), counts, "x"))
    assert answers(compliance(records, records.factory.workloads[0]))["controls"] == expected


@pytest.mark.parametrize(
    ("words", "signed", "expected"),
    [
        ((), set(), "unknown"),
        ((word(0, "signed-off"),), {0}, "ready"),
        ((word(0, "signed-off"),), set(), "unknown"),
        ((word(0, "signed-off", expires="2026-03-01"),), {0}, "missing"),
        ((word(0, "signed-off", expires="2026-03-02"),), {0}, "ready"),
        ((word(0, "signed-off"), word(1, "withdrawn")), {0, 1}, "missing"),
        ((word(0, "signed-off"), word(1, "retraining-wanted")), {0, 1}, "unknown"),
        ((word(0, "signed-off"), word(1, "withdrawn"), word(2, "signed-off")), {2}, "ready"),
    ],
)
def test_a_model_counts_as_signed_off_while_the_word_holds(
    words: Any, signed: set[int], expected: str
) -> None:
    records = whole(words=words, signed=frozenset(signed))
    assert answers(sign_off(records, records.factory.workloads[0])) == {"model": expected}


def test_a_bent_trail_signs_nothing_off_and_training_needs_no_sign_off() -> None:
    records = whole(trail_broken=0)
    assert answers(sign_off(records, records.factory.workloads[0])) == {"model": "missing"}
    training = spec(workloads=[{"name": "t", "kind": "training"}]).workloads[0]
    assert answers(sign_off(records, training)) == {"model": "not-needed"}


def test_an_owner_is_who_the_file_names_nearest() -> None:
    owners = Owners.model_validate({
        "schema": "millwright.owners/1", "gates": {"capacity": "Bo", "monitoring": "Cy"},
        "workloads": {"ct": {"capacity": "Ann"}},
    })  # fmt: skip
    records = whole(owners=owners)
    found = {g.gate: g.owner for g in readiness(records, records.factory.workloads[0]).gates}
    assert (found["capacity"], found["monitoring"]) == ("Ann", "Cy")
    assert found["acceptance"] == ASKED["acceptance"][1]


@given(st.lists(st.sampled_from(["ready", "not-needed", "unknown", "missing"]), max_size=8))
def test_one_missing_answer_is_never_outweighed(found: list[GateAnswer]) -> None:
    expected = (
        "missing" if "missing" in found else "unknown" if "unknown" in found or not found else None
    )
    assert expected in (None, worst_of(found))
