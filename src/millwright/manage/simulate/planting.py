"""Chooses what happens to whom in a simulated fleet, and what that does to its signals."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from millwright.errors import MillwrightError

GPUS = 8
RACK = 4
_QUIET_BEGIN, _QUIET_END = 0.3, 0.25
"""Shares of the time, at its begin and its end, in which nothing is planted."""
_MOST_HIT = 0.4
_TRIES = 40
Works = Callable[[int, int], bool]
"""Whether a node works from a minute on."""
Crew = Callable[[int, int], tuple[tuple[int, ...], int]]
"""Who does one job with a node around a minute, and when that job ends."""

SIZES: Mapping[str, tuple[float, ...]] = {
    "slow-gpu": (2, 5, 10, 20),
    "thermal-throttle": (5, 12),
    "power-brake": (8, 25),
    "slow-hbm": (5, 10),
    "pcie-degraded": (50,),
    "nic-degraded": (5, 15),
    "nvlink-lanes": (6, 25),
    "cpu-hog": (25, 60),
    "slow-mount": (60, 200),
    "flat-exporter": (100,),
    "silent-exporter": (100,),
    "hot-rack": (15,),
    "planned-reboot": (100,),
    "slow-job": (8, 20),
}
"""What can be planted, and in which sizes where nobody says one."""

Bend = tuple[float, float]
"""What a signal becomes: times the first, plus the second of its level at work."""
ANY = "*"


def effects(kind: str, size: float) -> dict[str, Bend]:
    """Return what a fault does, by signal; `*` is all of them (flat or silent)."""
    left, part = 1 - size / 100, size / 100
    table: dict[str, dict[str, Bend]] = {
        "slow-gpu": {"sm-clock": (left, 0), "tensor-active": (left, 0), "power": (1 - part / 2, 0)},
        "thermal-throttle": {"temperature": (1, 0.08 + part / 3), "sm-clock": (left, 0),
                             "tensor-active": (left, 0), "thermal-violation": (1, 6e10 * part)},
        "power-brake": {"sm-clock": (left, 0), "tensor-active": (left, 0), "power": (left, 0)},
        "slow-hbm": {"dram-active": (left, 0), "tensor-active": (1 - 0.6 * part, 0)},
        "pcie-degraded": {"pcie-received": (left, 0)},
        "nic-degraded": {"ib-sent": (left, 0), "congestion": (1 + size, size / 2)},
        "nvlink-lanes": {"nvlink-sent": (left, 0)},
        "cpu-hog": {"cpu-busy": (1, part)},
        "slow-mount": {"nfs-rtt": (1 + part, 0)},
        "hot-rack": {"temperature": (1, part)},
        "flat-exporter": {ANY: (0, 0)},
        "silent-exporter": {ANY: (0, 0)},
        "planned-reboot": {ANY: (0, 0)},
        "slow-job": {"sm-clock": (left, 0), "tensor-active": (left, 0), "power": (1 - part / 2, 0)},
    }  # fmt: skip
    return table[kind]


@dataclass(frozen=True, slots=True)
class Wished:
    """A kind, its size in per cent, and how often."""

    kind: str
    size: float
    count: int = 1


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that befalls nodes (by number) from one minute to another; -1: to the end.

    `device` is a number of a GPU or adapter, -1 for whole nodes.
    """

    kind: str
    size: float
    nodes: tuple[int, ...]
    device: int
    begin: int
    end: int

    @property
    def expected(self) -> bool:
        """Whether a finding about it is right."""
        return self.kind != "planned-reboot"


def wished(text: str) -> Wished:
    """Return what `KIND`, `KIND:SIZE` or `KIND:SIZE:COUNT` asks for. Raises MillwrightError."""
    kind, _, rest = text.partition(":")
    size, _, count = rest.partition(":")
    if kind not in SIZES:
        raise MillwrightError(
            f"no fault {kind!r} can be planted", hint=f"known: {', '.join(SIZES)}"
        )
    try:
        wish = Wished(kind, float(size or SIZES[kind][-1]), int(count or 1))
    except ValueError:
        raise MillwrightError(f"--fault takes KIND:SIZE or KIND:SIZE:COUNT, not {text!r}") from None
    if not 0 < wish.size <= 400 or not 1 <= wish.count <= 10_000:
        raise MillwrightError("a fault has a size above 0 per cent, and at least one")
    return wish


