"""Looks ahead for `deploy plan` and `deploy apply`: joins ledger, history and the head's Slurm."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from millwright.adapters.history import History
from millwright.adapters.playproject import role_files
from millwright.cli.watching import Laps, Watch, watching
from millwright.deploy.blast import Allowance, Disturbed, disturbed, refusals
from millwright.deploy.estimate import Estimate, estimated, expected_of
from millwright.deploy.reasons import Reading, reasons
from millwright.deploy.workload import Work, question, work
from millwright.errors import Exit, MillwrightError
from millwright.ports import Limits
from millwright.reports.foresight import Ahead, HitAhead, StepAhead, TimeAhead, WorkAhead
from millwright.reports.progress import Progress

if TYPE_CHECKING:
    from millwright.cli.door import Door
    from millwright.cli.site import Site
    from millwright.deploy.plan import Plan

RUNS_JOBS = "slurm-node"
"""The role that makes a host take jobs."""


class Refused(MillwrightError):
    """A plan that disturbs more than was allowed; nothing was done."""

    exit_status = Exit.NO


def look_ahead(site: Site, made: Plan, allowed: Allowance) -> Ahead:
    """Return what a plan would do. Asks the head node what runs, and nobody anything else."""
    history, rows = History(site.ledger), site.rows()
    known = site.inputs.nodes
    served = history.ever(RUNS_JOBS) & known.keys()
    hit = disturbed(made, rows, served)
    now = _asked(site) if made.steps else Work(unknown="it was not asked")
    because = reasons(made, rows, _reading(site, made), history)
    steps = tuple(
        StepAhead(s.role.name, s.host, s.why, because.get((s.role.name, s.host), ()), told)
        for s in made.steps
        for told in [s.role.restarts]
    )
    return Ahead(
        steps=steps,
        done=made.done,
        hits=_hits(hit),
        work=_work(now),
        time=_time(estimated(made, history.times())),
        gone=gone(site),
        refused=refusals(hit, allowed, now, served),
        simulated=site.inputs.factory.simulated,
    )


def gone(site: Site) -> tuple[str, ...]:
    """Return the hosts that the ledger knows and the design does not."""
    hosts = dict.fromkeys(host for host, _ in site.ledger.rows())
    return tuple(host for host in hosts if host not in site.inputs.nodes)


def check_allowed(ahead: Ahead) -> None:
    """Raise Refused where a plan disturbs more than was allowed."""
    if ahead.refused:
        raise Refused(
            f"nothing was done: {'; '.join(ahead.refused)}",
            hint="--allow NODESET, N or P% says whom it may disturb; --only does less; "
            "--allow-jobs also disturbs nodes with jobs",
        )


def keep_inputs(site: Site, made: Plan) -> None:
    """Keep what the steps of a plan read, so that a later plan can name what changed."""
    reading = _reading(site, made)
    one = {step.input_hash: step for step in made.steps}
    read = ((digest, reading.of(step.role, step.host)) for digest, step in one.items())
    History(site.ledger).keep_inputs(read)


@contextlib.contextmanager
def watched(door: Door, site: Site, made: Plan) -> Iterator[Watch]:
    """Show a run, and keep for later plans what its steps read and how long its roles took."""
    history = History(site.ledger)
    keep_inputs(site, made)
    firsts = frozenset((s.role.name, s.host) for s in made.steps if s.why == "never done")
    cells = [(step.role.name, step.host) for step in made.steps]
    progress = Progress(cells, time.monotonic, expected_of(made, history.times()))
    with watching(door, progress, site.racks, Laps(firsts, history.keep_time)) as watch:
        yield watch


def _reading(site: Site, made: Plan) -> Reading:
    files = {name: role_files(name) for name in {step.role.name for step in made.steps}}
    return Reading(site.inputs, files)


def _asked(site: Site) -> Work:
    head = site.inputs.factory.head
    with site.run("plan") as hands:
        limits = Limits(command_s=20.0, output_bytes=8 << 20)
        answers = list(hands.shell.run([head], question(), limits))
        for answer in answers:
            hands.keep(answer)
    return work(answers[0])


def _hits(hit: Sequence[Disturbed]) -> tuple[HitAhead, ...]:
    return tuple(HitAhead(each.host, each.restarts, each.reboots) for each in hit)


def _work(now: Work) -> WorkAhead:
    jobs = tuple((job.id, job.user, job.state, job.hosts) for job in now.jobs)
    return WorkAhead(now.told(), now.unknown, jobs, now.states)


def _time(estimate: Estimate) -> TimeAhead:
    return TimeAhead(estimate.told(), estimate.seconds, estimate.at_least, estimate.without)
