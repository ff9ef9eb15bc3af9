"""Joins what a growth is planned from: both designs, the ledger, Slurm's word, earlier times."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import Inputs, inputs_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.adapters.growbook import SqlGrowths
    from millwright.adapters.ledger import SqlLedger
    from millwright.adapters.specfile import ReadFactory
    from millwright.cli.site import Site
    from millwright.deploy.workload import Work
    from millwright.journeys.growplan import Around, Stage
    from millwright.model.burnin import Class
    from millwright.model.catalog import Catalog
    from millwright.model.growth import GrowthPlan, GrowthRun, GrowthSaid
    from millwright.model.spec import Factory

PHASE = "grow"
_RELEASE = re.compile(r"\b(\d{2})\.(\d{2})\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: the larger spec where it is not the workspace's own, where the former
    design lies where that is not the recorded one, and what is allowed."""

    said: GrowthSaid
    spec: Path | None = None
    former: Path | None = None


def book_of(ledger: SqlLedger) -> SqlGrowths:
    """Return the book of growths of a workspace."""
    from millwright.adapters.growbook import SqlGrowths
    from millwright.adapters.lifecyclebook import SqlLifecycle

    return SqlGrowths(ledger, SqlLifecycle(ledger))


def run_named(book: SqlGrowths, name: str | None) -> GrowthRun:
    """Return a run by its name, or the last one. Raises MillwrightError where there is none."""
    runs = book.runs()
    if not runs:
        raise MillwrightError("nothing ever grew here", hint="see `millwright manage grow plan`")
    found = runs.get(name) if name else list(runs.values())[-1]
    if found is None:
        raise MillwrightError(f"there is no run {name!r}", hint=f"known are {', '.join(runs)}")
    return found


def plan_of(door: Door, asked: Asked) -> GrowthPlan:
    """Return what growing comes to. The head node is asked what runs; nothing is changed."""
    from millwright.cli.site import site_of
    from millwright.journeys.growplan import grown

    site = site_of(door, stale=True)
    inputs = inputs_of(door)
    read = _spec(inputs, asked.spec)
    old, new = _stages(site, inputs, read, asked)
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    made = grown(old, new, _around(site), asked.said, at)
    return _timed(site, made, _Ahead(new, read.factory, inputs.loaded.catalog, asked.said.class_))


def _spec(inputs: Inputs, path: Path | None) -> ReadFactory:
    """Return the larger spec, which must be of the same factory."""
    from millwright.adapters.specfile import read_factory

    read = read_factory(path, inputs.loaded.catalog) if path else inputs.read
    if read.factory.name != inputs.read.factory.name:
        raise MillwrightError(
            f"{path} is of {read.factory.name}, and this factory is {inputs.read.factory.name}"
        )
    return read


def _stages(site: Site, inputs: Inputs, spec: ReadFactory, asked: Asked) -> tuple[Stage, Stage]:
    """Return the design of before and the larger one; roles read both by the same spec, so that
    only what is built makes a difference."""
    from millwright.adapters.growfiles import read_stage
    from millwright.adapters.workspace import Workspace
    from millwright.cli.hardware import designed
    from millwright.cli.site import around_of
    from millwright.deploy.inputs import inputs_of as deploy_inputs
    from millwright.journeys.growplan import Stage

    workspace = Workspace(asked.former) if asked.former else site.workspace
    catalog, around = inputs.loaded.catalog, around_of(site.known, site.workspace)
    cluster, cables, lock = read_stage(workspace)
    own = inputs.read.factory
    old = Stage(cluster, cables, deploy_inputs(cluster, catalog, own, around), lock)
    design = designed(replace(inputs, read=spec))
    now = inputs.lock().model_copy(update={"spec_sha256": spec.digest})
    larger = deploy_inputs(design.cluster, catalog, spec.factory, around)
    return old, Stage(design.cluster, design.cables, larger, now)


def _around(site: Site) -> Around:
    from millwright.deploy.roles import ROLES
    from millwright.journeys.growplan import Around

    work, release = _told(site)
    roles = tuple(ROLES)
    again = book_of(site.ledger).unended()
    return Around(roles, site.rows(), site.texts(roles), work, release, again)


def _told(site: Site) -> tuple[Work, tuple[int, int] | None]:
    """Return what runs, and the release of Slurm, by the head node's word."""
    from millwright.deploy.workload import question, work
    from millwright.ports import Limits

    head, limits = site.inputs.factory.head, Limits(command_s=20.0, output_bytes=8 << 20)
    with site.run(PHASE) as hands:
        (jobs,) = hands.shell.run([head], question(), limits)
        hands.keep(jobs)
        (told,) = hands.shell.run([head], ("slurmctld", "-V"), limits)
        hands.keep(told)
    found = _RELEASE.search(told.stdout.decode("utf-8", "backslashreplace"))
    release = (int(found[1]), int(found[2])) if told.succeeded and found else None
    return work(jobs), release


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What the length of a growth is reckoned from."""

    stage: Stage
    factory: Factory
    catalog: Catalog
    class_: Class


def _timed(site: Site, made: GrowthPlan, ahead: _Ahead) -> GrowthPlan:
    """Lay in how long it takes: roles by earlier runs, tests as they are planned."""
    from millwright.adapters.history import History
    from millwright.build.plan import Basis
    from millwright.cli.growtests import burn_in_takes_s
    from millwright.deploy.estimate import estimated
    from millwright.deploy.plan import plan
    from millwright.deploy.roles import ROLES

    if not made.nodes:
        return made
    touched = {host for change in made.roles for host in change.hosts}
    only = frozenset((*made.nodes, *touched))
    roles, stage = tuple(ROLES), ahead.stage
    steps = plan(roles, stage.inputs, site.rows(), site.texts(roles), only)
    found = estimated(steps, History(site.ledger).times())
    basis = Basis(stage.cluster, ahead.catalog, ahead.factory, stage.lock)
    tests = burn_in_takes_s(basis, made.nodes, ahead.class_)
    minutes = None if found.seconds is None else round((found.seconds + tests) / 60, 1)
    told = f"roles {found.told()}; burn-in about {tests / 60:.0f} min by its plan; racking and "
    told += "tests of fabric and storage are not in it"
    return made.model_copy(update={"minutes": minutes, "minutes_source": told[:2000]})
