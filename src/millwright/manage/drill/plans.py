"""Plans of drills: what would be taken away, whom it touches, how it comes back by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from millwright.manage.drill.nodeloss import Candidate
from millwright.manage.drill.objectives import UNSAID, of_node_loss
from millwright.model.drill import DrillPlan, Objective
from millwright.model.remedyplan import Rail
from millwright.model.site import Tier


@dataclass(frozen=True, slots=True)
class Ground:
    """What every plan says of its factory. `wishes` are options that were said."""

    factory: str
    at: str
    simulated: bool
    limit_s: float
    wishes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Losable:
    """A node that was named or found for its loss, with what holds it back.

    `timeout_s` is after how long the scheduler gives a silent node up.
    """

    candidate: Candidate
    pool: str
    tier: Tier | None
    rails: Sequence[Rail]
    timeout_s: float | None = None


def unsaid(figures: Mapping[str, str], objectives: Sequence[Objective]) -> tuple[str, ...]:
    """Return the figures for which nothing is promised, in words."""
    there = {each.figure for each in objectives}
    return tuple(f"{what}: {UNSAID}" for name, what in figures.items() if name not in there)


_OF_NODE = {
    "job-elsewhere": "its job runs on another node (rto_min of the pool's tier)",
    "left-serving": "nodes that serve meanwhile (min_replicas of the pool's tier)",
}


def node_loss(ground: Ground, which: Losable) -> DrillPlan:
    """Return the plan of losing one node."""
    node, jobs = which.candidate.node, which.candidate.jobs or ()
    objectives = of_node_loss(which.tier)
    tier = f"tier {which.tier.name}" if which.tier else "no tier"
    wants = (f"--confirm={ground.factory}", *(("--with-jobs",) if jobs else ()))
    mine = "its running jobs are the drill's" if jobs else "a job of the drill's own has it whole"
    return DrillPlan(
        kind="node-loss", factory=ground.factory, at=ground.at, simulated=ground.simulated,
        nodes=(node,),
        touches=(
            f"{node}: its power is taken by its own controller (Redfish), once, after its serial "
            "number was told by both",
            f"the scheduler: {mine}; no job comes to {node} until it is proven",
        ),
        blast=(
            f"{node} of pool {which.pool} ({tier}) is away for some minutes",
            f"jobs that are ended by it: {', '.join(jobs) if jobs else 'none of people'}",
        ),
        undone_by="the drill gives power back in every case; whatever is killed: "
        "`millwright manage drill resume`",
        steps=_node_steps(node, which.timeout_s),
        objectives=objectives, no_objective=unsaid(_OF_NODE, objectives),
        rails=tuple(which.rails), wants=wants, limit_s=ground.limit_s,
        notes=_node_notes(which, ground), settings=dict(ground.wishes),
    )  # fmt: skip


def _node_steps(node: str, timeout_s: float | None) -> tuple[str, ...]:
    when = f", SlurmdTimeout is {timeout_s:.0f} s" if timeout_s else ""
    return (
        f"a job of the drill begins on {node}, and may be queued again",
        f"{node} loses its power; the clock begins at the order",
        f"seen: the scheduler has it down{when}; its job waits again, then runs elsewhere",
        "seen: a sweep of health names it; nodes of its tier that serve are counted",
        "power is given back; the node passes its acceptance tests; it serves again",
    )


def _node_notes(which: Losable, ground: Ground) -> tuple[str, ...]:
    notes = [
        "what a job loses since its last checkpoint is not timed: rpo_min is for head-restore",
        "health is swept by the drill itself: the site's own cadence comes on top",
    ]
    if which.timeout_s and which.timeout_s >= ground.limit_s:
        notes.append(
            f"SlurmdTimeout of {which.timeout_s:.0f} s is longer than {ground.limit_s:.0f} s"
        )
    return tuple(notes)


_OF_HEAD = {
    "restored": "accounting and controller are restored (rto_min of a tier)",
    "backup-age": "the age of the newest backup (rpo_min of a tier)",
    "loss-at-most": "from one backup to the next (rpo_min of a tier)",
}


def head_restore(ground: Ground, head: str, objectives: Sequence[Objective]) -> DrillPlan:
    """Return the plan of restoring a head's newest backup beside what runs."""
    return DrillPlan(
        kind="head-restore", factory=ground.factory, at=ground.at, simulated=ground.simulated,
        nodes=(head,),
        touches=(
            f"{head}: some disk, memory and time, in folders below /var/tmp and nowhere else",
            "what runs there is asked, and not changed",
        ),
        blast=("nobody: the restored database and controller reach no network",),
        undone_by="the programs on the head take their folders away; what a kill leaves is taken "
        "away by the next drill",
        steps=(
            "the newest backup is whole, and its age is what would be lost now",
            "accounting is restored into a server of its own, and its rows are counted",
            "a second controller starts from the backup's state, in networks of its own",
            "its jobs, nodes, partitions and reservations are held against those that live",
        ),
        objectives=tuple(objectives), no_objective=unsaid(_OF_HEAD, objectives),
        wants=("--yes",), limit_s=ground.limit_s, settings=dict(ground.wishes),
        notes=(
            "the head's own machine is not rebuilt: times are the least that a recovery takes",
            "the live head is not restored by any drill",
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """Who is cut off, what is inside, and who must go on or stops by its own word.

    `jobs` are those of people on nodes that are cut; `rails` hold the drill back.
    """

    nodes: tuple[str, ...]
    worker: str
    inside: tuple[str, ...]
    must: tuple[str, ...]
    stops: tuple[str, ...]
    jobs: tuple[str, ...]
    rails: tuple[Rail, ...]


_OF_WAN = {
    "inside-broken": "services of the site that break (a workload with needs_wan: false)",
    "standstill": "the standstill of work (rto_min of the tier of such a workload)",
}


def wan_loss(ground: Ground, site: Site, objectives: Sequence[Objective]) -> DrillPlan:
    """Return the plan of cutting the WAN off on nodes, each of which undoes it by itself."""
    names, hurts = ", ".join(site.nodes), bool(site.stops or site.jobs)
    worker = f"a job of the drill beats on {site.worker}" if site.worker else "no job of the drill"
    limit = f"{ground.limit_s:.0f}"
    ends = f"after {limit} s"
    return DrillPlan(
        kind="wan-loss", factory=ground.factory, at=ground.at, simulated=ground.simulated,
        nodes=site.nodes,
        touches=(
            f"{names}: packets to addresses outside are dropped (nftables, a table of its own)",
            f"inside: {', '.join(site.inside)}; whoever is logged in from outside stays so",
            f"the scheduler: {worker}, and one is given within the cut",
        ),
        blast=(
            f"what begins something outside from these {len(site.nodes)} hosts: for {limit} s",
            f"workloads that need the WAN: {', '.join(site.stops) or 'none says so'}",
            f"jobs of people there: {', '.join(site.jobs) or 'none'}",
        ),
        undone_by=f"a timer of systemd that each host armed before its cut, {ends}; and the rules "
        "let go by themselves; no connection is needed",
        steps=(
            "each host tries what it depends on, inside and outside",
            "each host arms the timer, sees that it runs, and only then cuts",
            "each host tries the same, early and late within the cut; a job is given",
            "the timers undo it; each host tries the same once more",
        ),
        objectives=tuple(objectives), no_objective=unsaid(_OF_WAN, objectives),
        rails=site.rails,
        wants=(f"--confirm={ground.factory}",) if hurts else ("--yes",), limit_s=ground.limit_s,
        notes=(
            f"must go on: {', '.join(site.must)}" if site.must
            else "no workload says needs_wan: false",
            "hosts that are not cut, and what people have outside, are not tried",
        ),
        settings={**ground.wishes, "worker": site.worker, "inside": ",".join(site.inside)},
    )  # fmt: skip