def everything() -> tuple[Wished, ...]:
    """Return one of each kind and size, but for jobs: whole jobs that are slow would be most of
    a small fleet.
    """
    kinds = (each for each in SIZES.items() if each[0] != _JOB)
    return tuple(Wished(kind, size) for kind, sizes in kinds for size in sizes)


def _any_four(node: int, minute: int) -> tuple[tuple[int, ...], int]:
    first = node // RACK * RACK
    return tuple(range(first, first + RACK)), -1


def planted(
    size: tuple[int, int],
    wishes: Sequence[Wished],
    dice: random.Random,
    works: Works,
    crew: Crew = _any_four,
) -> tuple[Happening, ...]:
    """Return what happens; `size` is nodes and minutes. Each node is hit once at most.

    A fault begins while its nodes work, because nobody can see it before they do; one of a job
    befalls all its nodes, and ends with it. Raises MillwrightError of too much.
    """
    nodes, minutes = size
    _check_room(nodes, sum(wish.count for wish in wishes))
    free = list(range(nodes))
    found = []
    for wish in sorted(wishes, key=lambda each: each.kind not in ("hot-rack", _JOB)):
        for _ in range(wish.count):
            if wish.kind == _JOB:
                found.append(_slow_job(wish, minutes, free, dice, crew))
                free = [node for node in free if node not in found[-1].nodes]
                continue
            members = _members(wish.kind, free, nodes, dice)
            free = [node for node in free if node not in members]
            begin = _begin(members, minutes, dice, works)
            end = begin + dice.randrange(6, 11) if wish.kind == "planned-reboot" else -1
            device = -1 if wish.kind in _WHOLE else dice.randrange(GPUS)
            found.append(Happening(wish.kind, wish.size, members, device, begin, end))
    if nodes - len(free) > _MOST_HIT * nodes:
        raise MillwrightError(
            f"{nodes - len(free)} of {nodes} nodes would be hit", hint="plant less, or take more"
        )
    return tuple(found)


def _check_room(nodes: int, faults: int) -> None:
    least = max(math.ceil(faults / _MOST_HIT), 1)
    if nodes < least:
        raise MillwrightError(
            f"{faults} faults on {nodes} nodes: most nodes have to stay well",
            hint=f"say --nodes {least} or more, or --fault for fewer faults",
        )


def _begin(members: tuple[int, ...], minutes: int, dice: random.Random, works: Works) -> int:
    """Return a minute from which on all who are hit work for a while, if any of forty is one."""
    first, last = int(minutes * _QUIET_BEGIN), int(minutes * (1 - _QUIET_END))
    tries = [dice.randrange(first, last) for _ in range(_TRIES)]
    return next((at for at in tries if all(works(node, at) for node in members)), tries[0])


def _slow_job(
    wish: Wished, minutes: int, free: list[int], dice: random.Random, crew: Crew
) -> Happening:
    first, last = int(minutes * _QUIET_BEGIN), int(minutes * (1 - _QUIET_END))
    for _ in range(_TRIES * _TRIES):
        begin = dice.randrange(first, last)
        members, end = crew(dice.choice(free), begin)
        if len(members) >= RACK and set(members) <= set(free):
            return Happening(wish.kind, wish.size, members, -1, begin, end)
    raise MillwrightError(
        f"no job of {RACK} nodes is left to be slowed", hint="take more nodes, or more hours"
    )


_JOB = "slow-job"
_WHOLE = frozenset({
    "power-brake", "cpu-hog", "slow-mount", "flat-exporter", "silent-exporter", "hot-rack",
    "planned-reboot",
})  # fmt: skip


def _members(kind: str, free: list[int], nodes: int, dice: random.Random) -> tuple[int, ...]:
    if kind != "hot-rack":
        if not free:
            raise MillwrightError("there are more faults than nodes")
        return (dice.choice(free),)
    racks = [range(at, at + RACK) for at in range(0, nodes - RACK + 1, RACK)]
    whole = [rack for rack in racks if set(rack) <= set(free)]
    if not whole:
        raise MillwrightError(f"no rack of {RACK} nodes is left for a hot one")
    return tuple(dice.choice(whole))
