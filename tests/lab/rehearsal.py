"""A lab as a person runs it: a workspace, and the commands that are given in it."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from millwright.lab.faultlog import active
from millwright.lab.home import STATE, Home
from millwright.lab.marks import Marks
from millwright.lab.plan import lab_id
from tests.conftest import Answer

Found = TypeVar("Found")
TESTED_BY = "tested-by"
"""The file of a workspace that holds the process of its tests."""
IMAGE_S = 1800.0
"""Seconds for a first `up`, which makes the image of the hosts, or a first `apply`."""


def await_that(what: Callable[[], Found], within_s: float = 30.0) -> Found:
    """Return what a question is answered with once that is true; fail when time is over."""
    deadline = time.monotonic() + within_s
    while not (found := what()):
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {found!r}"
        time.sleep(0.005)
    return found


@dataclass(frozen=True)
class Rehearsal:
    """A workspace with a lab. Every command is a process of its own, as on a terminal."""

    root: Path

    @property
    def marks(self) -> Marks:
        return Marks(lab_id(self.root))

    def words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "millwright", "-C", str(self.root), *words]

    def say(self, *words: str) -> Answer:
        """Give a command, whatever it answers; a lock that another one holds is waited for."""
        while True:
            done = subprocess.run(
                self.words(*words),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=IMAGE_S,
                check=False,
                env={k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")},
            )
            if "another call is changing a lab" not in done.stderr:
                return Answer(done.returncode, done.stdout, done.stderr)
            time.sleep(0.2)

    def done(self, *words: str) -> str:
        """Give a command that must succeed; return what it printed."""
        answer = self.say(*words)
        assert answer.status == 0, (words, answer)
        return answer.out

    def up(self, *words: str) -> None:
        if self.root.is_dir():
            (self.root / TESTED_BY).write_text(str(os.getpid()))
        self.done("lab", "up", *words)

    def down(self) -> None:
        self.done("lab", "down")

    def shell(self, host: str, *words: str) -> str:
        return self.done("lab", "shell", host, "--", *words)

    def tells(self, host: str, *words: str) -> Answer:
        """Run a command in a host, whatever it answers."""
        return self.say("lab", "shell", host, "--", *words)

    def breaks(self, hosts: str, *faults: str) -> None:
        self.done("lab", "break", hosts, *faults)

    def heals(self, hosts: str, *faults: str) -> None:
        self.done("lab", "heal", hosts, *faults)

    def status(self) -> dict[str, Any]:
        """Return how each host is, by its name."""
        document = json.loads(self.say("lab", "status", "--json").out)
        return {host["name"]: host for host in document["hosts"]}

    def faults(self, host: str) -> list[str]:
        return list(self.status()[host]["faults"])

    def left_healthy(self, host: str) -> None:
        """Fail where a test left faults on a host, and keep them from the next test."""
        left = [fault.id for fault in active(Home(self.marks.lab), host)]
        if left:
            self.heals(host)
        assert left == []


def orphans() -> list[Rehearsal]:
    """Return the labs that a run of these tests left standing when it was killed."""
    plans = [json.loads(plan.read_text()) for plan in (STATE / "labs").glob("*/lab.json")]
    return [Rehearsal(root) for root in (Path(p["workspace"]) for p in plans) if _is_orphan(root)]


def _is_orphan(root: Path) -> bool:
    """Return whether a lab belongs to a run of tests that is no more."""
    note = root / TESTED_BY
    return note.is_file() and not Path("/proc", note.read_text().strip() or "none").exists()


SPEC = """\
schema: millwright.factory/1
name: {name}
blueprint: lab
compute: [{compute}]
networks:
  - {{name: inband, cidr: 10.{octet}.0.0/16}}
  - {{name: oob, cidr: 10.{next}.0.0/16}}
"""
"""Networks are said, so that a lab of the person at this desk is not in the way."""


def rehearsal(root: Path, octet: int, *pools: str, more: str = "") -> Rehearsal:
    """Return a workspace whose factory has these pools, on networks of its own; `more` is further
    text of the spec."""
    root.mkdir(parents=True)
    compute = ", ".join(pools)
    text = SPEC.format(name="rehearsal", compute=compute, octet=octet, next=octet + 1)
    (root / "factory.yaml").write_text(text + more)
    return Rehearsal(root)


GPUS = "echo $(hostname) $CUDA_VISIBLE_DEVICES"
HELLO = """\
from mpi4py import MPI
import socket
every = MPI.COMM_WORLD
print(socket.gethostname(), every.size, every.allreduce(every.rank), flush=True)
"""


def check_work(site: Rehearsal, nodes: int = 4) -> None:
    """See a deployed cluster run a job on all GPUs, and processes of all nodes speak MPI."""
    srun = ("srun", f"-N{nodes}", "--immediate=60")
    names = [f"gpu{number}" for number in range(1, nodes + 1)]
    told = site.shell("head-1", *srun, "--gres=gpu:8", "bash", "-c", GPUS)
    assert sorted(told.splitlines()) == [f"{name} 0,1,2,3,4,5,6,7" for name in names]
    words = ("--mpi=pmix", "--ntasks-per-node=2", "/usr/bin/python3", "-Ic", HELLO)
    told = site.shell("head-1", *srun, *words)
    size = 2 * nodes
    said = [f"{name} {size} {size * (size - 1) // 2}" for name in names for _ in range(2)]
    assert sorted(told.splitlines()) == said


def to_be_done(site: Rehearsal, role: str, *hosts: str) -> None:
    """Have a role count as failed on hosts, so that it has to be done once more there."""
    asked = "update host_roles set standing = 'failed' where role = ? and host = ?"
    with contextlib.closing(sqlite3.connect(site.root / "state.db")) as ledger, ledger:
        for host in hosts:
            assert ledger.execute(asked, (role, host)).rowcount == 1
