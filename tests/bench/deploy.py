"""Deploying beside ansible-playbook with the very same plays, in one run. Needs root.

It prints ratios, each as soon as it is known, and asserts nothing; the number of nodes may be said,
and how far to go (`--until image`, `boot`): both sides then play the roles up to there only.
Ansible is run as it comes: its own defaults, all plays in one process, told only how hosts are
reached. Ours proves every role on every host besides. The order is: a first deployment by us;
everything once more with nothing to change, by both; one node more, and then another one alone; a
first deployment by Ansible, on a bare lab again.

Measured on a lab of two nodes and a head node, on two cores at a load of 20, in November 2026: with
nothing to do 45.3 s beside 1708 s, 0.03 x (both on the same lab, one after the other). First
deployments, both at the same time on two labs: Ansible's took 2613 s; ours had not come to its end
after 3106 s, when a node that first spoke to slurmctld after more than its 300 s was down.

Measured later that month with `4 --until image` (13 roles) at loads of 20 to 28, a Python staying
on hosts: first deployment by us 580.3 s, 252 s of processors; with nothing to do 6.9 s beside
1247.2 s, 0.01 x, and 4 s of processors beside 235 s; one node more 478.1 s beside 263.0 s, 1.82 x,
while the machine's other work came and went, and 68 s of processors beside 65 s, 1.04 x. A first
deployment by Ansible beside that, and sixteen nodes, were not measured.

What cannot be done is told with the last words of who could not, and the next comparison is made.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from millwright.adapters.hostkeys import known_hosts
from millwright.adapters.playproject import PLAYBOOK, Project, becoming, lay, reached_by
from millwright.adapters.sshconfig import Opener, ssh_config
from millwright.cli.door import Door
from millwright.cli.site import Site, site_of
from millwright.deploy.plan import hosts_of
from millwright.deploy.role import STAGES, Role, Stage
from millwright.deploy.roles import until
from millwright.lab.plan import lab_id
from millwright.ports import Limits, Play

BIN = Path(sys.executable).parent
SPEC = """\
schema: millwright.factory/1
name: bench
blueprint: lab
compute: [{{name: gpu, nodes: {nodes}}}]
networks:
  - {{name: inband, cidr: 10.132.0.0/16}}
  - {{name: oob, cidr: 10.133.0.0/16}}
"""


@dataclass(frozen=True, slots=True)
class Took:
    """What something took: seconds by the clock, and of processors, on all hosts and here."""

    wall_s: float
    cpu_s: float

    def beside(self, other: Took) -> str:
        """Return both, and their ratio, by the clock and by processors."""
        wall, cpu = self.wall_s / other.wall_s, self.cpu_s / other.cpu_s
        clock = f"{self.wall_s:.1f} s beside {other.wall_s:.1f} s, {wall:.2f} x"
        return f"{clock}; of processors {self.cpu_s:.0f} s beside {other.cpu_s:.0f} s, {cpu:.2f} x"


class Bench:
    """A workspace with a lab, and what is timed in it."""

    def __init__(self, root: Path, nodes: int, stage: Stage) -> None:
        self.root = root
        self.nodes = nodes
        self.stage = stage
        self.roles: Sequence[Role] = until(stage)

    def timed(self, words: list[str]) -> Took:
        """Return what a command takes. Raises Ended where it does not succeed."""
        begun, spent = time.perf_counter(), self._cpu_s()
        done = subprocess.run(words, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            said = (done.stdout[-3000:] + done.stderr[-1000:]).decode("utf-8", "backslashreplace")
            raise Ended(f"{words} ended with {done.returncode}: {said}")
        return Took(time.perf_counter() - begun, self._cpu_s() - spent)

    def _cpu_s(self) -> float:
        """Return the seconds of processors that our commands and the lab's hosts took until now."""
        here = resource.getrusage(resource.RUSAGE_CHILDREN)
        hosts = spent_below(f"labs/{lab_id(self.root)}/hosts/")
        return here.ru_utime + here.ru_stime + hosts

    def ours(self, *words: str) -> Took:
        """Return what a command of ours takes that must succeed."""
        return self.timed([sys.executable, "-m", "millwright", "-q", "-C", str(self.root), *words])

    def applied(self, *words: str) -> Took:
        """Return what a deployment by us takes, as far as this one goes."""
        return self.ours("deploy", "apply", "--yes", "--until", self.stage, *words)

    def designed(self, nodes: int) -> None:
        """Have the design be of so many nodes; the lab may have more."""
        (self.root / "factory.yaml").write_text(SPEC.format(nodes=nodes))
        self.ours("design", "solve")

    def up(self) -> None:
        """Boot bare hosts, two more than are deployed first."""
        self.designed(self.nodes + 2)
        self.ours("lab", "up", "--bare")
        self.ours("deploy", "trust", "--yes")
        self.designed(self.nodes)

    def down(self) -> None:
        """End the lab, and forget what was deployed there."""
        self.designed(self.nodes + 2)
        self.ours("lab", "down")
        (self.root / "state.db").unlink(missing_ok=True)

    def site(self) -> Site:
        """Return what the commands work with."""
        return site_of(Door(self.root))

    def theirs(self, place: Path) -> list[str]:
        """Lay secrets and files, as a person does who uses the plays without us; return words."""
        site = self.site()
        with site.run("bench") as hands:
            for role in self.roles:
                for secret in role.secrets:
                    assert not hands.lay(secret, hosts_of(role, site.inputs))
        names = [(role.name, hosts_of(role, site.inputs)) for role in self.roles]
        plays = [Play(f"{name}.yml", hosts) for name, hosts in names if hosts]
        values = reached_by(str(place / "ssh_config")) | becoming(site.known.reach.become)
        lay(Project(place, plays, site.variables()), values, Limits(), {})
        pinned = Opener(str(known_hosts(site.workspace).resolve()), root=str(self.root))
        (place / "ssh_config").write_text(
            ssh_config(site.known.routes, tuple(site.inputs.nodes), pinned)
        )
        inventory = str(place / "inventory" / "hosts.json")
        return [str(BIN / "ansible-playbook"), "-i", inventory, str(place / "project" / PLAYBOOK)]


