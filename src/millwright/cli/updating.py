"""Joins what a rolling update works from: the order, the fleet, packages of nodes, and the book."""

from __future__ import annotations

import getpass
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from millwright.adapters.updatebook import SqlUpdates
from millwright.cli.remedying import Desk
from millwright.cli.remedyrun import Bench
from millwright.cli.updatecase import queued
from millwright.cli.updategate import UpdateGate
from millwright.errors import MillwrightError
from millwright.journeys.updateapt import AptInstaller, ShellBodies
from millwright.journeys.updatedriver import DriverThatRuns
from millwright.journeys.updatehands import Hands
from millwright.manage.remedy.rails import Hour
from millwright.manage.update.plan import Basis, asked_of, narrowed, planned
from millwright.manage.update.waves import now_held
from millwright.model.nodeset import chosen
from millwright.model.remedyplan import Rail

if TYPE_CHECKING:
    from millwright.manage.remedy.fleet import Fleet
    from millwright.manage.update.plan import Packages
    from millwright.model.update import UpdateOrder, UpdatePlan, UpdateRun

CONTROLLER = "slurmctld"


def book_of(desk: Desk) -> SqlUpdates:
    """Return the book of updates of a workspace."""
    return SqlUpdates(desk.ledger, desk.book)


def run_named(desk: Desk, name: str | None) -> UpdateRun:
    """Return a run by its name, or the last one. Raises MillwrightError where there is none."""
    runs = book_of(desk).runs()
    if not runs:
        raise MillwrightError(
            "nothing was ever updated here", hint="see `millwright manage update plan`"
        )
    found = runs.get(name) if name else list(runs.values())[-1]
    if found is None:
        raise MillwrightError(f"there is no run {name!r}", hint=f"known are {', '.join(runs)}")
    return found


@dataclass(frozen=True, slots=True)
class Shop:
    """A bench with what updates need beside it."""

    bench: Bench
    apt: AptInstaller

    @property
    def desk(self) -> Desk:
        """Return what is decided from."""
        return self.bench.desk

    def basis(self, share: float | None, fleet: Fleet | None = None) -> Basis:
        """Return what plans are made from, as it is now."""
        rules = self.desk.rules(None)
        made = Basis(
            fleet=fleet or self.bench.fleet(),
            bounds=rules.bounds,
            moment=Hour(rules.now),
            catalog=self.desk.inputs.loaded.catalog,
            factory=self.desk.cluster.name,
            simulated=self.desk.simulated,
        )
        return narrowed(made, share)

    def planned(self, order: UpdateOrder, *, refresh: bool) -> UpdatePlan:
        """Look at nodes' packages and return the plan. Raises MillwrightError with what is wrong.

        `refresh` has nodes read their package sources anew where something is wrong at first.
        """
        basis = self.basis(order.most_out_share)
        known = basis.fleet.computing
        nodes = chosen(order.nodes, known) if order.nodes else known
        if "slurm" in order.set:
            basis = replace(basis, controller=self._controller(basis.fleet))
        at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        try:
            return planned(order, self._looked(order, nodes, basis), basis, at)
        except MillwrightError:
            if not refresh:
                raise
        self.apt.refresh(nodes)
        return planned(order, self._looked(order, nodes, basis), basis, at)

    def _looked(
        self, order: UpdateOrder, nodes: Sequence[str], basis: Basis
    ) -> dict[str, Packages]:
        groups: dict[tuple[str, ...], list[str]] = {}
        for node, names in asked_of(order, nodes, basis).items():
            groups.setdefault(names, []).append(node)
        found: dict[str, Packages] = {}
        for names, group in groups.items():
            found |= self.apt.look(group, names)
        return {node: found[node] for node in nodes if node in found}

    def _controller(self, fleet: Fleet) -> str:
        heads = [post.node for post in fleet.posts.values() if post.role == "management"]
        seen = self.apt.look(heads[:1], (CONTROLLER,)).get(heads[0]) if heads else None
        return seen.installed.get(CONTROLLER, "") if seen else ""

    def hands(self, share: float | None) -> Hands:
        """Return what a journey works with."""
        return Hands(
            book=book_of(self.desk),
            scheduler=self.bench.slurm,
            installer=self.apt,
            bodies=ShellBodies(self.bench.body),
            gate=UpdateGate(self.desk, self.bench.shell, self._driver()),
            rails=lambda node: self._rails(node, share),
            queue=lambda run, node, why: queued(self.desk, run, node, why),
            now=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            wait=time.sleep,
            actor=getpass.getuser(),
        )

    def _driver(self) -> DriverThatRuns:
        return DriverThatRuns(self.bench.shell, self.apt, self.bench.record.keep)

    def _rails(self, node: str, share: float | None) -> Sequence[Rail]:
        """Look at the rails for one node, and at the breaker of repair: where many nodes are
        complained of nobody takes more out."""
        from millwright.manage.remedy.breaker import tripped
        from millwright.manage.remedy.past import past_of

        basis = self.basis(share)
        past = past_of(self.desk.journal(), basis.bounds, basis.moment.now)
        why = tripped((), past.recent, basis.fleet, basis.bounds)
        breaker = (Rail(name="circuit breaker", holds=True, told="; ".join(why)),) if why else ()
        return (*now_held(node, basis.fleet, basis.bounds, basis.moment), *breaker)


def shop_of(bench: Bench) -> Shop:
    """Return a bench as updates need it."""
    return Shop(bench, AptInstaller(bench.shell, bench.record.keep))
