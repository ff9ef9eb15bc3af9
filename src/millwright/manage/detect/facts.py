"""Hard facts: counters of which one count more is proof, and states that must be zero."""

from __future__ import annotations

import numpy as np

from millwright.manage.detect.alarms import Alarm
from millwright.manage.detect.arrays import counted_back
from millwright.manage.detect.panel import Panel, Signal
from millwright.manage.detect.state import State


def facts_of(panel: Panel, state: State, signal: Signal) -> list[Alarm]:
    """Return an alarm for every series in which a fact was counted, or a state lasts.

    What maintenance or a boot excuses is none. A state must be seen twice of three times.
    """
    trait = signal.trait
    if not (trait.fact or trait.state):
        return []
    node = panel.unit_node[signal.units]
    if trait.fact and not signal.counter:
        return []
    hit = (signal.values > 0) if trait.fact else (signal.raw > 0)
    hit = hit & ~state.excused[:, node]
    if trait.state:
        hit = counted_back(hit, 3) >= min(2, panel.windows)
    found = []
    for at in np.flatnonzero(hit.any(axis=0)).tolist():
        first = int(np.flatnonzero(hit[:, at])[0])
        others = signal.raw[first][np.isfinite(signal.raw[first])]
        middle = float(np.median(others)) if len(others) else float("nan")
        value = float(np.nansum(np.where(hit[:, at], signal.values[:, at], 0.0)))
        found.append(
            Alarm("device", int(signal.units[at]), trait, "fact", first, first, -1, 1.0,
                  float("inf"), len(others) - 1, int(hit[:, at].sum()), panel.windows,
                  value if trait.fact else float(signal.raw[first, at]), middle,
                  float(np.median(np.abs(others - middle))) if len(others) else float("nan"))
        )  # fmt: skip
    return found
