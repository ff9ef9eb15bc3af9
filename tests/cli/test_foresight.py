"""Looking ahead and back on the command line: what is told without a host that answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from millwright.adapters.ledger import ledger_of
from millwright.model.standing import Done
from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: pod
blueprint: dgx-superpod-h100
compute: [{name: gpu, nodes: 2}]
"""


@pytest.fixture
def site(tmp_path: Path, run: Run) -> Path:
    (tmp_path / "factory.yaml").write_text(SPEC)
    assert run("-C", tmp_path, "design", "solve").status == 0
    return tmp_path


def tree(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_head_node_that_does_not_answer_is_unknown_and_not_idle(site: Path, run: Run) -> None:
    answer = run("-C", site, "deploy", "plan", "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)
    assert told["steps"]
    assert told["work"]["known"] is False
    assert "does not answer" in told["work"]["unknown"]
    assert told["time"]["seconds"] is None
    assert told["refused"] == []
    assert {step["why"] for step in told["steps"]} == {"never done"}
    assert run("-C", site, "deploy", "plan", "--exit-code").status == 1


@pytest.mark.parametrize("said", ["150%", "@all", "nobody9", "-", "1.5"])
def test_a_wrong_allowance_is_refused_and_nothing_written(site: Path, run: Run, said: str) -> None:
    before = tree(site)
    answer = run("-C", site, "deploy", "apply", "--yes", "--allow", said)
    assert answer.status == 2, answer
    assert tree(site) == before


def test_a_changed_node_that_may_have_jobs_is_not_disturbed(site: Path, run: Run) -> None:
    ledger = ledger_of(site)
    for role in ("slurm-node", "gpu-driver"):
        ledger.put(Done("gpu001", role, "0" * 64, "proven", "r", "2026-01-05T10:00:00Z"))
    ledger.close()
    answer = run("-C", site, "deploy", "apply", "--yes", "--only", "gpu001")
    assert answer.status == 1, answer
    assert "nothing was done: jobs may run on gpu001 (1): what runs there is UNKNOWN" in answer.err
    assert "--allow-jobs" in answer.err
    assert not list(site.glob("runs/*-deploy"))


def test_a_node_that_left_the_design_is_told_and_forgotten(site: Path, run: Run) -> None:
    ledger = ledger_of(site)
    ledger.put(Done("gpu900", "names", "0" * 64, "proven", "r", "2026-01-05T10:00:00Z"))
    ledger.close()
    told = json.loads(run("-C", site, "deploy", "plan", "--json").out)
    assert told["not_in_design"] == ["gpu900"]
    unasked = run("-C", site, "deploy", "forget", "gpu900")
    assert (unasked.status, "say --yes" in unasked.err) == (2, True)
    answer = run("-C", site, "deploy", "forget", "gpu900", "--yes")
    assert answer.out == "forgotten: gpu900 (1) with 1 roles\n"
    assert json.loads(run("-C", site, "deploy", "plan", "--json").out)["not_in_design"] == []
    again = run("-C", site, "deploy", "forget", "gpu900", "--yes")
    assert (again.status, "unknown nodes: gpu900" in again.err) == (2, True)


def test_what_was_never_run_cannot_be_shown_again(site: Path, run: Run) -> None:
    assert run("-C", site, "deploy", "runs").out == "nothing was deployed yet\n"
    for verb in ("replay", "rollback"):
        answer = run("-C", site, "deploy", verb, "2019")
        assert (answer.status, answer.err.splitlines()[0]) == (2, "there is no run '2019'")


def test_a_plan_is_written_where_it_is_said_and_never_over_what_is_no_file(
    site: Path, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    answer = run("-C", site, "deploy", "plan", "--out", elsewhere / "shown.json")
    assert answer.status == 0, answer.err
    assert json.loads((elsewhere / "shown.json").read_text())["steps"]
    answer = run("-C", site, "deploy", "plan", "--out", elsewhere)
    assert (answer.status, answer.out) == (2, "")
    assert f"cannot write {elsewhere}: it is a folder" in " ".join(answer.err.split())
    assert [path.name for path in elsewhere.iterdir()] == ["shown.json"]


def test_no_name_of_a_host_is_not_every_host(site: Path, run: Run) -> None:
    answer = run("-C", site, "deploy", "plan", "--only", "")
    assert (answer.status, answer.out) == (2, "")


@pytest.mark.parametrize("verb", [("trust", "--yes"), ("reach",)])
def test_no_name_of_a_node_is_not_every_node(site: Path, run: Run, verb: tuple[str, ...]) -> None:
    answer = run("-C", site, "deploy", *verb, "")
    assert (answer.status, answer.out) == (2, "")
