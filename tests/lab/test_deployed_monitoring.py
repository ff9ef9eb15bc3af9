"""A deployed cluster is watched, and its logs are kept: asked of the head node itself."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from typing import Any
from urllib.parse import quote

from millwright.deploy.dashboards import DASHBOARDS, ON_REAL_FABRICS
from millwright.model.catalog import Catalog
from tests.lab.rehearsal import Rehearsal, await_that
from tests.unit.deploy.scenarios import rule_tests

RULES = "/etc/prometheus/rules/millwright.yml"
NAMED = r"\b(?:up|ALERTS|(?:node|DCGM|millwright)_\w+|[a-z_]+(?::[a-z_]+)+)\b"
"""Names of series in an expression."""
NODES = ("gpu1", "gpu2", "gpu3", "gpu4")
READ = """\
import sys, urllib.parse, urllib.request as web
open_ = web.build_opener(web.ProxyHandler({})).open
sys.stdout.write(open_(sys.argv[1], timeout=20).read().decode())
"""


def asked(site: Rehearsal, path: str) -> Any:
    """Return what Prometheus answers at a path."""
    address = site.shell("head-1", "hostname", "--all-ip-addresses").split()[0]
    return json.loads(
        site.shell("head-1", "python3", "-Ic", READ, f"http://{address}:9090/api/v1/{path}")
    )["data"]


def alerts(site: Rehearsal, name: str, host: str) -> list[dict[str, Any]]:
    return [
        alert
        for alert in asked(site, "alerts")["alerts"]
        if (alert["labels"]["alertname"], alert["labels"].get("host")) == (name, host)
    ]


def test_every_target_of_the_design_is_up_and_there_is_no_other(deployed: Rehearsal) -> None:
    targets = asked(deployed, "targets?state=active")["activeTargets"]
    found = {(t["labels"]["job"], t["labels"]["host"], t["health"]) for t in targets}
    hosts = {("node-exporter", host, "up") for host in (*NODES, "head-1")}
    gpus = {("gpu-exporter", host, "up") for host in NODES}
    head = {(job, "head-1", "up") for job in ("prometheus", "alertmanager")}
    assert found == hosts | gpus | head


def test_every_condition_fires_on_what_it_is_about_and_on_nothing_else(
    deployed: Rehearsal, catalog: Catalog
) -> None:
    own = json.loads((deployed.root / "catalog" / "site.yaml").read_text())["conditions"]
    assert {c["name"] for c in own} <= set(catalog.conditions)
    text = base64.b64encode(json.dumps(rule_tests(catalog.conditions, RULES)).encode()).decode()
    laid = (
        'printf %s "$1" | base64 -d >/tmp/rule-tests.yml && promtool test rules /tmp/rule-tests.yml'
    )
    said = deployed.tells("head-1", "sh", "-c", laid, "sh", text)
    assert said.status == 0, said
    deployed.shell("head-1", "promtool", "check", "config", "/etc/prometheus/prometheus.yml")


def test_a_missing_gpu_calls_a_person_until_it_is_back(deployed: Rehearsal) -> None:
    assert alerts(deployed, "gpu-missing", "gpu2") == []
    deployed.breaks("gpu2", "missing-gpu:3")
    try:
        fired = await_that(
            lambda: [a for a in alerts(deployed, "gpu-missing", "gpu2") if a["state"] == "firing"],
            120.0,
        )
    finally:
        deployed.heals("gpu2")
    assert fired[0]["labels"]["severity"] == "critical"
    assert fired[0]["annotations"]["summary"] == "1 GPUs of gpu2 are not there"
    await_that(lambda: not alerts(deployed, "gpu-missing", "gpu2"), 120.0)


def kept(site: Rehearsal, host: str, mark: str) -> list[str]:
    """Return the lines of a host at the head node that hold a mark."""
    file = f"/var/log/millwright/{host}/messages"
    said = site.tells("head-1", "grep", "--text", "--fixed-strings", "--", mark, file)
    return said.out.splitlines()


def test_lines_that_the_head_node_missed_come_later(deployed: Rehearsal) -> None:
    mark = str(uuid.uuid4())
    deployed.shell("head-1", "systemctl", "stop", "syslog.socket", "rsyslog")
    try:
        time.sleep(2.0)
        for number in range(3):
            deployed.shell("gpu1", "logger", "--priority", "daemon.notice", f"{mark} {number}")
    finally:
        deployed.shell("head-1", "systemctl", "start", "rsyslog")
    await_that(lambda: len(kept(deployed, "gpu1", mark)) == 3, 90.0)


def test_a_line_is_filed_by_where_it_came_from_and_stays_one_line(deployed: Rehearsal) -> None:
    mark = str(uuid.uuid4())
    hostile = f"{mark}\nNov 25 00:00:00 head-1 sudo: $(reboot) `id`; ../../etc/passwd"
    words = ["logger", "--priority", "daemon.notice", "--tag", "head-1", "--", hostile]
    deployed.shell("gpu1", *words)
    lines = await_that(lambda: kept(deployed, "gpu1", mark), 60.0)
    assert all(line.split()[2] == "gpu1" for line in lines)
    assert kept(deployed, "head-1", mark) == []


def test_what_a_program_says_as_a_user_stays_on_its_host(deployed: Rehearsal) -> None:
    private, public = str(uuid.uuid4()), str(uuid.uuid4())
    deployed.shell("gpu1", "logger", private)
    deployed.shell("gpu1", "logger", "--priority", "daemon.notice", public)
    await_that(lambda: kept(deployed, "gpu1", public), 60.0)
    assert kept(deployed, "gpu1", private) == []


def test_dashboards_show_series_that_there_are(deployed: Rehearsal) -> None:
    known = set(asked(deployed, "label/__name__/values"))
    shown = {panel.expr for each in DASHBOARDS for panel in each.panels}
    for expr in shown:
        asked(deployed, f"query?query={quote(expr.replace('$host', '.*'))}")
    names = {name for expr in shown for name in re.findall(NAMED, expr)} - {"ALERTS"}
    assert len(names) > 20
    assert names - known <= ON_REAL_FABRICS | {"millwright_slurm_jobs"}


def test_it_is_left_as_it_was_deployed(deployed: Rehearsal) -> None:
    roles = ("central-logging", "prometheus", "gpu-exporter")
    told = deployed.done("deploy", "apply", "--yes")
    assert told.startswith("nothing to do")
    assert all(f"{role} " in told for role in roles)
