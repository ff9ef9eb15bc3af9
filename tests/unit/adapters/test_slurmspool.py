"""Slurm begins what lies ready: turns wait behind people's jobs, and nobody else's job is touched.

The programs that are sent run for real; Slurm itself is a folder of small programs.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters import slurmjob, slurmkeeper
from millwright.adapters.slurmqueue import SlurmHead, partition_for, queue_of
from millwright.adapters.slurmspool import NEVER, SlurmSpool
from millwright.adapters.spool import ShellSpool
from millwright.ports import Answer, Job, Limits, Share, SpoolOrder, SpoolTold, Unit
from tests.unit.adapters.test_spool import HereShell

UP = {"state": "idle", "reason": "none", "partitions": [[1, "gpu"]]}


@dataclass
class FakeHead:
    """Slurm by what it has: jobs as its program tells them, and nodes."""

    nodes: dict[str, dict[str, Any]]
    jobs: list[dict[str, Any]] = field(default_factory=list)
    silent: str = ""
    refuses: str = ""
    orders: list[dict[str, Any]] = field(default_factory=list)

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        order = json.loads(given)
        self.orders.append(order)
        if self.silent:
            yield Answer(nodes[0], tuple(argv), "lost", None, 0.1, reason=self.silent)
            return
        for job in self.jobs:
            if slurmkeeper.unwanted(job, order):
                job["state"] = "CANCELLED"
        refused = []
        for group in order["submit"]:
            if self.refuses:
                refused.append({**group, "why": self.refuses})
                continue
            for at, task in enumerate(group["tasks"]):
                known = {"id": f"{len(self.orders)}_{at}", "state": "PENDING"}
                turn = {"key": group["key"], "node": task[0], "reason": "Priority"}
                self.jobs.append({**known, **turn})
        told = {"jobs": self.jobs, "nodes": self.nodes, "refused": refused, "did": []}
        yield Answer(nodes[0], tuple(argv), "exit", 0, 0.1, json.dumps(told).encode())

    def submitted(self) -> list[dict[str, Any]]:
        return [group for order in self.orders for group in order["submit"]]

    def becomes(self, state: str) -> None:
        for job in self.jobs:
            job["state"] = state


@dataclass
class Site:
    """Nodes that are folders, a Slurm that is told, and a clock."""

    head: FakeHead
    root: Path
    within_s: float = NEVER
    now: float = 0.0

    def __post_init__(self) -> None:
        inner = ShellSpool(HereShell(self.root), "run", f"{self.root}/NODE", False, held=True)
        head = SlurmHead(self.head, "head-1", "run", str(self.root), lambda answer: None)
        self.spool = SlurmSpool(inner, head, lambda: self.now, self.within_s)

    def tell(self, *orders: SpoolOrder) -> dict[str, SpoolTold]:
        return {told.node: told for told in self.spool.tend(orders)}

    def unit(self, node: str, job: Job) -> Unit:
        return self.tell(SpoolOrder(node, (job,)))[node].units[job.key]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(FakeHead({"a": dict(UP), "b": dict(UP)}), tmp_path)


def job(node: str, *argv: str, key: str = "t.0.1", **share: Any) -> Job:
    nodes = share.pop("nodes", (node,))
    return Job(key, argv or ("true",), 20.0, share=Share(key, nodes, **share))


def test_like_turns_are_one_array_and_are_submitted_once(site: Site) -> None:
    orders = [SpoolOrder(name, (job(name),)) for name in ("a", "b")]
    for _ in range(3):
        found = site.tell(*orders)
    assert {told.units["t.0.1"].state for told in found.values()} == {"waits"}
    assert found["a"].units["t.0.1"].reason == "" or "Priority" in found["a"].units["t.0.1"].reason
    (group,) = site.head.submitted()
    assert (group["key"], group["tasks"]) == ("t.0.1", [["a"], ["b"]])
    assert (group["partition"], group["minutes"]) == ("gpu", 4)


def test_turns_on_idle_nodes_stand_in_no_array_with_those_that_wait(site: Site) -> None:
    site.head.nodes["a"] = {**UP, "state": "mixed"}
    site.tell(*(SpoolOrder(name, (job(name),)) for name in ("a", "b")))
    assert [group["tasks"] for group in site.head.submitted()] == [[["b"]], [["a"]]]


def test_a_job_waits_with_slurms_reason_and_is_collected_when_slurm_has_run_it(site: Site) -> None:
    first = site.unit("a", job("a", "echo", "out"))
    assert first == Unit("waits", reason="job 2_0 is pending: Priority")
    site.head.becomes("RUNNING")
    assert site.unit("a", job("a")).state == "begins"
    slurmjob.main(["batch", f"{site.root}/a/run", "t.0.1", "node"])
    told = site.tell(SpoolOrder("a", ask=("t.0.1",)))["a"].units["t.0.1"]
    assert (told.state, told.exit_status, told.stdout) == ("done", 0, b"out\n")
    assert abs(told.began - time.time()) < 30


def test_the_words_of_a_test_reach_slurm_in_no_form(site: Site) -> None:
    site.unit("a", job("a", "sh", "-c", "touch /tmp/it; $(evil)"))
    assert "evil" not in json.dumps(site.head.orders)


def test_a_node_that_somebody_drained_is_refused_with_slurms_reason(site: Site) -> None:
    site.head.nodes["a"] = {**UP, "state": "drained", "reason": "new memory"}
    found = site.tell(SpoolOrder("a", (job("a"),)), SpoolOrder("b", (job("b"),)))
    assert found["a"].units["t.0.1"] == Unit("refused", reason="a is drained in Slurm: new memory")
    assert [group["tasks"] for group in site.head.submitted()] == [[["b"]]]


def test_a_node_that_is_drained_while_its_turn_waits_is_refused_and_its_job_taken_back(
    site: Site,
) -> None:
    site.unit("a", job("a"))
    site.head.nodes["a"] = {**UP, "state": "drained*", "reason": "fan"}
    assert site.unit("a", job("a")).state == "refused"
    site.tell(SpoolOrder("a", forget=("t.0.1",)))
    assert [each["state"] for each in site.head.jobs] == ["CANCELLED"]
    assert not (site.root / "a" / "run" / "t.0.1").exists()


def test_a_turn_that_waited_long_enough_is_refused(tmp_path: Path) -> None:
    site = Site(FakeHead({"a": dict(UP)}), tmp_path, within_s=600.0)
    assert site.unit("a", job("a")).state == "waits"
    site.now = 599.0
    assert site.unit("a", job("a")).state == "waits"
    site.now = 600.0
    told = site.unit("a", job("a"))
    assert told == Unit("refused", reason="waited 10 min for Slurm: job 2_0 is pending: Priority")


def test_a_slurm_that_is_silent_begins_nothing_and_ends_nothing(site: Site) -> None:
    site.head.silent = "no route to host"
    told = site.unit("a", job("a"))
    assert (told.state, "no route to host" in told.reason) == ("waits", True)
    site.head.silent = ""
    assert "Priority" in site.unit("a", job("a")).reason


def test_what_slurm_does_not_take_is_refused_with_its_words(site: Site) -> None:
    site.head.refuses = "sbatch: error: invalid account"
    assert site.unit("a", job("a")) == Unit("refused", reason="sbatch: error: invalid account")


def test_a_job_that_somebody_cancelled_is_not_submitted_again(site: Site) -> None:
    site.unit("a", job("a"))
    site.head.becomes("CANCELLED")
    assert site.unit("a", job("a")).state == "begins"
    told = site.unit("a", job("a"))
    assert (told.state, "somebody cancelled job 2_0" in told.reason) == ("refused", True)
    assert len(site.head.submitted()) == 1


@pytest.mark.parametrize("state", ["FAILED", "NODE_FAIL", "TIMEOUT"])
def test_a_job_that_ended_and_began_nothing_is_gone(site: Site, state: str) -> None:
    site.unit("a", job("a"))
    site.head.becomes(state)
    assert site.unit("a", job("a")).state == "begins"
    told = site.unit("a", job("a"))
    assert told == Unit("gone", reason=f"Slurm: job 2_0 ended {state} and began nothing")


def test_a_test_that_ran_between_two_questions_is_not_taken_for_lost(site: Site) -> None:
    site.unit("a", job("a", "echo", "out"))
    ask = SpoolOrder("a", ask=("t.0.1",))
    site.head.becomes("COMPLETED")
    assert site.tell(ask)["a"].units["t.0.1"].state == "begins"
    slurmjob.main(["batch", f"{site.root}/a/run", "t.0.1", "node"])
    assert site.tell(ask)["a"].units["t.0.1"].stdout == b"out\n"


def test_whoever_goes_on_finds_the_jobs_of_a_run_that_was_killed(site: Site) -> None:
    site.unit("a", job("a"))
    later = Site(site.head, site.root)
    assert "pending: Priority" in later.unit("a", job("a")).reason
    site.head.becomes("COMPLETED")
    assert later.unit("a", job("a")).state == "begins"
    assert len(site.head.submitted()) == 1


def test_what_was_cancelled_before_is_submitted_anew_by_whoever_goes_on(site: Site) -> None:
    site.unit("a", job("a"))
    assert site.spool.cancel() == ""
    later = Site(site.head, site.root)
    assert "pending: Priority" in later.unit("a", job("a")).reason
    assert len(site.head.submitted()) == 2


def pair() -> tuple[SpoolOrder, SpoolOrder]:
    share = Share("p.0.1", ("a", "b"), "pair")
    client = Job("p.0.1", ("echo", "bw"), 20.0, share=share)
    server = Job("p.0.1.serve", ("sleep", "60"), 20.0, share=share)
    return SpoolOrder("b", (server,)), SpoolOrder("a", (client,))


def test_a_pair_is_one_job_of_two_nodes_and_not_submitted_by_halves(site: Site) -> None:
    server, client = pair()
    site.tell(client)
    assert site.head.submitted() == []
    found = site.tell(server, client)
    (group,) = site.head.submitted()
    assert (group["scope"], group["tasks"]) == ("pair", [["a", "b"]])
    assert {t.units[k].state for t in found.values() for k in t.units} == {"waits"}


def test_nodes_whose_jobs_wait_are_not_asked_until_slurm_runs_them(site: Site) -> None:
    site.unit("a", job("a"))
    folder = site.root / "a" / "run" / "t.0.1"
    (folder / "order.json").rename(folder / "away")
    assert site.unit("a", job("a")).state == "waits"
    (folder / "away").rename(folder / "order.json")


def test_starts_on_one_feed_lie_apart_however_jobs_begin() -> None:
    begun = [0.0, 0.1, 7.3, 7.30001, 12.9, 13.0]
    starts = [now + slurmjob.until(now, at, 3, 2.0) for now in begun for at in range(3)]
    for at in range(3):
        own = starts[at::3]
        assert all(round(start / 2.0) % 3 == at for start in own)
        assert all(abs(start / 2.0 - round(start / 2.0)) < 1e-9 for start in own)


def test_the_partition_of_lowest_tier_is_taken_so_that_nobody_is_preempted() -> None:
    def nodes(**partitions: list[list[Any]]) -> dict[str, Any]:
        told = {name: {**UP, "partitions": each} for name, each in partitions.items()}
        return dict(queue_of({"jobs": [], "nodes": told, "refused": []}).nodes)

    known = nodes(a=[[10, "urgent"], [1, "gpu"]], b=[[1, "gpu"], [10, "urgent"]], c=[[1, "cpu"]])
    assert partition_for(("a", "b"), known) == "gpu"
    assert partition_for(("a", "c"), known) == ""
    assert partition_for(("a", "elsewhere"), known) == ""


TOOL = """\
#!{python}
import json, os, sys
home = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(home, "called"), "a") as file:
    file.write(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]) + "\\n")
