"""`manage drill` as it is typed: what is told without a node, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from millwright.adapters.atwork import FILE, Worker, worker_of
from millwright.adapters.drillbook import SqlDrillBook
from millwright.adapters.ledger import ledger_of
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.adapters.workspace import Workspace
from millwright.cli.door import Door
from millwright.cli.drillrun import ending
from millwright.cli.drillsite import host_of
from millwright.model.drill import DrillFigure, DrillRecord, Objective
from millwright.model.verdict import Verdict
from tests.conftest import Run
from tests.unit.journeys.drillworld import BEGUN, ID, plan_of

SPEC = """\
schema: millwright.factory/1
name: site
blueprint: lab
compute: [{name: gpu, nodes: 4, tier: clinical}]
tiers: [{name: clinical, min_replicas: 2, rto_min: 15}]
workloads: [{name: ct, kind: imaging-inference, tier: clinical, needs_wan: false}]
"""


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    root = tmp_path_factory.mktemp("solved")
    (root / "factory.yaml").write_text(SPEC)
    assert run("-C", str(root), "design", "solve").status == 0
    return root


@pytest.fixture
def site(solved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(solved, tmp_path / "site"))


def kept(site: Path, record: DrillRecord) -> None:
    ledger = ledger_of(site)
    try:
        SqlDrillBook(ledger, SqlLifecycle(ledger)).keep(record)
    finally:
        ledger.close()


def failed() -> DrillRecord:
    goal = Objective(figure="job-elsewhere", at_most=15, unit="min", source="factory.yaml: tier x")
    figure = DrillFigure(
        name="job-elsewhere", what="its job runs on another node", value=1200, unit="s",
        objective=goal, verdict=Verdict.FAIL, why="at most 15 min",
    )  # fmt: skip
    return DrillRecord(
        id=ID, kind="node-loss", stands="done", opened=BEGUN.isoformat(), simulated=True,
        plan=plan_of(), figures=(figure,), verdict=Verdict.FAIL, why="too late", runs=("runs/x",),
    )  # fmt: skip


def test_the_list_tells_objectives_of_the_spec_and_what_was_never_run(site: Path, run: Run) -> None:
    told = json.loads(run("-C", str(site), "manage", "drill", "list", "--json").out)
    kinds = {each["kind"]: each for each in told["kinds"]}
    assert [g["figure"] for g in kinds["node-loss"]["objectives"]] == [
        "job-elsewhere",
        "left-serving",
    ]
    assert [g["at_most"] for g in kinds["wan-loss"]["objectives"]] == [0, 15]
    assert [g["figure"] for g in kinds["head-restore"]["objectives"]] == ["restored"]
    assert {each["verdict"] for each in kinds.values()} == {None}
    assert "never run" in run("-C", str(site), "manage", "drill", "list").out


def test_a_kept_drill_is_shown_and_reported_with_its_verdict(site: Path, run: Run) -> None:
    kept(site, failed())
    shown = run("-C", str(site), "manage", "drill", "status")
    assert (shown.status, "20.0 min" in shown.out, "SIMULATED" in shown.out) == (1, True, True)
    out = site / "drills"
    told = run("-C", str(site), "manage", "drill", "report", "--out", str(out))
    assert "FAIL" in told.out
    assert "job-elsewhere 20.0 min, at most 15 min" in told.out
    assert sorted(path.name for path in out.iterdir()) == [
        "drills.html",
        "drills.json",
        "drills.pdf",
    ]
    page = (out / "drills.html").read_text()
    assert "factory.yaml: tier x" in page
    assert "SIMULATED" in page
    assert json.loads((out / "drills.json").read_text())["drills"][0]["verdict"] == "FAIL"
    assert "FAIL" in run("-C", str(site), "manage", "drill", "list").out


def test_an_open_drill_is_gone_on_with_before_another_one_is_run(site: Path, run: Run) -> None:
    kept(site, failed().model_copy(update={"stands": "open", "verdict": None}))
    again = run("-C", str(site), "manage", "drill", "run", "node-loss", "--confirm=site")
    assert (again.status, f"{ID} is open" in again.err) == (2, True)
    assert "manage drill resume" in again.err
    assert run("-C", str(site), "manage", "drill", "status").status == 3


def test_going_on_with_a_drill_that_was_killed_before_its_first_line_takes_nothing_away(
    site: Path, run: Run
) -> None:
    kept(site, failed().model_copy(update={"stands": "open", "verdict": None, "figures": ()}))
    answer = run("-C", str(site), "manage", "drill", "resume", "--json")
    told = json.loads(answer.out)
    assert (answer.status, told["stands"]) == (1, "abandoned")
    assert told["why"] == "it was interrupted before anything was taken away"
    assert [each["step"] for each in told["timeline"]] == ["begin", "begin"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_order_to_end_counts_as_ctrl_c_and_what_is_away_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    ended: list[str] = []

    def steps() -> Iterator[str]:
        try:
            yield "gpu1 has no power"
        finally:
            ended.append("closed")

    going, before = steps(), signal.getsignal(number)
    next(going)
    with pytest.raises(KeyboardInterrupt), ending(Door(tmp_path), failed(), going):
        os.kill(os.getpid(), number)
    assert (ended, signal.getsignal(number)) == (["closed"], before)
    told = " ".join(capsys.readouterr().err.split())
    assert "gpu1 may be without power" in told
    assert "manage drill resume" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "nodeloss"), "did you mean node-loss?"),
        (("run", "node-loss", "--confirm=other"), "--confirm names 'other'"),
        (("plan", "wan-loss", "--inside", "10.0/8x"), "--inside"),
        (("plan", "node-loss", "--as", "a b"), "which is no user"),
        (("status",), "no drill was run yet"),
        (("status", "drl-x"), "no drill was run yet"),
    ],
)
def test_what_is_wrong_is_named(site: Path, run: Run, words: tuple[str, ...], told: str) -> None:
    answer = run("-C", str(site), "manage", "drill", *words)
    assert answer.status == 2
    assert told in answer.err


def test_nothing_open_is_nothing_to_go_on_with(site: Path, run: Run) -> None:
    assert run("-C", str(site), "manage", "drill", "resume").status == 0


@pytest.mark.parametrize(
    ("said", "host"),
    [
        ("ldaps://dc1.example", "dc1.example"),
        ("siem.example:6514", "siem.example"),
        ("10.0.0.2", "10.0.0.2"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:6514", "2001:db8::1"),
        ("https://vault.example:8200/v1", "vault.example"),
        ("/etc/ssl/site.pem", ""),
    ],
)
def test_the_host_of_a_service_is_read_as_specs_write_it(said: str, host: str) -> None:
    assert host_of(said) == host


def test_a_stopped_drill_is_closed_and_nothing_open_is_nothing_to_stop(
    site: Path, run: Run
) -> None:
    assert run("-C", str(site), "manage", "drill", "stop").status == 0
    kept(site, failed().model_copy(update={"stands": "open", "verdict": None, "figures": ()}))
    answer = run("-C", str(site), "manage", "drill", "stop", "--why", "an emergency", "--json")
    told = json.loads(answer.out)
    assert (answer.status, told["stands"], told["verdict"]) == (0, "stopped", None)
    assert "an emergency" in told["why"]
    assert [each["step"] for each in told["timeline"]] == ["begin", "stop", "begin"]
    assert not (site / FILE).exists()


HOLDS = """\
import sys, time
from pathlib import Path
from millwright.adapters.atwork import at_work
from millwright.adapters.workspace import Workspace
with at_work(Workspace(Path(sys.argv[1])), "drl-x"):
    print("at work", flush=True)
    time.sleep(60)
