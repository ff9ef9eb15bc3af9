"""Whether clocks were held back between two looks: the driver counts what no look sees itself.

A GPU that throttles under load and has cooled by the next look reads as well; its counters do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from millwright.build.observe import HELD, Observed
from millwright.model.measurement import Measurement
from millwright.probes import metrics

LOOKED = "held_at"


def since_last_look(seen: Observed, known: Mapping[str, str], at: str) -> Observed:
    """Return what was seen, with the part of the time since the last look that each GPU was held
    back; `known` is what that look told, `at` when this one was.

    A driver that was loaded anew counts from 0. Without counters, or a look before, nothing is
    added: the state of the moment is all that is known.
    """
    now = {key: int(value) for key, value in seen.facts.items() if key.startswith(HELD)}
    if not now:
        return seen
    passed_s = _seconds(known.get(LOOKED, ""), at)
    shares: dict[str, float] = {}
    for key, told in now.items():
        if passed_s and key in known:
            before = int(known[key])
            held_s = (told - before if told >= before else told) / 1e6
            shares[key.removeprefix(HELD)] = min(1.0, held_s / passed_s)
    found = tuple(_worse(each, shares) for each in seen.measurements)
    return replace(seen, measurements=found, facts={**seen.facts, LOOKED: at})


def _worse(each: Measurement, shares: Mapping[str, float]) -> Measurement:
    share = shares.get(each.device, 0.0)
    if each.metric != metrics.GPU_THROTTLED.name or share <= each.value:
        return each
    return replace(each, value=round(share, 6))


def _seconds(before: str, at: str) -> float:
    if not before:
        return 0.0
    passed = datetime.fromisoformat(at) - datetime.fromisoformat(before)
    return max(1.0, passed.total_seconds())
