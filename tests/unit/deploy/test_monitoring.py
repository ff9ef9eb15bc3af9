"""Watching, from the design: whom Prometheus asks, what calls a person, whom that reaches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millwright.deploy.checks import Verdict
from millwright.deploy.inputs import Inputs
from millwright.deploy.roles.monitoring import (
    GPU_EXPORTER,
    NODE_EXPORTER,
    PROMETHEUS,
    SLURM_METRICS,
    designed_targets,
    judge_targets,
)
from millwright.deploy.sections.monitoring import watched
from millwright.deploy.sections.receivers import Receiver, receiver
from millwright.deploy.sections.rules import rule_groups
from millwright.deploy.undeployable import Undeployable
from millwright.model.catalog import Catalog
from millwright.model.condition import Condition
from millwright.model.site import Service, Services
from tests.unit.deploy.fakes import lab_inputs
from tests.unit.deploy.scenarios import SCENARIOS


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 2)


def told(inputs: Inputs, **changed: Any) -> str:
    targets = [[job, host, "up", ""] for job, host in sorted(designed_targets(inputs))]
    count = sum(len(g.recordings) + len(g.alerts) for g in inputs.factory.monitoring.groups)
    well = {"targets": targets, "rules": [["node-down", "ok", ""]] * count, "managers": 1}
    return json.dumps({**well, **changed})


def test_every_host_is_asked_and_gpus_where_they_are(inputs: Inputs) -> None:
    hosts = {("node-exporter", name) for name in ("gpu1", "gpu2", "head-1")}
    gpus = {("gpu-exporter", name) for name in ("gpu1", "gpu2")}
    head = {("prometheus", "head-1"), ("alertmanager", "head-1")}
    assert designed_targets(inputs) == hosts | gpus | head


def test_prometheus_is_proven_by_the_targets_and_rules_of_the_design(inputs: Inputs) -> None:
    assert judge_targets(inputs, told(inputs)).standing == "proven"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"targets": []}, "alertmanager of head-1 is not asked"),
        ({"rules": []}, "0 rules are loaded"),
        ({"managers": 0}, "it knows no alertmanager"),
    ],
)
def test_prometheus_that_differs_from_the_design_fails(
    inputs: Inputs, change: dict[str, Any], words: str
) -> None:
    verdict = judge_targets(inputs, told(inputs, **change))
    assert (verdict.standing, words in verdict.detail) == ("failed", True)


def test_a_target_too_many_a_broken_rule_and_an_odd_answer_are_seen(inputs: Inputs) -> None:
    asked = [[job, host, "up", ""] for job, host in designed_targets(inputs)]
    more = told(inputs, targets=[*asked, ["node-exporter", "gpu9", "up", ""]])
    assert "node-exporter of gpu9 is not designed" in judge_targets(inputs, more).detail
    rules = json.loads(told(inputs))["rules"]
    broken = told(inputs, rules=[["gpu-xid", "err", "many-to-many"], *rules[1:]])
    assert judge_targets(inputs, broken).detail == "gpu-xid: many-to-many"
    assert judge_targets(inputs, "not found").standing == "failed"


def test_a_host_that_is_down_is_that_hosts_failure_and_not_the_heads(inputs: Inputs) -> None:
    targets = [
        [job, host, "down" if host == "gpu2" else "up", "no route"]
        for job, host in designed_targets(inputs)
    ]
    text = told(inputs, targets=targets)
    assert judge_targets(inputs, text).standing == "proven"
    seen = [role.checks("gpu2", inputs)[-1] for role in (NODE_EXPORTER, GPU_EXPORTER)]
    assert [check.asked for check in seen] == ["head-1", "head-1"]
    assert [check.judge(text) for check in seen] == [
        Verdict("failed", f"{job} is down: no route") for job in ("node-exporter", "gpu-exporter")
    ]
    assert NODE_EXPORTER.checks("gpu1", inputs)[-1].judge(text).standing == "proven"
    assert NODE_EXPORTER.checks("gpu1", inputs)[-1].judge("{}").standing == "failed"


def test_exporters_must_tell_what_the_design_has(inputs: Inputs) -> None:
    counted = GPU_EXPORTER.checks("gpu1", inputs)[1]
    assert counted.judge("8").standing == "proven"
    assert counted.judge("7").detail == "it tells of 7 GPUs, and the design has 8"
    units = NODE_EXPORTER.checks("head-1", inputs)[0]
    assert [units.judge(text).standing for text in ("9", "0", "")] == ["proven", "failed", "failed"]
    nodes = SLURM_METRICS.checks("head-1", inputs)[1]
    line = 'millwright_slurm_nodes{state="idle"} '
    assert [nodes.judge(f"{line}{count}\n").standing for count in (2, 3)] == ["proven", "failed"]


def test_gpus_without_a_known_exporter_are_not_testable(catalog: Catalog, inputs: Inputs) -> None:
    node = inputs.nodes["gpu1"]
    bare = catalog.model_copy(update={"stacks": {}})
    unseen = node.model_copy(update={"watched": watched(node, None, "compute", bare, True)})
    changed = inputs.model_copy(update={"nodes": {**inputs.nodes, "gpu1": unseen}})
    (only,) = GPU_EXPORTER.checks("gpu1", changed)
    assert only.judge("").standing == "not testable"


def test_a_host_tells_its_designed_adapters_unless_they_are_simulated(
    catalog: Catalog, inputs: Inputs
) -> None:
    node, server = inputs.nodes["gpu1"], catalog.servers["dgx-h100"]
    real = watched(node, server, "compute", catalog, False)
    assert len(real.rdma_devices) == 8
    assert watched(node, server, "compute", catalog, True).rdma_devices == ()
    assert {"slurmd.service", "nvidia-fabricmanager.service"} <= set(real.units)


def test_the_prometheus_of_a_grown_design_is_done_again(catalog: Catalog, inputs: Inputs) -> None:
    assert "factory.monitoring" in PROMETHEUS.reads
    grown = lab_inputs(catalog, 3)
    assert designed_targets(grown) - designed_targets(inputs) == {
        ("node-exporter", "gpu3"),
        ("gpu-exporter", "gpu3"),
    }


def test_each_condition_is_one_alert_and_its_measure_is_kept_where_it_has_a_name(
    catalog: Catalog,
) -> None:
    groups = rule_groups(catalog.conditions.values())
    alerts = [alert for group in groups for alert in group.alerts]
    assert sorted(alert.name for alert in alerts) == sorted(catalog.conditions)
    kept = {recording.record for group in groups for recording in group.recordings}
    assert kept == {c.record for c in catalog.conditions.values() if c.record}
    graced = {a.name for a in alerts if "node_boot_time_seconds >" in a.expr}
    assert {"gpu-missing", "fabric-link-down"} <= graced
    assert "node-down" not in graced


def test_a_condition_has_exactly_one_side() -> None:
    plain = {"name": "hot", "subject": "gpu", "measure": "x", "for_s": 0, "severity": "info"}

    def condition(**more: float) -> Condition:
        return Condition.model_validate({**plain, "summary": "s", **more})

    for wrong in ({}, {"above": 1.0, "below": 2.0}):
        with pytest.raises(ValueError, match="exactly one of above and below"):
            condition(**wrong)
    assert condition(above=1.0).comparison == "> 1"


def test_alerts_go_where_the_spec_says() -> None:
    assert receiver(Services()) == Receiver()
    web = "https://tickets.example.org:8443/hook"
    assert receiver(Services(tickets=web)).url == web
    mail = Service(uri="smtp://mail.example.org:25", to="noc@example.org")
    assert receiver(Services(tickets=mail)).smarthost == "mail.example.org:25"
    assert receiver(Services(siem="https://siem.example.org/in")).name == "siem"
    assert receiver(Services(siem="syslog-tls://siem.example.org:6514")).kind == "nobody"


@pytest.mark.parametrize(
    "wrong",
    [
        "tickets.example.org",
        "https://user:secret@tickets.example.org/",
        'https://x.org/"; y',
        Service(uri="smtp://mail.example.org:25"),
        Service(kind="jira"),
    ],
)
def test_a_receiver_that_takes_no_alerts_is_refused_by_its_key(wrong: Any) -> None:
    with pytest.raises(Undeployable, match=r"services\.tickets"):
        receiver(Services(tickets=wrong))


def test_every_condition_has_a_scenario_that_makes_it_true(catalog: Catalog) -> None:
    assert {scenario.condition for scenario in SCENARIOS} == set(catalog.conditions)
