"""Earlier runs, told again: whole ones, cut off ones, torn lines, removed outputs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from millwright.adapters.earlier import events, run_folder, runs
from millwright.adapters.recording import recorder
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from millwright.model.standing import Done
from millwright.ports import Answer, Played
from millwright.reports.runs import event_lines, runs_table

SAID = b"".join(
    json.dumps(task).encode() + b"\n"
    for task in (
        {"task": "Write names", "ended": "ok", "changed": True, "said": ""},
        {"task": "Set the name", "ended": "failed", "changed": False, "said": "no such host"},
    )
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    with recorder(Workspace(tmp_path), "deploy", simulated=True) as record:
        for node in ("gpu1", "gpu2"):
            played = Played(node, "failed", 2.0, 2, 1, "Set the name", "no such host", said=SAID)
            record.keep_played(played, "names.yml")
        record.keep(Answer("gpu1", ("hostname",), "exit", 0, 0.1, b"gpu1\n"))
    return Workspace(tmp_path)


def only(workspace: Workspace) -> Path:
    (path,) = (workspace.root / "runs").iterdir()
    return path


def verdicts(run: str) -> list[Done]:
    at = f"{run[:4]}-{run[4:6]}-{run[6:8]}T23:59:59Z"
    return [Done(h, "names", "", "failed", run, at, "no such host") for h in ("gpu1", "gpu2")]


def test_a_run_is_listed_with_what_came_of_it(workspace: Workspace) -> None:
    run = only(workspace).name
    (told,) = runs(workspace, ("deploy",), verdicts(run))
    assert (told.lines, told.ended, told.simulated) == (3, True, True)
    assert told.standings == {"failed": 2}
    assert told.hosts == ("gpu1", "gpu2")
    assert runs_table([told]).rows[0][3:] == ("gpu[1-2]", "2 failed", "ended · SIMULATED")
    assert list(runs(workspace, ("check",), [])) == []


def test_it_is_told_again_task_by_task_and_hosts_alike_together(workspace: Workspace) -> None:
    path = only(workspace)
    lines = [line for _, line in event_lines(events(path, verdicts(path.name)))]
    assert "names.yml                gpu[1-2] (2)  exit 2  no such host" in lines[0]
    assert lines[1].split() == ["changed", "Write", "names"]
    assert lines[2].split() == ["failed", "Set", "the", "name", "no", "such", "host"]
    assert "hostname                 gpu1 (1)  ok" in lines[3]
    assert "names                    gpu[1-2] (2)  FAIL  no such host" in lines[4]


def test_a_cut_off_run_is_told_as_far_as_it_came(workspace: Workspace) -> None:
    path = only(workspace)
    (path / "evidence.head.json").unlink()
    with open(path / "evidence.jsonl", "ab") as chain:
        chain.write(b'{"torn')
    (told,) = runs(workspace, ("deploy",), [])
    assert (told.lines, told.ended) == (3, False)
    assert len(events(path, [])) == 3


def test_a_run_without_any_line_is_told_too(workspace: Workspace) -> None:
    path = only(workspace)
    (path / "evidence.jsonl").unlink()
    (told,) = runs(workspace, ("deploy",), [])
    assert (told.lines, told.seconds) == (0, None)
    assert events(path, []) == []


def test_a_removed_output_costs_its_tasks_only(workspace: Workspace) -> None:
    path = only(workspace)
    for blob in (path / "blobs").iterdir():
        blob.unlink()
    assert [event.tasks for event in events(path, [])] == [(), (), ()]


def test_a_run_is_named_by_the_start_of_its_name(workspace: Workspace) -> None:
    path = only(workspace)
    assert run_folder(workspace, path.name[:10]) == path
    for wrong in ("2019", "", "../runs", "."):
        with pytest.raises(MillwrightError, match="no run"):
            run_folder(workspace, wrong)
