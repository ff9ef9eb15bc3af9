"""The larger design against the recorded one: what comes, and what it changes on what stands.

Roles are held against the inputs of both designs, so that exactly what growth changes is known; a
step that was open on an installed host before is none of growth's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from millwright.deploy.inputs import Inputs
from millwright.deploy.plan import Plan, plan
from millwright.deploy.reasons import FILES, Reading, differences
from millwright.deploy.role import Role
from millwright.deploy.workload import Work
from millwright.design.growth import moves
from millwright.manage.grow.arrivals import (
    arrivals,
    computing_of,
    hosts_of,
    new_cables,
    new_racks,
)
from millwright.model.cluster import CableTable, Cluster
from millwright.model.growth import GrowthPlan, GrowthSaid, Origin, Restart, RoleChange
from millwright.model.lock import Lock
from millwright.model.nodeset import folded
from millwright.model.standing import Done

SELF_RESTARTING = (23, 11)
"""From this release of Slurm on nodes are added by a reconfigure, and that starts its daemons
anew."""
CONTROLLER = "slurm-controller"
QUIET: Mapping[str, tuple[re.Pattern[str], str]] = {
    "names": (re.compile(r""), "read with every look-up: nothing runs on it"),
    "prometheus": (
        re.compile(r"factory\.monitoring\.jobs\[[a-z-]+\]\.targets\."),
        "Prometheus reads its targets again by itself",
    ),
    "central-logging": (
        re.compile(r"node\.log_senders\."),
        "rsyslog reads its table of hosts again at a signal",
    ),
}
"""Roles whose daemons go on where nothing but this changes, and how they come to know. Any other
role, and these for another reason, restart what they say that they restart."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A design with what it was made from, and what roles read of it."""

    cluster: Cluster
    cables: CableTable
    inputs: Inputs
    lock: Lock

    @property
    def origin(self) -> Origin:
        """Return the inputs behind it."""
        lock = self.lock
        return Origin(
            tool_version=lock.tool_version,
            spec_sha256=lock.spec_sha256,
            catalog_sha256=lock.catalog_sha256,
        )


@dataclass(frozen=True, slots=True)
class Around:
    """What else a plan is made from.

    `rows` is the ledger, `texts` holds the digest of each role's own files. `again` are nodes that
    came with an earlier growth and never served. `release` is the Slurm of the head node, None
    where it did not tell.
    """

    roles: tuple[Role, ...]
    rows: Mapping[tuple[str, str], Done]
    texts: Mapping[str, str]
    work: Work
    release: tuple[int, int] | None
    again: frozenset[str] = field(default_factory=frozenset)


def grown(old: Stage, new: Stage, around: Around, said: GrowthSaid, at: str) -> GrowthPlan:
    """Return what growing comes to. The estimate of time is laid in by whoever knows earlier runs.

    An installed host is one of the recorded design that did not come with a growth which never
    ended for it.
    """
    coming = arrivals(old.cluster, new.cluster, around.again)
    nodes = tuple(each.name for each in coming if each.role == "compute")
    installed = tuple(n for n in hosts_of(old.cluster) if n not in around.again)
    before = _plan(old, around, frozenset(installed))
    made = GrowthPlan(
        factory=new.cluster.name,
        at=at,
        simulated=new.cluster.simulated,
        before=old.origin,
        after=new.origin,
        installed=installed,
        computing=tuple(n for n in computing_of(old.cluster) if n not in around.again),
        head=new.inputs.factory.head,
        nodes=nodes,
        devices=coming,
        racks=new_racks(old.cluster, new.cluster),
        cables=new_cables(old.cluster, old.cables, new.cables),
        moves=moves(old.cluster, old.cables, new.cluster, new.cables),
        roles=tuple(role_changes(old.inputs, new.inputs, around, installed)),
        open_steps=tuple(f"{step.role.name} on {step.host}" for step in before.steps),
        new_steps=len(_plan(new, around, frozenset(nodes)).steps),
        jobs=around.work.told()[:2000],
        notes=tuple(_notes(around)),
    )
    made = made.model_copy(update={"restarts": tuple(restarts(made, around))})
    made = made.model_copy(update={"disturbs": _disturbed(made)})
    return made.model_copy(update={"refused": tuple(refusals(made, said))})


def _plan(stage: Stage, around: Around, only: frozenset[str]) -> Plan:
    return plan(around.roles, stage.inputs, around.rows, around.texts, only)


