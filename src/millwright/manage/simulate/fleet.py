"""Draws a simulated fleet's telemetry, signal by signal, and what was planted in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millwright.manage.simulate.planting import ANY, GPUS, Happening, effects
from millwright.manage.simulate.workload import Workload
from millwright.model.telemetrytruth import SignalModel

Numbers = NDArray[np.float64]
_LOST_SAMPLE, _LOST_SCRAPE = 0.002, 0.001
_SCRAPE_MINUTES = 3
_WARM_MINUTES = 6.0
_SLOT_SHARE = 0.04
_ROOM_SHARE = 0.03
_SMOOTH = frozenset({"temperature"})
"""Signals that follow the work only after a while."""
_COUNTS = frozenset({"congestion"})


@dataclass(frozen=True, slots=True)
class Drawn:
    """One signal: values by minute, node and device (one for a node); NaN where nothing came."""

    model: SignalModel
    values: Numbers


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything that was drawn. `planned` marks by minute and node what is announced work."""

    nodes: int
    minutes: int
    work: Workload
    happenings: tuple[Happening, ...]
    signals: tuple[Drawn, ...]
    planned: NDArray[np.bool_]


def drawn(
    work: Workload, models: Mapping[str, SignalModel], happenings: Sequence[Happening], seed: int
) -> Fleet:
    """Return the fleet of a seed that does this work, and to which this happens."""
    minutes, nodes = work.load.shape
    dice = np.random.default_rng(seed)
    lost = _lost(dice, nodes, minutes)
    planned = np.zeros((minutes, nodes), dtype=bool)
    for each in happenings:
        if each.kind == "planned-reboot":
            planned[each.begin : each.end, list(each.nodes)] = True
    signals = []
    for name in sorted(models):
        values = _signal(dice, models[name], work, happenings)
        gone = lost[:, :, None] | (dice.random(values.shape) < _LOST_SAMPLE)
        signals.append(Drawn(models[name], np.where(gone, np.nan, values)))
    _silence(signals, happenings)
    return Fleet(nodes, minutes, work, tuple(happenings), tuple(signals), planned)


def _lost(dice: np.random.Generator, nodes: int, minutes: int) -> NDArray[np.bool_]:
    """Return scrapes of whole nodes that did not come, a few minutes at a time."""
    begun = dice.random((minutes, nodes)) < _LOST_SCRAPE
    lost = begun.copy()
    for shift in range(1, _SCRAPE_MINUTES):
        lost[shift:] |= begun[:-shift] & (dice.random((minutes - shift, nodes)) < 0.5)
    return lost


def _signal(
    dice: np.random.Generator,
    model: SignalModel,
    work: Workload,
    happenings: Sequence[Happening],
) -> Numbers:
    minutes, nodes = work.load.shape
    count = 1 if model.part == "node" else GPUS
    load = _followed(work.load) if model.name in _SMOOTH else work.load
    level, rest = model.level.value, model.rest.value
    own = 1 + dice.standard_normal((nodes, count)) * model.device_percent.value / 100
    if model.name in _SMOOTH:
        own = own + _places(dice, nodes, count)
    base = rest + (level - rest) * load[:, :, None]
    values = base * own * (1 + _noise(dice, model, (minutes, nodes, count)))
    for each in happenings:
        bend = effects(each.kind, each.size).get(model.name)
        if bend is not None:
            _bend(values, each, bend, (level, load))
    if model.name == "step-time":
        values = np.where(work.load[:, :, None] > 0.5, values, np.nan)
    if not model.counter:
        values = np.maximum(values, 0)
        return np.asarray(np.round(values / model.step) * model.step if model.step else values)
    rate = np.maximum(values, 0) * 60
    grown = dice.poisson(np.minimum(rate, 1e6)) if model.name in _COUNTS else rate
    return np.cumsum(grown, axis=0) + dice.integers(0, 1_000_000, (nodes, count))


def _places(dice: np.random.Generator, nodes: int, count: int) -> Numbers:
    """Return what slots and the room add to heat."""
    slots = _SLOT_SHARE * np.linspace(-1, 1, count)[None, :]
    room = _ROOM_SHARE * dice.standard_normal((nodes, 1))
    return np.asarray(slots + room)


def _followed(load: Numbers) -> Numbers:
    """Return a load as heat feels it: late."""
    found = np.empty_like(load)
    now = load[0].copy()
    for minute, row in enumerate(load):
        now += (row - now) / _WARM_MINUTES
        found[minute] = now
    return found


def _noise(dice: np.random.Generator, model: SignalModel, shape: tuple[int, int, int]) -> Numbers:
    """Return what readings add: one part resembles the one before, the other has long tails."""
    kept, lasting = model.autocorrelation.value, model.lasting_share.value
    freedom = model.tail_freedom.value
    own = dice.standard_t(freedom, shape) / np.sqrt(freedom / (freedom - 2))
    slow = dice.standard_normal(shape)
    for minute in range(1, shape[0]):
        slow[minute] = kept * slow[minute - 1] + np.sqrt(1 - kept**2) * slow[minute]
    mixed = np.sqrt(lasting) * slow + np.sqrt(1 - lasting) * own
    return np.asarray(np.maximum(mixed * model.reading_percent.value / 100, -0.95))


def _bend(
    values: Numbers, each: Happening, bend: tuple[float, float], at: tuple[float, Numbers]
) -> None:
    """Do to a signal what a happening does; what is added grows with the work."""
    level, load = at
    times, plus = bend
    scale = level if level > 0 else 1.0
    end = each.end if each.end >= 0 else len(values)
    devices = (
        slice(None)
        if each.device < 0 or values.shape[2] == 1
        else slice(each.device, each.device + 1)
    )
    for node in each.nodes:
        part = values[each.begin : end, node, devices]
        values[each.begin : end, node, devices] = (
            part * times + plus * scale * load[each.begin : end, node, None]
        )


def _silence(signals: list[Drawn], happenings: Sequence[Happening]) -> None:
    """Take away what silent exporters do not say; repeat what stuck ones say for ever."""
    for each in happenings:
        if ANY not in effects(each.kind, each.size):
            continue
        end = each.end if each.end >= 0 else None
        for drawn_ in signals:
            for node in each.nodes:
                told = drawn_.values[each.begin : end, node]
                told[:] = drawn_.values[each.begin - 1, node] if "flat" in each.kind else np.nan
