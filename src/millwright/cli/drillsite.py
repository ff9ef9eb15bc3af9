"""Joins drills of the whole site with the world: the head's restore, and the WAN that is cut."""

from __future__ import annotations

import getpass
import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from millwright.adapters.drillprograms import trial_words, wan_words
from millwright.cli.drilling import Wish, book_of, ground_of, queue_of
from millwright.cli.remedying import Desk
from millwright.cli.remedyrun import Bench
from millwright.deploy.roles.keeping import DRILL
from millwright.deploy.sections.endpoints import told as told_of
from millwright.journeys.drillhands import RestoreHands, WanHands
from millwright.journeys.drilltold import ShellHosts
from millwright.manage.drill.nodeloss import IDLE
from millwright.manage.drill.objectives import dependent, independent, of_head, of_wan_loss, used
from millwright.manage.drill.plans import Site, head_restore, wan_loss
from millwright.manage.drill.wan import rules
from millwright.manage.remedy.rails import freeze_rail
from millwright.model.drill import DrillPlan
from millwright.model.nodeset import chosen
from millwright.model.remedyplan import Rail
from millwright.ports import Limits

if TYPE_CHECKING:
    from millwright.model.site import Services, Tier
    from millwright.model.spec import Factory

MOST_NAMES = 64
"""How many names of hosts each host looks up."""
MONITORING_PORT = 9090
WORKING = (IDLE, "mixed", "allocated")
_SCHEME = re.compile(r"^[a-z][a-z0-9+-]*://")


def _head(desk: Desk) -> str:
    posts = desk.fleet().posts
    return next(name for name, post in posts.items() if post.role == "management")


def _tiers(factory: Factory) -> tuple[Tier, ...]:
    return used([pool.tier for pool in factory.compute], factory.workloads, factory.tiers)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def head_plan(bench: Bench, wish: Wish) -> DrillPlan:
    """Return the plan of restoring the head's newest backup beside it."""
    goals = of_head(_tiers(bench.desk.inputs.read.factory))
    return head_restore(ground_of(bench.desk, wish), _head(bench.desk), goals)


def restore_hands(bench: Bench) -> RestoreHands:
    """Return what a drill of a restore works with."""
    return RestoreHands(
        book=book_of(bench.desk),
        hosts=ShellHosts(bench.shell, bench.record.keep),
        words=_restore_words,
        now=_now,
        actor=getpass.getuser(),
    )


def _restore_words(what: str, name: str) -> Sequence[str]:
    if what == "check":
        return (DRILL[0], "check")
    return (*DRILL, name) if what == "rows" else trial_words(name)


def wan_plan(bench: Bench, wish: Wish) -> DrillPlan:
    """Return the plan of cutting the WAN off: on the head and a node that works, or on others."""
    desk, factory = bench.desk, bench.desk.inputs.read.factory
    fleet, queue = desk.fleet(), queue_of(bench, wish.user)
    states = queue.states(fleet.computing)
    ready = sorted(
        (name for name in fleet.computing if states.get(name) in WORKING),
        key=lambda name: states[name] != IDLE,
    )
    nodes = (_head(desk), *ready[:1]) if wish.nodes is None else chosen(wish.nodes, fleet.posts)
    worker = next((name for name in ready if name in nodes), "")
    inside, unknown = _inside(bench, wish)
    jobs, dumb = _jobs(bench, [name for name in nodes if name in fleet.computing])
    tiers = _tiers(factory)
    rails = (
        *_freeze(desk, tiers),
        _people(jobs, dumb, wish),
        Rail(
            name="services of the site", holds=False,
            told=f"the head knows no address of {', '.join(unknown)}: outside, but for --inside"
            if unknown else "each has an address, and is inside",
        ),
    )  # fmt: skip
    site = Site(
        nodes, worker, inside, independent(factory.workloads), dependent(factory.workloads),
        jobs, rails,
    )  # fmt: skip
    return wan_loss(ground_of(desk, wish), site, of_wan_loss(factory.workloads, tiers))


