"""Rules of Prometheus as Prometheus itself judges them, and limits that stand in one place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from millwright.adapters.alertfiles import rules_text
from millwright.adapters.catalogs import load
from millwright.deploy.sections.quietrules import maintenance_group
from millwright.deploy.sections.rules import rule_groups
from millwright.errors import InputError
from millwright.model.alertcover import unseen
from millwright.model.alerting import MAINTENANCE
from millwright.model.catalog import Catalog
from millwright.model.health import Window
from tests.conftest import Promtool
from tests.unit.deploy.scenarios import AT, rule_tests

ROLE = Path(__file__).parents[3] / "playbooks" / "roles" / "prometheus" / "templates"


def test_every_condition_fires_on_what_it_is_about_and_on_nothing_else(
    catalog: Catalog, promtool: Promtool, tmp_path: Path
) -> None:
    rules, tests = tmp_path / "rules.yml", tmp_path / "tests.yml"
    rules.write_text(rules_text(rule_groups(catalog.conditions.values())))
    tests.write_text(json.dumps(rule_tests(catalog.conditions, str(rules))))
    promtool("check", "rules", rules)
    promtool("test", "rules", tests)


def test_who_is_worked_at_calls_nobody_while_that_lasts(
    catalog: Catalog, promtool: Promtool, tmp_path: Path
) -> None:
    rules, quiet, tests = (tmp_path / f"{name}.yml" for name in ("rules", "quiet", "tests"))
    rules.write_text(rules_text(rule_groups(catalog.conditions.values())))
    window = Window(
        id="w1", nodes="gpu[1-2]", reason="fans", by="me",
        begin="1970-01-01T00:00:00Z", end="1970-01-01T00:30:00Z",
    )  # fmt: skip
    quiet.write_text(rules_text([maintenance_group([window])]))
    promtool("check", "rules", quiet)
    down = {"series": 'up{job="node-exporter",host="gpu1"}', "values": "0x90"}
    other = {"series": 'up{job="node-exporter",host="gpu3"}', "values": "0x90"}

    def alert(host: str) -> dict[str, Any]:
        condition = catalog.conditions["node-down"]
        return {
            "exp_labels": {
                "host": host, "job": "node-exporter", "severity": "critical", "subject": "node",
            },
            "exp_annotations": {
                "summary": f"{host} does not answer its exporter's port",
                "hint": condition.hint,
                "explain": "millwright explain condition:node-down",
            },
        }  # fmt: skip

    looks = [
        {"eval_time": AT, "alertname": "node-down", "exp_alerts": [alert("gpu3")]},
        {
            "eval_time": "40m",
            "alertname": "node-down",
            "exp_alerts": [alert("gpu1"), alert("gpu3")],
        },
    ]
    test = {"interval": "1m", "input_series": [down, other], "alert_rule_test": looks}
    document = {
        "rule_files": [str(rules), str(quiet)],
        "evaluation_interval": "1m",
        "group_eval_order": ["millwright-maintenance", "millwright-node"],
        "tests": [test],
    }
    tests.write_text(json.dumps(document))
    promtool("test", "rules", tests)


def test_the_role_lays_the_rules_that_the_command_writes(catalog: Catalog) -> None:
    def replaced(text: str, pattern: str, by: str) -> str:
        return re.sub(pattern, by, text)

    frame = jinja2.Environment(trim_blocks=True)
    frame.filters |= {"to_json": json.dumps, "regex_replace": replaced}
    groups = rule_groups(catalog.conditions.values())
    text = (ROLE / "rules.yml.j2").read_text(encoding="utf-8")
    laid = frame.from_string(text).render(prometheus_watch={"groups": groups})
    assert yaml.safe_load(laid) == yaml.safe_load(rules_text(groups))


def test_the_settings_of_prometheus_are_right_with_and_without_rules_laid_beside(
    promtool: Promtool, tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "targets").mkdir()
    (tmp_path / "rules" / "millwright.yml").write_text(rules_text([]))
    frame = jinja2.Environment(trim_blocks=True)
    frame.filters |= {"to_json": json.dumps, "bool": bool}
    watch = {
        "scrape_interval_s": 15,
        "evaluation_interval_s": 15,
        "address": "10.0.0.1",
        "jobs": (),
    }
    text = (ROLE / "prometheus.yml.j2").read_text(encoding="utf-8")
    (tmp_path / "prometheus.yml").write_text(
        frame.from_string(text).render(
            prometheus_watch=watch, prometheus_folder=str(tmp_path), prometheus_factory="lab",
            prometheus_simulated=True, prometheus_alertmanager_port=9093,
        )
    )  # fmt: skip
    promtool("check", "config", tmp_path / "prometheus.yml")
    (tmp_path / "rules" / "millwright-maintenance.yml").write_text(
        rules_text([maintenance_group([])])
    )
    promtool("check", "config", tmp_path / "prometheus.yml")


def test_a_limit_stands_in_one_place(catalog: Catalog) -> None:
    for condition in catalog.conditions.values():
        bound = condition.above or condition.below
        assert bound is not None
        if condition.limit_of:
            check = catalog.checks[condition.limit_of]
            assert bound is (check.at_most or check.at_least), condition.name
            assert (condition.above is None) == (check.at_most is None)
            assert not check.limits, f"{check.name} has limits by GPU, which a rule cannot tell"
            if "window" in check.silenced_by:
                assert "window" in condition.silenced_by
            if "boot" in check.silenced_by:
                assert condition.boot_grace_s, condition.name
        for name in condition.shows:
            shown = catalog.checks[name]
            limits = [each.value for each in (shown.at_most, shown.at_least) if each]
            assert set(limits) <= {0, 1}, f"{condition.name} has a limit of its own beside {name}"


def test_another_check_of_the_site_changes_the_alert(tmp_path: Path, catalog: Catalog) -> None:
    check = catalog.checks["disk-full"]
    words = ("name", "title", "subject", "signal", "severity", "scope", "summary", "advice")
    own: dict[str, Any] = {word: getattr(check, word) for word in words}
    own |= {"at_most": 80, "actions": list(check.actions)}
    file = {"schema": "millwright.catalog/1", "checks": [own]}
    (tmp_path / "site.yaml").write_text(json.dumps(file))
    assert load(tmp_path).catalog.conditions["disk-full"].comparison == "> 80"
    own |= {"none_of": ["full"]}
    del own["at_most"]
    (tmp_path / "site.yaml").write_text(json.dumps(file))
    with pytest.raises(InputError) as found:
        load(tmp_path)
    assert {problem.expected for problem in found.value.problems} == {
        "a check with at_most or at_least"
    }


def test_what_no_exporter_shows_is_named(catalog: Catalog) -> None:
    names = {each.check for each in unseen(catalog.checks, catalog.conditions)}
    assert {"mount-hangs", "gpu-tools-hang"} <= names
    assert not names & {"gpu-missing", "disk-full", "port-symbol-errors"}


def test_alerts_that_a_window_silences_read_its_measure(catalog: Catalog) -> None:
    alerts = {a.name: a for g in rule_groups(catalog.conditions.values()) for a in g.alerts}
    quiet = {name for name, alert in alerts.items() if MAINTENANCE in alert.expr}
    assert quiet == {n for n, c in catalog.conditions.items() if "window" in c.silenced_by}
    assert all(a.explain == f"millwright explain condition:{a.name}" for a in alerts.values())
