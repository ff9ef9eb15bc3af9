"""Measurements as they are kept and handed on: `millwright.measurement/1`, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from millwright.build.observe import Observed
from millwright.build.schedule import Turn
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome
from millwright.model.measurement import Measurement, Param
from millwright.probes import metrics

SCHEMA = "millwright.measurement/1"
CELL = frozenset({"row", "column"})
"""Where a value stands in a tool's table: its devices say that, and it is no condition of it."""
DESIGNED = frozenset({metrics.IB_PORT_ACTIVE.name})
"""Metrics that say which devices the design has: a port that it leaves free may be down."""


def rows_of(
    plan: BuildPlan, turn: Turn, seen: Observed, outcome: Outcome, known: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield one row a measurement; `known` is what was found out of the node before."""
    shared = {
        "at": outcome.at,
        "node": outcome.node,
        "tool": turn.test.tool,
        "simulated": outcome.simulated,
        "sku": plan.skus.get(outcome.node, ""),
        "test": turn.test.test,
        "attempt": outcome.attempt,
        "duration_s": outcome.duration_s,
        "env": {"stage": plan.stage} if plan.stage else {},
    }
    for each in seen.measurements:
        yield _row(each, shared, turn, known)


def _row(
    each: Measurement, shared: Mapping[str, Any], turn: Turn, known: Mapping[str, str]
) -> dict[str, Any]:
    row: dict[str, Any] = {"schema": SCHEMA, "at": shared["at"], "node": shared["node"]}
    row |= {"device": each.device, "metric": each.metric, "value": each.value, "unit": each.unit}
    row |= {key: value for key, value in shared.items() if key not in (*row, "env") and value != ""}
    if serial := known.get(f"serial.{each.device}"):
        row["serial"] = serial
    if turn.peer:
        row["peer"] = {"node": turn.peer, "device": each.peer or _other_end(each.device, turn)}
    row["params"] = _params(each, turn)
    env = _env(each.device, known) | shared["env"]
    return {**row, "env": env} if env else row


def _other_end(device: str, turn: Turn) -> str:
    """Return the device that serves a pair, where both commands name theirs in the same place.

    Without it an adapter would be one thing where it measures and another where it serves.
    """
    words, others = turn.test.argv, turn.test.serve
    at = words.index(device) if device and device in words else len(words)
    alike = 0 < at < len(others) and words[at - 1] == others[at - 1]
    return others[at] if alike else ""


def _params(each: Measurement, turn: Turn) -> dict[str, Param]:
    own: dict[str, Param] = {k: v for k, v in each.params if k not in CELL}
    if each.peer and not turn.peer:
        own["to"] = each.peer
    if each.metric in DESIGNED and _wanted(each, turn):
        own["designed"] = 1
    if turn.test.segments > 1:
        own["segment"] = turn.number
    if turn.test.scope == "fabric":
        own.setdefault("nodes", len(turn.nodes))
    return own


def _wanted(each: Measurement, turn: Turn) -> bool:
    return any(
        each.metric == wanted.metric and each.device in wanted.devices
        for wanted in turn.test.expects
    )


def _env(device: str, known: Mapping[str, str]) -> dict[str, Param]:
    env: dict[str, Param] = {}
    if driver := known.get("driver"):
        env["driver"] = driver
    if vbios := known.get(f"vbios.{device}"):
        env["vbios"] = vbios
    if cap := known.get(f"power_cap_w.{device}"):
        env["power_cap_w"] = float(cap)
    return env
