"""Dashboards are what the functions say, and stand in the role as files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from millwright.deploy.dashboards import DASHBOARDS, Dashboard, document, text_of
from millwright.deploy.roles.pictures import GRAFANA
from millwright.model.catalog import Catalog
from tests.unit.deploy.fakes import lab_inputs

FILES = Path(__file__).parents[3] / "playbooks" / "roles" / "grafana" / "files" / "dashboards"


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_the_role_lays_the_dashboards_of_the_functions(
    dashboard: Dashboard, request: pytest.FixtureRequest
) -> None:
    file = FILES / f"{dashboard.name}.json"
    text = text_of(dashboard)
    if request.config.getoption("--update-golden"):
        file.write_text(text)
    assert file.read_text() == text


def test_no_other_dashboard_is_laid() -> None:
    assert {file.stem for file in FILES.iterdir()} == {each.name for each in DASHBOARDS}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_panels_have_places_of_their_own_and_read_one_source(dashboard: Dashboard) -> None:
    made = document(dashboard)
    cells = [
        (x, panel["gridPos"]["y"])
        for panel in made["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
    ]
    assert len(cells) == len(set(cells))
    assert all(0 <= x < 24 for x, _ in cells)
    ids = [panel["id"] for panel in made["panels"]]
    assert len(ids) == len(set(ids))
    for panel in made["panels"]:
        assert panel["targets"][0]["datasource"]["uid"] == "millwright"
        chosen = set(re.findall(r"\$(\w+)", panel["targets"][0]["expr"]))
        assert chosen <= set(dashboard.by)


def test_a_head_node_without_grafana_is_not_testable_and_one_that_is_ill_fails(
    catalog: Catalog,
) -> None:
    laid, healthy = GRAFANA.checks("head-1", lab_inputs(catalog, 1))
    assert laid.judge("").standing == "failed"
    none = '{\n "role": "grafana",\n "refused": {"grafana": "no source"}\n}\n'
    assert healthy.judge(none).standing == "not testable"
    there = '{\n "role": "grafana",\n "refused": {}\n}\n'
    assert healthy.judge(there + '{"database": "ok"}').standing == "proven"
    assert healthy.judge(there + '{"database": "failing"}').standing == "failed"
    assert healthy.judge("").standing == "failed"
