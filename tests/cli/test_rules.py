"""`manage rules` as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Run


def test_rules_and_dashboards_are_written_and_what_no_alert_shows_is_named(
    tmp_path: Path, run: Run
) -> None:
    (tmp_path / "maintenance.yaml").write_text(
        "schema: millwright.maintenance/1\nwindows:\n  - {id: w1, nodes: 'gpu[1-2]', "
        "begin: '2026-01-05T10:00:00Z', end: '2026-01-05T11:00:00Z', reason: fans, by: me}\n"
    )
    out = tmp_path / "elsewhere"
    answer = run("-C", tmp_path, "manage", "rules", "--out", out, "--json")
    assert run("-C", tmp_path, "manage", "rules", "--out", out).status == 0, "a second time"
    told = json.loads(answer.out)
    assert answer.status == 0
    assert told["schema"] == "millwright.rules-written/1"
    by_name = {each["alert"]: each for each in told["alerts"]}
    assert by_name["disk-full"]["limit_from"] == "check:disk-full"
    assert "mount-hangs" in {each["check"] for each in told["unseen"]}
    assert all((out / name).is_file() for name in told["files"])
    assert (
        'explain: "millwright explain condition:disk-full"' in (out / "millwright.yml").read_text()
    )
    assert (out / "millwright-maintenance.yml").read_text().count("vector(1)") == 2
    assert json.loads((out / "dashboards" / "node.json").read_text())["uid"] == "millwright-node"
    for each in told["alerts"][:3]:
        assert run("explain", f"condition:{each['alert']}").status == 0


def test_without_a_folder_nothing_is_written(tmp_path: Path, run: Run) -> None:
    answer = run("-C", tmp_path, "manage", "rules")
    assert answer.status == 0
    assert " alerts\n" in answer.out
    assert "mount-hangs" in answer.out
    assert list(tmp_path.iterdir()) == []
