"""Draws a fleet: healthy parts first, then what was planted in them, reading by reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from millwright.build.rounds import circle, screening
from millwright.build.simulate.layout import (
    GPUS,
    KINDS,
    PCIE_WIDTH,
    STEP_TIME,
    STEPS,
    WRITE_BANDWIDTH,
    Kind,
    node_names,
)
from millwright.model.fleet import FaultKind, Noise, Planted

Numbers = NDArray[np.float64]
ATTEMPTS = 3
_LATE_STEPS = 0.04
"""Of a jittery node's steps, how many are late."""
_HIT: dict[FaultKind, tuple[str, ...]] = {
    "slow-gpu": ("gpu",),
    "wrong-firmware": ("gpu",),
    "slow-node": ("gpu", "node"),
    "hot-rack": ("gpu", "node"),
    "slow-hbm": ("memory",),
    "half-width-pcie": ("pcie",),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """Readings of one kind: by attempt, node and device (one for a whole node); NaN for a gap."""

    kind: Kind
    values: Numbers


@dataclass(frozen=True, slots=True)
class DrawnPairs:
    """Bandwidth between nodes: by attempt, pair and rail."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    values: Numbers


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything that was drawn. `steps` is by attempt, node and step."""

    nodes: tuple[str, ...]
    readings: tuple[Drawn, ...]
    pairs: DrawnPairs
    steps: Numbers
    old_firmware: frozenset[int] = field(default_factory=frozenset)


def drawn(count: int, noise: Noise, faults: Sequence[Planted], dice: np.random.Generator) -> Fleet:
    """Return a fleet of so many nodes of eight GPUs, with these faults in it."""
    nodes = node_names(count)
    place = {name: at for at, name in enumerate(nodes)}
    hit = [(fault, np.array([place[name] for name in fault.nodes])) for fault in faults]
    whole = 1 + _normal(dice, noise.node_spread_percent.value, (count,))
    loaded = _load(dice, noise, count)
    shared = {
        part: dice.standard_normal((count, GPUS if part != "node" else 1))
        for part in ("gpu", "memory", "pcie", "node")
    }
    readings = []
    for kind in (*KINDS, PCIE_WIDTH):
        values = (
            _widths(count)
            if kind is PCIE_WIDTH
            else _readings(dice, noise, kind, shared[kind.part]) * (whole * loaded)[:, :, None]
        )
        for fault, at in hit:
            _plant(values, kind, fault, at)
        readings.append(Drawn(kind, np.where(_gaps(dice, noise, values.shape), np.nan, values)))
    return Fleet(
        nodes, tuple(readings), _pairs(dice, noise, nodes, hit), _steps(dice, noise, count, hit),
        frozenset(
            int(node) for fault, at in hit if fault.kind == "wrong-firmware" for node in at
        ),
    )  # fmt: skip


def _normal(dice: np.random.Generator, percent: float, shape: tuple[int, ...]) -> Numbers:
    return dice.standard_normal(shape) * percent / 100


def _load(dice: np.random.Generator, noise: Noise, count: int) -> Numbers:
    """Return what of a node is left in each attempt: now and then something else runs."""
    busy = dice.random((ATTEMPTS, count)) < noise.load_share.value
    cost = dice.uniform(0.3, 1.0, (ATTEMPTS, count)) * noise.load_percent.value / 100
    return np.asarray(1 - busy * cost)


def _readings(dice: np.random.Generator, noise: Noise, kind: Kind, shared: Numbers) -> Numbers:
    """Return readings by attempt, node and device: the part's own spread, and each reading's."""
    spread = {
        "gpu": noise.gpu_spread_percent, "memory": noise.memory_spread_percent,
        "pcie": noise.link_spread_percent, "node": noise.link_spread_percent,
    }[kind.part].value / 100  # fmt: skip
    both = noise.shared_share.value
    own = np.sqrt(both) * shared + np.sqrt(1 - both) * dice.standard_normal(shared.shape)
    kept = noise.autocorrelation.value
    drift = [dice.standard_normal(shared.shape)]
    for _ in range(ATTEMPTS - 1):
        drift.append(kept * drift[-1] + np.sqrt(1 - kept**2) * dice.standard_normal(shared.shape))
    # Half of a reading's variance drifts (heat), half is its own, with long tails.
    moment = np.stack([_tailed(dice, noise, shared.shape) for _ in range(ATTEMPTS)])
    reading = (np.stack(drift) + moment) * np.sqrt(0.5) * noise.reading_percent.value / 100
    return np.asarray(kind.typical * (1 + spread * own) * (1 + reading))


def _tailed(dice: np.random.Generator, noise: Noise, shape: tuple[int, ...]) -> Numbers:
    """Return values of deviation 1 with the tails of Student's t."""
    freedom = noise.tail_freedom.value
    return np.asarray(dice.standard_t(freedom, shape) / np.sqrt(freedom / (freedom - 2)))


def _widths(count: int) -> Numbers:
    return np.full((ATTEMPTS, count, GPUS), PCIE_WIDTH.typical)


def _gaps(dice: np.random.Generator, noise: Noise, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return what is lost. A lost reading is lost in all attempts: the tool failed there."""
    lost = dice.random(shape[1:]) < noise.gap_share.value
    return np.broadcast_to(lost, shape)


def _plant(values: Numbers, kind: Kind, fault: Planted, at: NDArray[np.int64]) -> None:
    """Make slower what the fault hits, in all attempts."""
    if fault.kind == "half-width-pcie":
        if kind.part == "pcie":
            values[:, at[:, None], _devices(fault)] *= 0.5
        return
    if kind is PCIE_WIDTH or kind.part not in _HIT.get(fault.kind, ()):
        return
    left = 1 - fault.size_percent / 100
    if fault.devices and kind.part != "node":
        values[:, at[:, None], _devices(fault)] *= left
    else:
        values[:, at, :] *= left


def _devices(fault: Planted) -> NDArray[np.int64]:
    return np.array([int(name[-1]) for name in fault.devices], dtype=np.int64)[None, :]


def _pairs(
    dice: np.random.Generator,
    noise: Noise,
    nodes: tuple[str, ...],
    hit: list[tuple[Planted, NDArray[np.int64]]],
) -> DrawnPairs:
    """Return a screening of pairs over all rails: as many partners as a real one has."""
    order = dice.permutation(len(nodes)).tolist()
    rounds = circle([str(at) for at in order], screening(len(nodes)))
    met = np.array([pair for each in rounds for pair in each], dtype=np.int64).reshape(-1, 2)
    ends = 1 + _normal(dice, noise.link_spread_percent.value, (len(nodes), GPUS))
    for fault, at in hit:
        if fault.kind in ("weak-link", "bad-leaf"):
            ends[at[:, None], _devices(fault)] *= 1 - fault.size_percent / 100
    slower = np.minimum(ends[met[:, 0]], ends[met[:, 1]])
    noise_ = np.stack([_tailed(dice, noise, slower.shape) for _ in range(ATTEMPTS)])
    values = WRITE_BANDWIDTH.typical * slower * (1 + noise_ * noise.reading_percent.value / 100)
    return DrawnPairs(met[:, 0], met[:, 1], np.asarray(values))


def _steps(
    dice: np.random.Generator,
    noise: Noise,
    count: int,
    hit: list[tuple[Planted, NDArray[np.int64]]],
) -> Numbers:
    """Return step times by attempt, node and step; a jittery node has some late ones."""
    shape = (ATTEMPTS, count, STEPS)
    values = STEP_TIME.typical * (
        1 + _tailed(dice, noise, shape) * noise.reading_percent.value / 100
    )
    values *= 1 + _normal(dice, noise.node_spread_percent.value, (count,))[None, :, None]
    for fault, at in hit:
        if fault.kind == "jitter":
            late = dice.random((ATTEMPTS, len(at), STEPS)) < _LATE_STEPS
            values[:, at, :] *= 1 + late * fault.size_percent / 100
    return np.asarray(values)