def role_changes(
    old: Inputs, new: Inputs, around: Around, installed: Collection[str]
) -> Iterator[RoleChange]:
    """Yield the roles of installed hosts that read something else in the larger design."""
    was, now = Reading(old, {}), Reading(new, {})
    for role in around.roles:
        told: dict[tuple[str, ...], list[str]] = {}
        for host in installed:
            if host not in new.nodes or not role.where(new.nodes[host], new):
                continue
            before = was.of(role, host) if role.where(old.nodes[host], old) else {FILES: {}}
            found = tuple(each[:200] for each in differences(before, now.of(role, host)))
            if found:
                told.setdefault(found, []).append(host)
        for what, hosts in told.items():
            effect = _effect(role, what)
            yield RoleChange(role=role.name, hosts=tuple(hosts), what=what, effect=effect)


def _quiet(role: str, what: Collection[str]) -> bool:
    return role in QUIET and all(QUIET[role][0].match(each) for each in what)


def _effect(role: Role, what: Collection[str]) -> str:
    if role.name == CONTROLLER:
        return "scontrol reconfigure: nodes fetch the configuration anew"
    if _quiet(role.name, what):
        return QUIET[role.name][1]
    drains = "jobs leave its nodes first; " if role.drains else ""
    if role.restarts:
        return f"{drains}restarts {', '.join(role.restarts)}"
    return f"{drains}files alone"


def restarts(made: GrowthPlan, around: Around) -> Iterator[Restart]:
    """Yield the services of installed hosts that growth cannot but start again."""
    roles = {role.name: role for role in around.roles}
    for change in made.roles:
        if change.role == CONTROLLER:
            yield from _of_slurm(made, around.release)
        elif not _quiet(change.role, change.what):
            why = f"{change.role} changes"
            for unit in roles[change.role].restarts:
                yield Restart(unit=_unit(unit), hosts=change.hosts, why=why)


def _unit(told: str) -> str:
    return told.partition(";")[0].partition(" ")[0]


def _of_slurm(made: GrowthPlan, release: tuple[int, int] | None) -> Iterator[Restart]:
    told = ".".join(f"{each:02}" for each in release) if release else "of unknown release"
    if release is None or release < SELF_RESTARTING:
        why = f"Slurm {told} takes new nodes at the start of its controller alone; jobs go on"
        yield Restart(unit="slurmctld", hosts=(made.head,), why=why)
        return
    why = f"a reconfigure of Slurm {told} starts its daemons anew; jobs go on"
    yield Restart(unit="slurmctld", hosts=(made.head,), why=why)
    yield Restart(unit="slurmd", hosts=made.computing, why=why)


def _disturbed(made: GrowthPlan) -> tuple[str, ...]:
    hosts = {host for each in made.restarts for host in each.hosts}
    return tuple(name for name in made.installed if name in hosts)


def _notes(around: Around) -> Iterator[str]:
    if around.again:
        yield f"{folded(sorted(around.again))} came with an earlier growth and never served"
    if around.release is None:
        yield "UNKNOWN which Slurm the head node runs: it is taken for one before 23.11"


def refusals(made: GrowthPlan, said: GrowthSaid) -> Iterator[str]:
    """Yield why a plan is not carried out with what was said."""
    if not made.nodes:
        yield (
            "no node comes: the recorded design has as many already; where `design solve` was run "
            "first, say --former DIR, with the design of before"
        )
    if made.moves and not said.allow_moves:
        told = "; ".join(f"{each.rule} {each.message}" for each in made.moves)
        yield f"what is installed would change: {told[:1500]} (--allow-moves)"
    if made.open_steps:
        told = ", ".join(made.open_steps[:6])
        more = f" and {len(made.open_steps) - 6} more" if len(made.open_steps) > 6 else ""
        yield (
            f"roles are open on installed hosts that growth has nothing to do with: {told}{more}; "
            "do them first: put the former factory.yaml back, then `deploy apply`"
        )
    asked = [each for each in made.restarts if each.unit not in said.allow_restarts]
    if asked:
        told = "; ".join(f"{each.unit} on {folded(each.hosts)}: {each.why}" for each in asked)
        units = ",".join(dict.fromkeys(each.unit for each in asked))
        yield f"it starts again {told[:1500]} (--allow-restart {units})"