name = os.path.basename(sys.argv[0])
if name == "sbatch":
    if os.path.exists(os.path.join(home, "full")):
        sys.exit("sbatch: error: no more jobs")
    print("77;cluster")
if name in ("squeue", "sinfo"):
    with open(os.path.join(home, name + ".txt")) as file:
        sys.stdout.write(file.read())
"""


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sbatch", "squeue", "sinfo", "scontrol", "scancel"):
        tool = folder / name
        tool.write_text(TOOL.format(python=sys.executable))
        tool.chmod(0o755)
        (folder / f"{name}.txt").write_text("")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("SBATCH_ACCOUNT", "somebody")
    return folder


def calls(slurm: Path, name: str) -> list[list[str]]:
    lines = (slurm / "called").read_text().splitlines()
    return [words[1:] for words in map(json.loads, lines) if words[0] == name]


def order(**own: Any) -> dict[str, Any]:
    group = {"key": "t.0.1", "scope": "node", "minutes": 4, "partition": "gpu"}
    return {
        "run": "run", "root": "/spool/run", "program": "#!/usr/bin/python3\n", "nodes": False,
        "cancel": [], "submit": [{**group, "tasks": [["a"], ["b"]]}], **own,
    }  # fmt: skip


def test_an_array_is_held_until_each_task_has_its_node(slurm: Path) -> None:
    told = slurmkeeper.tend(order(), slurmkeeper.Slurm())
    (submitted,) = calls(slurm, "sbatch")
    assert {"--hold", "--exclusive", "--mem=0", "--array=0-1", "--no-requeue"} <= set(submitted)
    assert submitted[-4:] == ["batch", "/spool/run", "t.0.1", "node"]
    assert calls(slurm, "scontrol") == [
        ["update", "JobId=77_0", "ReqNodeList=a", "Comment=millwright/run/t.0.1/a"],
        ["update", "JobId=77_1", "ReqNodeList=b", "Comment=millwright/run/t.0.1/b"],
        ["release", "77"],
    ]
    assert [did["argv"][0] for did in told["did"]] == ["sbatch", *["scontrol"] * 3]


SQUEUE = """\
5_0|PENDING|Priority|a||millwright/run/t.0.1/a
6_0|RUNNING|None|b|b|millwright/run/u.0.1/b
7_0|PENDING|JobHeldUser|||millwright/run
8_0|PENDING|JobHeldUser|c||millwright/run/t.0.1/c
9|PENDING|Resources|||somebody's | own
10|RUNNING|None|a|a|millwright/other/t.0.1/a
"""


def test_only_jobs_of_the_run_are_known_and_ever_touched(slurm: Path) -> None:
    (slurm / "squeue.txt").write_text(SQUEUE)
    told = slurmkeeper.tend(order(submit=[], cancel="all"), slurmkeeper.Slurm())
    ids = {word for words in calls(slurm, "scancel") for word in words}
    assert ids == {"5_0", "6_0", "7_0", "8_0"}
    assert {job["id"] for job in told["jobs"]} == {"5_0", "6_0", "8_0"}


def test_what_a_kill_left_half_submitted_is_cancelled_or_released(slurm: Path) -> None:
    (slurm / "squeue.txt").write_text(SQUEUE)
    slurmkeeper.tend(order(), slurmkeeper.Slurm())
    assert calls(slurm, "scancel") == [["7_0"]]
    assert calls(slurm, "scontrol")[0] == ["release", "8_0"]
    (submitted,) = calls(slurm, "sbatch")
    assert "--array=0-0" in submitted


def test_a_turn_that_is_over_takes_back_what_still_waits_and_ends_nothing_that_runs(
    slurm: Path,
) -> None:
    (slurm / "squeue.txt").write_text(SQUEUE)
    over = [["t.0.1", "a"], ["u.0.1", "b"]]
    slurmkeeper.tend(order(submit=[], cancel=over), slurmkeeper.Slurm())
    assert calls(slurm, "scancel") == [["7_0"], ["5_0"]]


def test_a_full_queue_is_told_and_nodes_are_read_with_their_reasons(slurm: Path) -> None:
    (slurm / "full").touch()
    (slurm / "sinfo.txt").write_text("a|drained|gpu|1|up|fan | loud\na|drained|old|5|down|x\n")
    told = slurmkeeper.tend(order(nodes=True), slurmkeeper.Slurm())
    (refused,) = told["refused"]
    assert (refused["why"], refused["tasks"]) == (
        "sbatch: sbatch: error: no more jobs",
        [["a"], ["b"]],
    )
    assert told["nodes"]["a"]["state"] == "drained"
    assert told["nodes"]["a"]["partitions"] == [[1, "gpu"]]
