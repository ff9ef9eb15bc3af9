"""Signals that say nothing: nodes and series that fell silent, gauges that stand still.

None of them is healthy. How long a silence or a standstill is usual is learned from the fleet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from millwright.manage.detect.arrays import Codes, Mask, Numbers
from millwright.manage.detect.panel import Panel, Signal
from millwright.manage.detect.state import State

SILENT_S = 300.0
FLAT_S = 600.0
_LASTING_S = 1200.0
_MOST_USUAL_FLAT_S = 3600.0
_NO_GAUGES = frozenset({"parts"})
_COMES_AND_GOES = "application"
_FEW = 20
_BOUNDS = (0.0, 1.0, 100.0)


@dataclass(frozen=True, slots=True)
class Quiet:
    """A node, device or metric of it that is silent or stands still. `end` is -1 while it lasts.

    `metrics` are the metrics concerned; empty where it is everything of the node.
    """

    kind: str
    node: int
    device: int
    metrics: tuple[str, ...]
    families: tuple[str, ...]
    begin: int
    at: int
    end: int
    peers: int
    value: float = float("nan")


def runs(mask: Mask) -> Codes:
    """Return for each window how many windows a mask has been on without a break."""
    found = np.zeros(mask.shape, dtype=np.int64)
    run = np.zeros(mask.shape[1], dtype=np.int64)
    for at, row in enumerate(mask):
        run = np.where(row, run + 1, 0)
        found[at] = run
    return found


def silent_nodes(panel: Panel, state: State) -> list[Quiet]:
    """Return nodes that are silent now, or were for twenty minutes, unexcused."""
    length = runs(state.silent)
    usual = _usual(length, panel.windows_of(SILENT_S))
    lasting = max(usual, panel.windows_of(_LASTING_S))
    found = []
    for node in range(len(panel.nodes)):
        mine = length[:, node]
        now = int(mine[-1])
        if usual <= now < panel.windows and not _excused(state, node, panel.windows - now, now):
            begin = panel.windows - now
            found.append(Quiet("stale", node, -1, (), (), begin, begin + usual - 1, -1,
                               len(panel.nodes) - 1))  # fmt: skip
            continue
        for end in np.flatnonzero((mine[:-1] >= lasting) & (mine[1:] == 0)).tolist():
            begin = end - int(mine[end]) + 1
            if begin > 0 and not _excused(state, node, begin, int(mine[end])):
                found.append(Quiet("stale", node, -1, (), (), begin, begin + usual - 1, end + 1,
                                   len(panel.nodes) - 1))  # fmt: skip
    return found


def _usual(length: Codes, least: int) -> int:
    """Return the silence that is none of the usual ones: twice what nearly all gaps last."""
    ends = (length[:-1] > 0) & (length[1:] == 0)
    gaps = length[:-1][ends]
    return max(least, 2 * int(np.quantile(gaps, 0.9)) if len(gaps) >= 20 else least)


def _excused(state: State, node: int, begin: int, windows: int) -> bool:
    """Return whether maintenance covers most of a silence, or its beginning."""
    inside = state.excused[begin : begin + windows, node]
    return bool(inside.mean() > 0.5 or inside[:1].any())


def silent_series(panel: Panel, state: State) -> list[Quiet]:
    """Return devices of which something is heard no more, while their node goes on to talk."""
    found: dict[tuple[int, int], list[tuple[str, str, int]]] = {}
    limit = panel.windows_of(FLAT_S)
    for name, signal in sorted(panel.signals.items()):
        there = np.isfinite(signal.raw)
        if not signal.trait.judged or panel.windows <= limit:
            continue
        if signal.trait.family == _COMES_AND_GOES:
            continue
        length = runs(~there)
        usual = _usual(length, limit)
        node = panel.unit_node[signal.units]
        mute = (length[-1] >= usual) & there.any(axis=0) & ~state.silent[-usual:, node].any(axis=0)
        mute &= ~state.excused[-1, node]
        if signal.trait.load:
            mute &= state.busy[-usual:, node].all(axis=0)
        if mute.mean() > 0.5:
            continue
        for at in np.flatnonzero(mute).tolist():
            unit = int(signal.units[at])
            key = int(panel.unit_node[unit]), int(panel.unit_device[unit])
            begin = panel.windows - int(length[-1, at])
            found.setdefault(key, []).append((name, signal.trait.family, begin))
    return [
        Quiet("stale", node, device, tuple(m for m, _, _ in said),
              tuple(sorted({f for _, f, _ in said})), min(b for _, _, b in said),
              min(b for _, _, b in said) + limit - 1, -1, len(panel.nodes) - 1)
        for (node, device), said in sorted(found.items())
    ]  # fmt: skip


def missing_devices(panel: Panel) -> list[Quiet]:
    """Return devices that nine of ten nodes have and one does not: it never said a word."""
    count = np.bincount(panel.unit_device, minlength=len(panel.devices))
    total = len(panel.nodes)
    usual = [at for at, n in enumerate(count.tolist()) if total >= 10 and 10 * n >= 9 * total]
    owned = set(zip(panel.unit_node.tolist(), panel.unit_device.tolist(), strict=True))
    return [
        Quiet("stale", node, device, (), (), 0, 0, -1, int(count[device]))
        for device in usual
        for node in range(total)
        if (node, device) not in owned
    ]


def standing_still(panel: Panel, state: State) -> list[Quiet]:
    """Return gauges that do not move although all others of their kind do."""
    still: dict[tuple[int, int], list[tuple[str, str, int, int, float]]] = {}
    lively: dict[int, int] = {}
    for name, signal in sorted(panel.signals.items()):
        usual = _usual_flat(panel, signal)
        if usual is None:
            continue
        node = panel.unit_node[signal.units]
        for each in node.tolist():
            lively[each] = lively.get(each, 0) + 1
        for at, begin, end in _flat(panel, state, signal, usual):
            unit = int(signal.units[at])
            key = int(panel.unit_node[unit]), int(panel.unit_device[unit])
            value = float(signal.raw[begin, at])
            told = (name, signal.trait.family, begin, end, value)
            still.setdefault(key, []).append((*told[:3], begin + usual, value))
    return list(_gathered(panel, still, lively, state.busy))


def _usual_flat(panel: Panel, signal: Signal) -> int | None:
    """Return from how many equal samples on a gauge stands still; None where many do."""
    if signal.counter or signal.trait.errors:
        return None
    if not signal.trait.judged or signal.trait.family in _NO_GAUGES or signal.raw.shape[1] < 5:
        return None
    longest = runs(_equal(signal.raw)).max(axis=0) + 1
    usual = max(panel.windows_of(FLAT_S), 3 * int(np.quantile(longest, 0.9)))
    return usual if usual <= panel.windows_of(_MOST_USUAL_FLAT_S) else None


def _equal(raw: Numbers) -> Mask:
    same = np.zeros(raw.shape, dtype=bool)
    same[1:] = raw[1:] == raw[:-1]
    return same


def _flat(panel: Panel, state: State, signal: Signal, usual: int) -> list[tuple[int, int, int]]:
    """Return columns with their first standstill: column, begin and end."""
    length = runs(_equal(signal.raw)) + 1
    node = panel.unit_node[signal.units]
    bound = np.isin(signal.raw, _BOUNDS)
    fits = (length >= usual) & ~bound & ~state.excused[:, node]
    found = []
    for at in np.flatnonzero(fits.any(axis=0)).tolist():
        first = int(np.flatnonzero(fits[:, at])[0])
        begin = first - int(length[first, at]) + 1
        over = np.flatnonzero(length[first:, at] == 1)
        found.append((at, begin, first + int(over[0]) if len(over) else -1))
    return found


def _gathered(
    panel: Panel,
    still: dict[tuple[int, int], list[tuple[str, str, int, int, float]]],
    lively: dict[int, int],
    busy: Mask,
) -> list[Quiet]:
    """Return one finding for a node of which nearly all stands still, else one a device."""
    found = []
    of_node: dict[int, int] = {}
    for (node, _), said in still.items():
        of_node[node] = of_node.get(node, 0) + len(said)
    whole = {node for node, n in of_node.items() if n >= 3 and 2 * n > lively.get(node, 0)}
    still = {
        place: said
        for place, said in still.items()
        if place[0] in whole or all(busy[each[2] :, place[0]][:_FEW].all() for each in said)
    }
    merged: dict[tuple[int, int], list[tuple[str, str, int, int, float]]] = {}
    for (node, device), said in still.items():
        merged.setdefault((node, -1 if node in whole else device), []).extend(said)
    for (node, device), said in sorted(merged.items()):
        begin = int(np.median([each[2] for each in said]))
        at = min(each[3] for each in said) - 1
        found.append(
            Quiet("flat-line", node, device, tuple(sorted({each[0] for each in said})),
                  tuple(sorted({each[1] for each in said})), begin, at, -1,
                  len(panel.nodes) - 1, said[0][4])
        )  # fmt: skip
    return found
