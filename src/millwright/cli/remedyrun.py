"""Carries repair out: joins a desk with the hands that a journey works with."""

from __future__ import annotations

import contextlib
import getpass
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from millwright.cli.remedycase import write_case
from millwright.cli.remedygate import Gate
from millwright.cli.remedying import Desk
from millwright.errors import MillwrightError
from millwright.journeys.remedyacts import twins
from millwright.journeys.remedybody import ShellBody
from millwright.journeys.remedyhands import Hands, Patience
from millwright.journeys.remedyslurm import SlurmHead
from millwright.manage.remedy.fleet import of_tier
from millwright.manage.tiers import names_of
from millwright.model.incident import Impact, Incident

if TYPE_CHECKING:
    from millwright.adapters.bmc import RedfishBmc
    from millwright.adapters.recording import Recorder
    from millwright.adapters.ssh import SshShell
    from millwright.manage.remedy.fleet import Fleet
    from millwright.model.incident import Choice
    from millwright.model.remedyplan import Rail


@dataclass(frozen=True, slots=True)
class Bench:
    """A desk with connections to nodes, the scheduler and controllers; `record` keeps answers."""

    desk: Desk
    shell: SshShell
    record: Recorder
    slurm: SlurmHead
    body: ShellBody
    bmc: RedfishBmc

    def fleet(self) -> Fleet:
        """Return the fleet as it is now, with what the scheduler says."""
        fleet = self.desk.fleet()
        out, silent = self.slurm.out(fleet.computing)
        return replace(fleet, out=out, silent=silent)

    def hands(self, confirm: str | None) -> Hands:
        """Return what a journey works with."""
        return Hands(
            book=self.desk.book,
            scheduler=self.slurm,
            body=self.body,
            bmc=self.bmc,
            gate=Gate(self.desk, self.shell),
            rails=lambda node: self._rails(node, confirm),
            choose=lambda incident: self._choose(incident, confirm),
            serial=self.desk.book.serial,
            twin=self.twin,
            impact=self._impact,
            packet=lambda incident: write_case(self.desk, incident),
            now=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            wait=time.sleep,
            actor=getpass.getuser(),
        )

    def twin(self, node: str, serial: str) -> str:
        """Return which other nodes said the same serial number as one, or nothing."""
        return twins(node, serial, self.desk.fleet().posts, self.desk.book.serial)

    @property
    def patience(self) -> Patience:
        """Return for how long it is waited."""
        bounds = self.desk.rules(None).bounds
        return Patience(drain_s=bounds("drain_wait_s"), boot_s=bounds("boot_wait_s"))

    def hear_serials(self) -> None:
        """Keep which serial number each node says it has, while it can still say so."""
        names = self.desk.fleet().computing
        for node, life in self.body.looks(names).items():
            if life.serial and life.serial != self.desk.book.serial(node):
                self.desk.book.keep_serial(node, life.serial, _now())

    def _rails(self, node: str, confirm: str | None) -> Sequence[Rail]:
        """Look at the guard rails for one node, others of this run counted as they are now."""
        from millwright.manage.remedy.breaker import tripped
        from millwright.manage.remedy.past import past_of
        from millwright.manage.remedy.rails import Hour, rails_of

        rules, fleet = self.desk.rules(confirm), self.fleet()
        past = past_of(self.desk.journal(), rules.bounds, rules.now)
        hour = Hour(rules.now, past.drained_last_hour)
        why = tripped((), past.recent, fleet, rules.bounds)
        return rails_of(node, fleet, rules.bounds, hour, why)

    def _choose(self, incident: Incident, confirm: str | None) -> Choice:
        """Weigh what is left: what was tried for this incident is not tried again."""
        from millwright.cli.remedying import rechosen

        return rechosen(self.desk, incident, confirm)

    def _impact(self, node: str) -> Impact:
        fleet = self.fleet()
        post = fleet.posts[node]
        jobs = self.slurm.jobs(node)
        if post.tier is None:
            return Impact(pool=post.pool, jobs=jobs or (), jobs_known=jobs is not None)
        left = [name for name in of_tier(fleet, post.tier) if name not in fleet.away | {node}]
        loads, served = self.desk.inputs.read.factory.workloads, names_of(post.tier)
        return Impact(
            pool=post.pool,
            tier=post.tier.name,
            jobs=jobs or (),
            jobs_known=jobs is not None,
            workloads=tuple(load.name for load in loads if load.tier in served),
            left_in_service=len(left),
            min_replicas=post.tier.min_replicas,
            downtime_procedure=post.tier.downtime_procedure or "",
        )


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


@contextlib.contextmanager
def bench_of(desk: Desk, argv: Sequence[str], phase: str = "remedy") -> Iterator[Bench]:
    """Open connections for a run of repair, or of a `phase` like it, whose answers are kept."""
    from millwright.adapters.bmc import RedfishBmc, controllers
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.recording import recorder
    from millwright.adapters.routes import known_nodes
    from millwright.adapters.ssh import SshShell

    workspace = desk.inputs.workspace
    known = known_nodes(workspace)
    bmc = RedfishBmc(known.reach.bmc, controllers(desk.cluster), workspace.root)
    heads = [post.node for post in desk.fleet().posts.values() if post.role == "management"]
    become = known.reach.become
    with (
        SshShell(known.routes, known_hosts(workspace), become, workspace.root) as shell,
        recorder(workspace, phase, simulated=known.simulated) as record,
    ):
        record.secrets = (*shell.secrets, *bmc.secrets)
        record.begin(argv, desk.fleet().computing)
        if not heads:
            raise MillwrightError("the design has no head node: who would take nodes out?")
        slurm = SlurmHead(heads[0], shell, record.keep)
        yield Bench(desk, shell, record, slurm, ShellBody(shell, record.keep), bmc)
