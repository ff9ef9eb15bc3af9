"""How many spines and cores join a set of leaves: the arithmetic of Clos networks.

All counts are ports at one speed. The even-spread rule: spines are the smallest divisor of the
uplinks per leaf that is large enough, so that every leaf reaches every spine with the same number
of links. With three tiers a spine gives half its ports to leaves (C. Clos, Bell System Technical
Journal 32, 1953).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd

from millwright.units import ceil_div


class TooLarge(Exception):
    """No tree of the allowed tiers carries that many leaves; the message names the limit."""


@dataclass(frozen=True, slots=True)
class Pod:
    """Leaves (by their position in the list of leaves) that share `spines` spines."""

    leaves: tuple[int, ...]
    spines: int
    even: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """A sized tree. `core_groups` core switches take one equal share of each spine's uplinks.

    `core_sets` is how many such groups stand side by side; there are `core_groups * core_sets`
    cores, fewer where some are for `planned` pods alone that do not stand yet.
    """

    tiers: int
    pods: tuple[Pod, ...]
    core_groups: int = 0
    core_sets: int = 0
    planned: int = 0

    @property
    def spines(self) -> int:
        """Return the spines of all pods."""
        return sum(pod.spines for pod in self.pods)

    @property
    def cores(self) -> int:
        """Return the core switches."""
        return self.core_groups * self.core_sets


@dataclass(frozen=True, slots=True)
class Limits:
    """What the upper switches offer: ports of a spine and of a core, and what was asked for.

    `tiers` None lets the size decide. `at_least` is the least number of spines of a pod. `pods` is
    how many the cores are built for, where that is said: pods are then built whole.
    """

    spine_ports: int
    core_ports: int
    tiers: int | None = None
    at_least: int = 1
    pods: int | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the tree must know of a leaf: its uplinks, and which leaves it shares spines with."""

    uplinks: int
    scope: Hashable = None


