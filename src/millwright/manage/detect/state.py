"""Who may be compared with whom, and when: jobs, work and rest, maintenance, boots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from millwright.manage.detect.arrays import Codes, Mask, Numbers, filled, quantile, spread_after
from millwright.manage.detect.panel import Panel
from millwright.manage.detect.traits import ACTIVITY, BOOTED
from millwright.model.telemetry import Labels, Window

BOOT_GRACE_S = 900.0
_SILENCE_S = 180.0
_SETTLE_S = 150.0
_WARM_S = 1200.0
_BUSY_SHARE = 0.25
_BUSY_POWER_SHARE = 0.35
_PEER_KEYS = ("sku", "role", "job")
_PLANNED_KEYS = ("maintenance", "planned", "state", "slurm_state", "reason")
_PLANNED = ("maint", "reboot", "drain", "planned", "update", "true", "yes", "1")


@dataclass(frozen=True, slots=True)
class State:
    """For each window and unit: its peers' group, and whether it may be judged.

    `group` also tells work from rest. `excused` is maintenance and what follows it, boots and
    what follows them; `unsettled` what has just begun or ended to work. `busy` is by node.
    `silent` marks nodes that said nothing at all, `cold` those at work after a rest, until
    they are as warm as before.
    """

    group: Codes
    excused: Mask
    unsettled: Mask
    busy: Mask
    silent: Mask
    cold: Mask
    jobs: tuple[str, ...]


def state_of(panel: Panel, maintenance: Sequence[Window]) -> State:
    """Return the state of every unit in every window."""
    silent = _silent(panel)
    busy = _busy(panel)
    identity, jobs = _identities(panel)
    group = identity * 2 + busy[:, panel.unit_node]
    changed = np.zeros(group.shape, dtype=bool)
    changed[1:] = group[1:] != group[:-1]
    excused = _excused(panel, maintenance, silent)
    settle = panel.windows_of(_SETTLE_S)
    return State(group, excused, spread_after(changed, settle), busy, silent,
                 _cold(panel, busy), jobs)  # fmt: skip


def _silent(panel: Panel) -> Mask:
    """Return where a node said nothing."""
    heard = np.zeros((panel.windows, len(panel.nodes)), dtype=bool)
    for signal in panel.signals.values():
        nodes, first = np.unique(panel.unit_node[signal.units], return_index=True)
        heard[:, nodes] |= np.logical_or.reduceat(np.isfinite(signal.raw), first, axis=1)
    return ~heard


def _busy(panel: Panel) -> Mask:
    """Return where a node is at work: by most of its devices, and not for a moment alone."""
    nodes = len(panel.nodes)
    found = next((panel.signals[name] for name in ACTIVITY if name in panel.signals), None)
    share = _BUSY_SHARE
    if found is None:
        found, share = panel.signals.get("gpu_power_draw"), _BUSY_POWER_SHARE
    if found is None:
        return np.ones((panel.windows, nodes), dtype=bool)
    top = quantile(found.values, 0.95)
    active = filled(found.values) > share * top
    owner = panel.unit_node[found.units]
    working = np.zeros((panel.windows, nodes))
    count = np.bincount(owner, minlength=nodes)
    present, first = np.unique(owner, return_index=True)
    working[:, present] = np.add.reduceat(active.astype(np.float64), first, axis=1)
    most = 2 * working > np.maximum(count, 1)
    most[:, count == 0] = True
    return _steady(most)


def _cold(panel: Panel, busy: Mask) -> Mask:
    """Return where a node has worked for less than twice as long as it had rested before."""
    found = np.zeros(busy.shape, dtype=bool)
    most = panel.windows_of(_WARM_S)
    left = np.zeros(busy.shape[1], dtype=np.int64)
    for window, working in enumerate(busy):
        left = np.where(working, np.maximum(left - 1, 0), np.minimum(left + 2, most))
        found[window] = ~working | (left > 0)
    return found


def _steady(mask: Mask) -> Mask:
    """Return a mask without what lasts for one window alone."""
    if len(mask) < 3:
        return mask
    votes = mask.astype(np.int64)
    votes[1:-1] = votes[:-2] + votes[1:-1] + votes[2:]
    found = votes >= 2
    found[0], found[-1] = mask[0], mask[-1]
    return found


def _identities(panel: Panel) -> tuple[Codes, tuple[str, ...]]:
    """Return a code of SKU, role and job for each window and unit, and the job of each code."""
    table: dict[tuple[str, ...], int] = {}
    codes = np.empty(len(panel.labels) + 1, dtype=np.int64)
    for at, labels in enumerate((*panel.labels, ())):
        said = dict(labels)
        key = tuple(said.get(name, "") for name in _PEER_KEYS)
        codes[at] = table.setdefault(key, len(table))
    return codes[panel.said], tuple(key[2] for key in table)


def _excused(panel: Panel, maintenance: Sequence[Window], silent: Mask) -> Mask:
    """Return by node what maintenance or a boot explains, as long as its grace lasts."""
    shape = (panel.windows, len(panel.nodes))
    planned = np.zeros(shape, dtype=bool)
    starts = panel.begin + np.arange(panel.windows) * panel.window_s
    for window in maintenance:
        inside = (starts + panel.window_s > window.begin) & (starts < window.end)
        who = [not window.nodes or name in window.nodes for name in panel.nodes]
        planned |= inside[:, None] & np.array(who)[None, :]
    told = np.array([_is_planned(labels) for labels in panel.labels] or [False])
    for unit in range(len(panel.unit_node)) if told.any() else ():
        planned[:, panel.unit_node[unit]] |= told[panel.said[:, unit]]
    booted = _booted(panel, silent)
    return spread_after(planned | booted, panel.windows_of(BOOT_GRACE_S))


def _is_planned(labels: Labels) -> bool:
    return any(
        key in _PLANNED_KEYS and any(word in value.lower() for word in _PLANNED)
        for key, value in labels
    )


def _booted(panel: Panel, silent: Mask) -> Mask:
    """Return where a node has just come back: after a silence, or by its own word."""
    found = np.zeros(silent.shape, dtype=bool)
    least = panel.windows_of(_SILENCE_S)
    run = np.zeros(silent.shape[1], dtype=np.int64)
    for window in range(len(silent)):
        found[window] = ~silent[window] & (run >= least)
        run = np.where(silent[window], run + 1, 0)
    if BOOTED in panel.signals:
        signal = panel.signals[BOOTED]
        held: Numbers = filled(signal.raw)
        anew = np.abs(np.diff(held, axis=0)) > 60
        for at, unit in enumerate(signal.units.tolist()):
            found[1:, panel.unit_node[unit]] |= anew[:, at]
    return found
