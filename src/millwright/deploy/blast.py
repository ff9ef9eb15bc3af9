"""Whom a plan disturbs, and whether that is allowed: asked before anything is done."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.deploy.plan import Plan
from millwright.deploy.workload import Work
from millwright.errors import MillwrightError
from millwright.model.nodeset import chosen, folded
from millwright.model.standing import Done

STOOD = ("proven", "not testable")
_SHARE = re.compile(r"^([0-9]{1,3})%$")


@dataclass(frozen=True, slots=True)
class Disturbed:
    """One host on which something that runs is restarted or may need a reboot, and what."""

    host: str
    restarts: tuple[str, ...]
    reboots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a plan may disturb: these hosts, so many hosts at most, nodes with jobs or not."""

    hosts: frozenset[str] | None = None
    most: int | None = None
    jobs: bool = False


def disturbed(
    made: Plan, rows: Mapping[tuple[str, str], Done], served: frozenset[str]
) -> tuple[Disturbed, ...]:
    """Return the hosts that a plan disturbs, in its order.

    A role disturbs a host where it stood before, or where the scheduler has run (`served`): on a
    host that is new nothing runs yet that could be disturbed.
    """
    restarts: dict[str, list[str]] = {}
    reboots: dict[str, list[str]] = {}
    for step in made.steps:
        before = rows.get((step.host, step.role.name))
        stood = before is not None and before.standing in STOOD
        if not (stood or step.host in served):
            continue
        if step.role.restarts:
            restarts.setdefault(step.host, []).extend(step.role.restarts)
        if step.role.reboots and stood:
            reboots.setdefault(step.host, []).append(step.role.reboots)
    return tuple(
        Disturbed(host, tuple(dict.fromkeys(restarts.get(host, ()))), tuple(reboots.get(host, ())))
        for host in dict.fromkeys((*restarts, *reboots))
    )


def allowance(text: str | None, hosts: Sequence[str], *, jobs: bool) -> Allowance:
    """Return what `--allow` says: a node set, a number of hosts, or a share of all of them.

    Raises MillwrightError where it is none of these, WrongNodeSet where it names strangers.
    """
    if text is None:
        return Allowance(jobs=jobs)
    if text.isascii() and text.isdigit() and len(text) <= 6:
        return Allowance(most=int(text), jobs=jobs)
    if share := _SHARE.match(text):
        if int(share[1]) > 100:
            raise MillwrightError(f"--allow takes up to 100%, not {text}")
        return Allowance(most=len(hosts) * int(share[1]) // 100, jobs=jobs)
    if not text[:1].isalpha():
        raise MillwrightError(
            f"--allow takes a node set, a number of hosts or a share, not {text!r}",
            hint="like gpu[001-004], 4 or 10%",
        )
    return Allowance(hosts=frozenset(chosen(text, hosts)), jobs=jobs)


def refusals(
    hit: Sequence[Disturbed], allowed: Allowance, work: Work, served: frozenset[str]
) -> tuple[str, ...]:
    """Return why a plan is not carried out; nothing where it may be.

    `served` are the compute nodes on which jobs can run: where Slurm does not tell of those, a job
    is taken to be there.
    """
    names = [each.host for each in hit]
    told: list[str] = []
    if allowed.hosts is not None and (outside := [n for n in names if n not in allowed.hosts]):
        told.append(f"it disturbs {folded(outside)} ({len(outside)}), which --allow does not name")
    if allowed.most is not None and len(names) > allowed.most:
        told.append(f"it disturbs {len(names)} hosts, and --allow says {allowed.most} at most")
    if not allowed.jobs:
        told += _of_jobs(names, work, served)
    return tuple(told)


def _of_jobs(names: Sequence[str], work: Work, served: frozenset[str]) -> list[str]:
    if work.unknown:
        dark = [name for name in names if name in served]
        where = f"jobs may run on {folded(dark)} ({len(dark)}): " if dark else ""
        return [f"{where}{work.told()}"] if dark else []
    busy = [name for name in names if work.on([name])]
    if not busy:
        return []
    jobs = work.on(busy)
    users = ", ".join(sorted({job.user for job in jobs}))
    return [f"{len(jobs)} jobs of {users} run on {folded(busy)} ({len(busy)})"]