def divisors(number: int) -> list[int]:
    """Return all divisors in ascending order."""
    small = [d for d in range(1, int(number**0.5) + 1) if number % d == 0]
    return small + [number // d for d in reversed(small) if d * d != number]


def spines_for(uplinks: Iterable[int], ports: int, at_least: int = 1) -> tuple[int, bool]:
    """Return how many spines of `ports` ports serve leaves with these uplinks, and whether evenly.

    Where leaves differ, the divisor must be common to all. Where no divisor is large enough, the
    least count that has the ports is returned, and False.
    """
    counts = list(uplinks)
    needed = max(ceil_div(sum(counts), ports), at_least)
    for divisor in divisors(reduce(gcd, counts)):
        if divisor >= needed:
            return divisor, True
    return needed, False


def size_tree(leaves: Sequence[Leaf], limits: Limits) -> Tree:
    """Return the tree above the leaves.

    Raises TooLarge where the tiers asked for, or three, cannot carry them.
    """
    if len(leaves) == 1 and limits.tiers is None:
        return Tree(tiers=1, pods=())
    wanted = limits.tiers or (2 if len(leaves) <= limits.spine_ports else 3)
    return _two_tiers(leaves, limits) if wanted == 2 else _three_tiers(leaves, limits)


def _two_tiers(leaves: Sequence[Leaf], limits: Limits) -> Tree:
    ports = limits.spine_ports
    if len(leaves) > ports:
        raise TooLarge(
            f"two tiers join at most {ports} leaves, one for each spine port "
            f"({ports * ports // 2} endpoints at 1:1); this needs {len(leaves)} leaves"
        )
    spines, even = spines_for((leaf.uplinks for leaf in leaves), ports, limits.at_least)
    return Tree(tiers=2, pods=(Pod(tuple(range(len(leaves))), spines, even),))


def _three_tiers(leaves: Sequence[Leaf], limits: Limits) -> Tree:
    half = limits.spine_ports // 2
    pods: list[Pod] = []
    for members in _pods(leaves, half):
        at_least = _least(members, leaves, limits)
        spines, even = spines_for((leaves[i].uplinks for i in members), half, at_least)
        pods.append(Pod(tuple(members), spines, even))
    if max(len(pods), limits.pods or 0) > limits.core_ports:
        endpoints = half * half * limits.core_ports
        raise TooLarge(
            f"three tiers join at most {limits.core_ports} pods, one for each core port "
            f"({endpoints} endpoints at 1:1); this needs {max(len(pods), limits.pods or 0)} "
            f"pods of {half} leaves"
        )
    planned = max(len(pods), limits.pods or 0)
    groups, sets = _cores([load for _, load in core_order(pods, leaves, limits)], limits.core_ports)
    return Tree(3, tuple(pods), core_groups=groups, core_sets=sets, planned=planned)


def _least(members: Sequence[int], leaves: Sequence[Leaf], limits: Limits) -> int:
    """Return the least spines of a pod: those of a full one, where pods are built whole."""
    if limits.pods is None:
        return limits.at_least
    half = limits.spine_ports // 2
    widest = max(leaves[i].uplinks for i in members)
    return max(limits.at_least, spines_for([widest] * half, half)[0])


def core_order(
    pods: Sequence[Pod], leaves: Sequence[Leaf], limits: Limits
) -> list[tuple[tuple[int, int], int]]:
    """Return (pod, spine) and the uplinks of every spine, in the order in which cores take them.

    Where pods are built whole, each spine turns half of its ports upwards at once, and pods that
    are planned alone have their places in the order as well.
    """
    if limits.pods is None:
        loads = [spine_loads(pod, leaves) for pod in pods]
        return [((p, s), loads[p][s]) for p, s in index_major(pods)]
    more = [Pod((), pods[0].spines, even=True)] * max(0, limits.pods - len(pods))
    return [(at, limits.spine_ports // 2) for at in index_major([*pods, *more])]


def _pods(leaves: Sequence[Leaf], size: int) -> list[list[int]]:
    open_pods: dict[Hashable, list[int]] = {}
    pods: list[list[int]] = []
    for index, leaf in enumerate(leaves):
        pod = open_pods.get(leaf.scope)
        if pod is None or len(pod) == size:
            pod = open_pods[leaf.scope] = []
            pods.append(pod)
        pod.append(index)
    return pods


def spine_loads(pod: Pod, leaves: Sequence[Leaf]) -> list[int]:
    """Return how many leaf links land on each spine of a pod."""
    total = sum(leaves[i].uplinks for i in pod.leaves)
    base, rest = divmod(total, pod.spines)
    return [base + (index < rest) for index in range(pod.spines)]


def index_major(pods: Sequence[Pod]) -> list[tuple[int, int]]:
    """Return (pod, spine) of every spine, first spines of all pods first.

    Spines of the same index meet at the same cores, so that every pod reaches every other.
    """
    deepest = max(pod.spines for pod in pods)
    return [(p, s) for s in range(deepest) for p, pod in enumerate(pods) if s < pod.spines]


def _cores(loads: Sequence[int], ports: int) -> tuple[int, int]:
    common = reduce(gcd, set(loads))
    choices = []
    for groups in divisors(common):
        sets = core_sets([load // groups for load in loads], ports)
        if sets is not None:
            choices.append((groups * len(sets), -groups, len(sets)))
    _, groups, sets_needed = min(choices)
    return -groups, sets_needed


def core_sets(shares: Sequence[int], ports: int) -> list[int] | None:
    """Return how many spines, in order, each set of cores takes; None where one spine alone is too
    many."""
    largest = max(shares)
    if largest > ports:
        return None
    if largest == min(shares):
        whole, rest = divmod(len(shares), ports // largest)
        return [ports // largest] * whole + ([rest] if rest else [])
    sets, used = [0], 0
    for share in shares:
        if used + share > ports:
            sets.append(0)
            used = 0
        sets[-1] += 1
        used += share
    return sets


def spine_births(pod: Pod, leaves: Sequence[Leaf], limits: Limits) -> list[int]:
    """Return, for each spine of a pod, the leaf (position in `leaves`) that first makes it
    necessary.

    A design that grows leaf by leaf gets its spines in this order; places are handed out by it, so
    that a larger design leaves every device of the smaller one where it stands.
    """
    ports = limits.spine_ports if limits.tiers == 2 else limits.spine_ports // 2
    births: list[int] = []
    total, common = 0, 0
    at_least = _least(pod.leaves, leaves, limits) if limits.tiers == 3 else limits.at_least
    for position in pod.leaves:
        total += leaves[position].uplinks
        common = gcd(common, leaves[position].uplinks)
        if total > ports * len(births) or len(births) < at_least:
            needed = max(ceil_div(total, ports), at_least)
            count = next((d for d in divisors(common) if d >= needed), needed)
            births.extend([position] * (count - len(births)))
    births.extend([pod.leaves[-1]] * (pod.spines - len(births)))
    return births[: pod.spines]
