"""Chooses who is hit: each node by one fault at most, and few enough that healthy is usual."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from millwright.build.simulate.layout import (
    GPUS,
    MOST_NODES,
    NODES_PER_LEAF_GROUP,
    NODES_PER_RACK,
    leaf_of,
    node_names,
    rack_of,
)
from millwright.errors import MillwrightError
from millwright.model.fleet import FaultKind, Planted

LEAST_NODES = 8
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
SIZES: dict[FaultKind, tuple[float, ...]] = {
    "slow-gpu": (2, 3, 5, 8, 12, 20),
    "slow-hbm": (3, 5, 10),
    "half-width-pcie": (50,),
    "weak-link": (5, 10, 20),
    "hot-rack": (3, 5, 8),
    "bad-leaf": (8,),
    "jitter": (15, 30, 60),
    "wrong-firmware": (3, 5, 8),
    "slow-node": (3, 5, 8),
}
"""What is planted where nobody says what."""
_MOST_FAULTY = 0.2
_SPARED = 2
"""So many nodes may be hit however small a fleet is."""
_OF_DEVICES: frozenset[FaultKind] = frozenset({"slow-gpu", "slow-hbm", "half-width-pcie"})


@dataclass(frozen=True, slots=True)
class Wished:
    """A kind of fault, its size in per cent, and how many of it; 0 leaves that to the fleet."""

    kind: FaultKind
    size: float
    count: int = 0


def wished(text: str) -> Wished:
    """Return what `KIND:SIZE` or `KIND:SIZE:COUNT` asks for. Raises MillwrightError."""
    kind, _, rest = text.partition(":")
    size, _, count = rest.partition(":")
    if kind not in KINDS:
        raise MillwrightError(
            f"no fault {kind!r} can be planted", hint=f"known: {', '.join(KINDS)}"
        )
    try:
        wish = Wished(kind, float(size) if size else SIZES[kind][-1], int(count) if count else 1)
    except ValueError:
        raise MillwrightError(f"--fault takes KIND:SIZE or KIND:SIZE:COUNT, not {text!r}") from None
    if not 0 < wish.size < 100 or wish.count < 1:
        raise MillwrightError("a fault has a size between 0 and 100 per cent, and at least one")
    return wish


def everything(nodes: int) -> tuple[Wished, ...]:
    """Return all kinds and sizes, as many of each as a fleet of that size bears.

    A small fleet does not bear one of each: it gets the largest size of each kind, then the next
    one, as far as a fifth of its nodes goes.
    """
    each = max(1, nodes // 256)
    found = []
    for kind, sizes in SIZES.items():
        grouped = kind in ("bad-leaf", "hot-rack", "wrong-firmware")
        if kind == "bad-leaf" and nodes < 32 * NODES_PER_LEAF_GROUP:
            continue
        for size in sizes:
            found.append(Wished(kind, size, max(1, each // 4) if grouped else each))
    return _borne(nodes, found)


def _borne(nodes: int, wishes: Sequence[Wished]) -> tuple[Wished, ...]:
    """Return the wishes that together hit few enough nodes, in the order in which they came."""
    left = max(_SPARED, int(_MOST_FAULTY * nodes))
    taken = set()
    for wish in sorted(wishes, key=_turn):
        hit = wish.count * _members(wish.kind, nodes)
        if hit <= left:
            taken.add(wish)
            left -= hit
    return tuple(wish for wish in wishes if wish in taken)


def _turn(wish: Wished) -> int:
    sizes = SIZES[wish.kind]
    return len(sizes) - sizes.index(wish.size)


def planted(nodes: int, wishes: Sequence[Wished], dice: random.Random) -> tuple[Planted, ...]:
    """Return the faults, each on nodes of its own.

    Raises MillwrightError where more than a fifth of the nodes would be hit: then what is healthy
    can no longer be learned from the fleet.
    """
    if not LEAST_NODES <= nodes <= MOST_NODES:
        raise MillwrightError(f"a fleet has {LEAST_NODES} to {MOST_NODES} nodes, not {nodes}")
    free = set(range(nodes))
    found = []
    names = node_names(nodes)
    ordered = sorted(wishes, key=lambda wish: (wish.kind not in ("bad-leaf", "hot-rack"),))
    for wish in ordered:
        for _ in range(wish.count):
            members, group, rail = _chosen(wish.kind, nodes, free, dice)
            free -= set(members)
            devices = _devices(wish.kind, rail, dice)
            size = 50.0 if wish.kind == "half-width-pcie" else wish.size
            found.append(
                Planted(
                    kind=wish.kind,
                    size_percent=size,
                    devices=devices,
                    group=group,
                    nodes=tuple(names[at] for at in sorted(members)),
                )  # fmt: skip
            )
    hit = nodes - len(free)
    if hit > _MOST_FAULTY * nodes and hit > _SPARED:
        raise MillwrightError(
            f"{hit} of {nodes} nodes would be hit", hint="plant less, or take more nodes"
        )
    return tuple(found)


def _chosen(
    kind: FaultKind, nodes: int, free: set[int], dice: random.Random
) -> tuple[list[int], str, int]:
    rail = dice.randrange(GPUS)
    if kind in ("hot-rack", "bad-leaf"):
        size = _members(kind, nodes)
        groups = [list(range(begin, min(begin + size, nodes))) for begin in range(0, nodes, size)]
        whole = [group for group in groups if len(group) == size and set(group) <= free]
        if not whole:
            raise MillwrightError(f"no group of {size} nodes is left for a {kind}")
        group = dice.choice(whole)
        name = rack_of(group[0]) if kind == "hot-rack" else leaf_of(group[0], rail)
        return group, name, rail
    wanted = _members(kind, nodes)
    if len(free) < wanted:
        raise MillwrightError("there are more faults than nodes")
    return dice.sample(sorted(free), wanted), "", rail


def _members(kind: FaultKind, nodes: int) -> int:
    """Return how many nodes one fault of a kind hits."""
    groups: dict[FaultKind, int] = {
        "hot-rack": NODES_PER_RACK,
        "bad-leaf": NODES_PER_LEAF_GROUP,
        "wrong-firmware": max(3, min(16, nodes // 64)),
    }
    return groups.get(kind, 1)


def _devices(kind: FaultKind, rail: int, dice: random.Random) -> tuple[str, ...]:
    if kind in _OF_DEVICES:
        return (f"gpu{dice.randrange(GPUS)}",)
    if kind in ("weak-link", "bad-leaf"):
        return (f"mlx5_{rail}",)
    return ()
