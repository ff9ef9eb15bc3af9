"""`manage remedy` and `manage incident` as they are typed, where no node is reached."""

from __future__ import annotations

import json
import stat
import tarfile
from pathlib import Path

import pytest

from millwright.adapters.ledger import ledger_of
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.model.incident import Complaint, Incident
from millwright.model.lifecycle import Deed, Transition
from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: site
blueprint: lab
compute: [{name: gpu, nodes: 4, tier: clinical}]
tiers:
  - {name: clinical, min_replicas: 4, freeze: ["Mon-Sun 00:00-24:00"], downtime_procedure: down.md}
"""
XID = {
    "check": "gpu-xid", "node": "gpu2", "device": "gpu3", "severity": "critical",
    "message": "Xid 79", "fault": "xid:79", "actions": ["drain", "reboot"], "silenced": None,
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path, run: Run) -> Path:
    (tmp_path / "factory.yaml").write_text(SPEC)
    assert run("-C", str(tmp_path), "design", "solve").status == 0
    sweep = {"schema": "millwright.health/1", "simulated": True, "nodes": {}, "findings": [XID]}
    (tmp_path / "health.json").write_text(json.dumps(sweep))
    return tmp_path


def plan(run: Run, site: Path, *words: str) -> tuple[int, str, str]:
    told = ("-C", str(site), "manage", "remedy", "plan", "--offline")
    answer = run(*told, "--findings", str(site / "health.json"), *words)
    return answer.status, answer.out, answer.err


def test_advice_comes_with_its_numbers_and_everything_that_holds_it(run: Run, site: Path) -> None:
    status, out, _ = plan(run, site)
    assert status == 0
    assert "order: reboot > reset-gpu > work-queue" in out
    assert "Beta(3, 3)" in out
    for rail in ("capacity of the tier", "freeze window", "whose drain"):
        assert f"HOLDS  {rail}" in out
    assert "SIMULATED" in out
    assert not (site / "state.db").exists()
    assert not (site / "runs").exists()


def test_the_same_as_one_document_and_an_exit_status_on_wish(run: Run, site: Path) -> None:
    status, out, _ = plan(run, site, "--json", "--exit-code")
    told = json.loads(out)
    assert (status, told["schema"]) == (1, "millwright.remedy-plan/1")
    (item,) = told["items"]
    assert item["decision"] == "held"
    assert item["choice"]["ladder"] == ["reboot", "reset-gpu", "work-queue"]


def test_the_factory_s_name_opens_the_way_to_its_power_and_another_s_does_not(
    run: Run, site: Path
) -> None:
    _, out, _ = plan(run, site, "--confirm=site", "--json")
    assert "power-cycle" in json.loads(out)["items"][0]["choice"]["ladder"]
    status, _, err = plan(run, site, "--confirm=other")
    assert status == 2
    assert "say --confirm=site" in err


def test_where_nobody_looked_yet_that_is_said(run: Run, site: Path) -> None:
    answer = run("-C", str(site), "manage", "remedy", "plan", "--offline")
    assert answer.status == 2
    assert "millwright manage health" in answer.err


def test_a_wrong_policy_names_its_line_and_nothing_is_written(run: Run, site: Path) -> None:
    (site / "remedy.yaml").write_text("schema: millwright.remedy/1\nfactory: site\nmodes: {}\n")
    status, _, err = plan(run, site)
    assert status == 2
    assert "remedy.yaml:3" in err
    assert not (site / "state.db").exists()


def remember(site: Path) -> None:
    """Keep an incident as a run of repair leaves it."""
    book = SqlLifecycle(ledger_of(site))
    complaint = Complaint(
        node="gpu2",
        device="gpu3",
        fault="xid:79",
        hard=True,
        source="t",
        message="password=hunter22",
    )
    book.keep(
        Incident(
            id="inc-1", node="gpu2", stands="work-queue", opened="2026-11-26T10:00:00Z",
            simulated=True, complaint=complaint,
        )
    )  # fmt: skip
    book.move(
        Transition(
            node="gpu2", before="in-service", after="draining", at="2026-11-26T10:01:00Z",
            incident="inc-1", why="Xid 79", actor="me",
        )
    )  # fmt: skip
    said = {"incident": "inc-1", "node": "gpu2", "step": "recheck", "phase": "done"}
    book.put(Deed.model_validate({**said, "at": "2026-11-26T10:00:30Z", "outcome": "holds"}))


def test_an_incident_is_listed_shown_judged_and_bundled(run: Run, site: Path) -> None:
    remember(site)
    told = ("-C", str(site), "manage", "incident")
    assert "inc-1" in run(*told, "list").out
    shown = run(*told, "show", "inc-1").out
    assert "SIMULATED" in shown
    assert shown.index("recheck done: holds") < shown.index("in-service > draining")
    document = json.loads(run(*told, "show", "inc-1", "--json").out)
    assert (document["schema"], len(document["timeline"])) == ("millwright.incident/1", 3)
    assert run(*told, "show", "inc-2").status == 2
    assert run(*told, "judge", "inc-1", "--wrong").status == 0
    status = json.loads(run("-C", str(site), "manage", "remedy", "status", "--json").out)
    assert status["states"]["gpu2"] == "draining"
    assert status["precision"]["xid"]["wrong"] == 1
    archive = site / run(*told, "bundle", "inc-1").out.strip()
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with tarfile.open(archive) as packed:
        texts = [file.read() for m in packed.getmembers() if (file := packed.extractfile(m))]
    assert len(texts) == 3
    assert not any(b"hunter22" in text for text in texts)


def test_what_is_written_down_is_read_without_a_spec(run: Run, tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path)
    SqlLifecycle(ledger).move(
        Transition(node="gpu2", before="in-service", after="draining", at="2026-01-05T10:00:00Z",
                   incident="inc-1", why="w", actor="a")
    )  # fmt: skip
    ledger.close()
    answer = run("-C", str(tmp_path), "manage", "remedy", "status", "--json")
    assert (answer.status, json.loads(answer.out)["states"]) == (0, {"gpu2": "draining"})
    listed = run("-C", str(tmp_path), "manage", "incident", "list", "--json")
    assert (listed.status, json.loads(listed.out)["incidents"]) == (0, [])