"""


def test_who_carries_a_drill_out_is_found_and_ends_as_told(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert worker_of(workspace) is None
    words = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as held:
        assert held.stdout is not None
        assert held.stdout.readline() == "at work\n"
        worker = worker_of(workspace)
        assert worker == Worker("drl-x", held.pid)
        worker.end()
    assert held.returncode == -signal.SIGTERM
    assert worker_of(workspace) is None
    note = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps({**note, "pid": os.getpid()}))
    assert worker_of(workspace) is None


def unknown(**more: object) -> DrillRecord:
    """Return a drill that is UNKNOWN by one figure."""
    figure = DrillFigure(name="rows", what="rows", verdict=Verdict.UNKNOWN).model_copy(update=more)
    said = {"figures": (figure,), "verdict": Verdict.UNKNOWN}
    return failed().model_copy(update=said)


@pytest.mark.parametrize(
    ("record", "status"),
    [
        (failed(), 1),
        (unknown(why="nobody tried it"), 3),
        (unknown(unpromised=True, value=4.0), 1),
        (failed().model_copy(update={"verdict": Verdict.WARN}), 0),
        (failed().model_copy(update={"verdict": None, "stands": "abandoned"}), 1),
    ],
)
def test_what_did_not_answer_is_told_apart_from_what_nobody_promised(
    site: Path, run: Run, record: DrillRecord, status: int
) -> None:
    kept(site, record)
    assert run("-C", str(site), "manage", "drill", "status").status == status