class Ended(Exception):
    """A command did not succeed; the message is what it said last."""


def spent_below(mark: str) -> float:
    """Return the seconds of processors that processes took below those whose words hold a mark.

    A process that ended is counted with whoever waited for it.
    """
    parents: dict[str, str] = {}
    spent: dict[str, int] = {}
    below: set[str] = set()
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            parents[place.name], spent[place.name] = fields[1], sum(map(int, fields[11:15]))
            if mark.encode() in (place / "cmdline").read_bytes():
                below.add(place.name)
    found = 0
    for process, ticks in spent.items():
        at = process
        while at in parents and at not in below:
            at = parents[at]
        found += ticks if at in below else 0
    return found / os.sysconf("SC_CLK_TCK")


def told(what: str, ours: Took, theirs: Took, wanted: str) -> None:
    """Print one comparison, and how busy the machine was when it ended."""
    load = os.getloadavg()[0]
    print(f"{what}: {ours.beside(theirs)} (wanted {wanted}; load {load:.1f})", flush=True)


def unchanged(bench: Bench, place: Path) -> None:
    """Compare both where nothing is to do; of ours, every role is proven again."""
    again = min((bench.applied() for _ in range(2)), key=lambda took: took.wall_s)
    still = bench.timed(bench.theirs(place))
    told("nothing to do, beside Ansible's", again, still, "at most 0.10")


def grown(bench: Bench) -> None:
    """Compare one node more with the same roles on another one, and on who has to know it."""
    bench.designed(bench.nodes + 1)
    all_told = bench.applied("--allow-jobs")
    bench.designed(bench.nodes + 2)
    only = f"gpu{bench.nodes + 2},head-1"
    alone = bench.applied("--allow-jobs", "--only", only)
    what = "one node more, beside that node and the head node alone"
    told(what, all_told, alone, "at most 1.50")


def first(bench: Bench, ours: Took, place: Path) -> None:
    """Compare first deployments, each on a bare lab."""
    bench.down()
    bench.up()
    by_ansible = bench.timed(bench.theirs(place))
    told("first deployment, beside Ansible's", ours, by_ansible, "at most 0.67")


@contextlib.contextmanager
def gone_on() -> Iterator[None]:
    """Tell what could not be compared, and go on with the next."""
    try:
        yield
    except Ended as why:
        print(why, flush=True)


def compare(bench: Bench, root: Path) -> None:
    """Print three comparisons."""
    bench.up()
    ours = bench.applied()
    print(f"first deployment: {ours.wall_s:.1f} s, {ours.cpu_s:.0f} s of processors", flush=True)
    with gone_on():
        unchanged(bench, root / "again")
    with gone_on():
        grown(bench)
    with gone_on():
        first(bench, ours, root / "first")


def main() -> None:
    """Make a lab, compare, and take it down."""
    wanted = argparse.ArgumentParser(description="Deploying beside ansible-playbook.")
    wanted.add_argument("nodes", type=int, nargs="?", default=4)
    wanted.add_argument("--until", choices=STAGES, default="cluster", help="how far both go")
    said = wanted.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        os.environ["XDG_CONFIG_HOME"] = str(root / "settings")
        os.environ["ANSIBLE_SSH_CONTROL_PATH_DIR"] = str(root / "cp")
        bench = Bench(root / "site", said.nodes, said.until)
        bench.root.mkdir()
        what = f"{said.nodes} nodes and their head node, {len(bench.roles)} roles ({said.until})"
        print(f"{what}, load {os.getloadavg()[0]:.1f}", flush=True)
        try:
            compare(bench, root)
        finally:
            bench.down()


if __name__ == "__main__":
    main()
