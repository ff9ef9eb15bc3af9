"""The circuit breaker: complaints that are too many, or too much alike, are no node's own fault.

A rack, a rail or half of the fleet that complains at once has something in common: power, a leaf,
a driver, a mistake of whoever complains. Draining it all would make an outage of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from millwright.manage.remedy.fleet import Fleet
from millwright.manage.remedy.rails import Bounds
from millwright.model.incident import Complaint
from millwright.model.nodeset import folded

_ADAPTER = re.compile(r"mlx5_\d+|ib\d+|rail-?\d+")


def tripped(
    complaints: Sequence[Complaint],
    recent: Iterable[str],
    fleet: Fleet,
    bounds: Bounds,
    common: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return why nobody may be drained; nothing where somebody may.

    `recent` are nodes of incidents that began within the breaker's minutes. `common` is what a
    detector itself found to be common to many.
    """
    strong = [each for each in complaints if not each.weak and each.node in fleet.posts]
    now = {each.node for each in strong}
    found = [f"the detector found a common cause: {told}" for told in common]
    found += _many(now | set(recent), fleet, bounds)
    return (*found, *_alike(strong, fleet, bounds))


def _many(nodes: set[str], fleet: Fleet, bounds: Bounds) -> Iterator[str]:
    nodes &= set(fleet.computing)
    least = int(bounds("breaker_group_nodes"))
    most, share = int(bounds("breaker_nodes")), bounds("breaker_share")
    if len(nodes) >= most:
        yield f"{folded(nodes)} ({len(nodes)}) complain, and {most} are too many at once"
    elif len(nodes) >= max(least, ceil(share * len(fleet.computing) - 1e-9)):
        yield (
            f"{folded(nodes)} ({len(nodes)}) complain of {len(fleet.computing)} nodes, "
            f"and {share:.0%} are too many at once"
        )


def _alike(complaints: Sequence[Complaint], fleet: Fleet, bounds: Bounds) -> Iterator[str]:
    groups: dict[tuple[str, str, str], set[str]] = {}
    for each in complaints:
        post = fleet.posts[each.node]
        for kind, name in _places(each, post.rack, post.pool):
            groups.setdefault((kind, name, each.family), set()).add(each.node)
    least, share = int(bounds("breaker_group_nodes")), bounds("breaker_group_share")
    for (kind, name, family), nodes in sorted(groups.items()):
        size = _size(fleet, kind, name)
        if len(nodes) >= least and len(nodes) >= share * size - 1e-9:
            yield (
                f"{folded(nodes)} ({len(nodes)} of {size}) complain of {family} "
                f"in {kind} {name.replace('/', ' of ')}"
            )


def _places(complaint: Complaint, rack: str, pool: str) -> Iterator[tuple[str, str]]:
    """Yield what a complaint's node shares with others: its rack, and its adapter's rail."""
    if rack:
        yield "rack", rack
    rail = next(
        (
            word
            for word in (complaint.device, *complaint.fault.split(":"))
            if _ADAPTER.fullmatch(word)
        ),
        None,
    )
    if rail is not None:
        yield "rail", f"{rail}/{pool}"


def _size(fleet: Fleet, kind: str, name: str) -> int:
    if kind == "rack":
        return sum(fleet.posts[node].rack == name for node in fleet.computing)
    pool = name.partition("/")[2]
    return sum(fleet.posts[node].pool == pool for node in fleet.computing)