def _jobs(bench: Bench, nodes: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return people's jobs on nodes, and the nodes of which nobody can tell."""
    found: list[str] = []
    dumb = []
    for node in nodes:
        jobs = bench.slurm.jobs(node)
        found += jobs or ()
        dumb += [node] if jobs is None else []
    return tuple(dict.fromkeys(found)), dumb


def _people(jobs: tuple[str, ...], dumb: list[str], wish: Wish) -> Rail:
    if dumb:
        told = f"nobody can tell which jobs run on {', '.join(dumb)}"
        return Rail(name="people's jobs", holds=True, told=told)
    if jobs and not wish.with_jobs:
        told = f"{', '.join(jobs[:3])}: say --with-jobs"
        return Rail(name="people's jobs", holds=True, told=told)
    told = "--with-jobs says that they may stop" if jobs else "none run there"
    return Rail(name="people's jobs", holds=False, told=told)


def _freeze(desk: Desk, tiers: Sequence[Tier]) -> Iterator[Rail]:
    """Return the freeze windows of all tiers: the head serves each of them."""
    now = desk.rules(None).now
    for tier in tiers:
        for window in tier.freeze:
            yield freeze_rail(window, tier.name, now)


def _inside(bench: Bench, wish: Wish) -> tuple[tuple[str, ...], list[str]]:
    """Return what is inside: the design's networks and the site's services, as the head knows
    them; and the services of which it knows no address."""
    desk = bench.desk
    found = list(desk.cluster.networks.values())
    found += [each for each in wish.more.get("more-inside", "").split(",") if each]
    unknown = []
    for name in _named(desk.inputs.read.factory.services):
        addresses = [name] if _is_address(name) else _known(bench, name)
        found += addresses
        unknown += [] if addresses else [name]
    return tuple(dict.fromkeys(found)), unknown


def _named(services: Services) -> Iterator[str]:
    """Yield the hosts of the site's services, without schemes, ports and paths."""
    for key in type(services).model_fields:
        said = getattr(services, key)
        to = getattr(said, "to", None)
        for each in (*told_of(said), *((to,) if to else ())):
            if host := host_of(each):
                yield host


def host_of(endpoint: str) -> str:
    """Return the host of a service as a spec names it; nothing where it is a path."""
    bare = _SCHEME.sub("", endpoint).split("/")[0]
    if bare.startswith("["):
        return bare[1:].partition("]")[0]
    if _is_address(bare) or not re.search(r":[0-9]+$", bare):
        return bare
    return bare.rpartition(":")[0]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _known(bench: Bench, name: str) -> list[str]:
    """Return the addresses by which the head knows a name."""
    found: list[str] = []
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,253}", name):
        return found
    limits = Limits(command_s=10.0)
    for answer in bench.shell.run([_head(bench.desk)], ("getent", "ahosts", "--", name), limits):
        bench.record.keep(answer)
        words = [line.split()[0] for line in answer.stdout.decode().splitlines() if line.strip()]
        found = [word for word in dict.fromkeys(words) if _is_address(word)]
    return found


def wan_hands(bench: Bench, plan: DrillPlan) -> WanHands:
    """Return what a drill without WAN works with."""
    return WanHands(
        book=book_of(bench.desk),
        hosts=ShellHosts(bench.shell, bench.record.keep),
        beats=queue_of(bench, plan.settings.get("user", "")),
        words=wan_words,
        orders={node: _order(bench.desk, node) for node in plan.nodes},
        rules=rules(plan.settings["inside"].split(","), round(plan.limit_s)),
        now=_now,
        clock=time.monotonic,
        wait=time.sleep,
        actor=getpass.getuser(),
    )


def _order(desk: Desk, node: str) -> dict[str, Any]:
    """Return what one host tries: names, mounts, the directory, and monitoring on the head."""
    factory, posts = desk.inputs.read.factory, desk.fleet().posts
    head = posts[node].role == "management"
    identity = factory.services.identity
    watched = (factory.software.monitoring or "prometheus") == "prometheus"
    return {
        "hosts": list(posts)[:MOST_NAMES],
        "head": head,
        "mounts": [] if head else [mount.path for mount in factory.storage.mounts],
        "probe": getattr(identity, "probe", None) or "",
        "ports": [["monitoring", _head(desk), MONITORING_PORT]] if watched and head else [],
    }
