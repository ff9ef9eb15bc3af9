"""What iperf3 says of a run, whether in JSON or in text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from millwright.model.measurement import Measurement, Param
from millwright.probes import metrics

Protocol = Literal["TCP", "UDP", "SCTP"]


@dataclass(frozen=True, slots=True)
class Flow:
    """All streams of one direction, over the whole run, as one end of it counted.

    `back` is true for the direction from server to client of a run that goes both ways.
    """

    end: Literal["sender", "receiver"]
    back: bool
    gbps: float
    seconds: float | None
    retransmits: int | None = None
    jitter_ms: float | None = None
    lost: int | None = None
    packets: int | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A run; `done` says whether it came to its end, `error` why not."""

    version: str | None
    host: str | None
    protocol: Protocol | None
    streams: int | None
    reverse: bool | None
    flows: tuple[Flow, ...]
    error: str | None
    done: bool


def measurements_of(facts: Transfer) -> list[Measurement]:
    """Return what came in, what was sent, and what was lost; nothing of a run with an error."""
    if facts.error is not None or not facts.done:
        return []
    found: list[Measurement] = []
    for flow in facts.flows:
        params = _params(facts, flow)
        arrived = flow.end == "receiver"
        metric = metrics.IPERF3_BANDWIDTH if arrived else metrics.IPERF3_SENT
        found.append(metric.of(flow.gbps, **params))
        if flow.retransmits is not None:
            found.append(metrics.IPERF3_RETRANSMITS.of(float(flow.retransmits), **params))
        if arrived and flow.jitter_ms is not None:
            found.append(metrics.IPERF3_JITTER.of(flow.jitter_ms, **params))
        if arrived and flow.packets and flow.lost is not None:
            found.append(metrics.IPERF3_LOST.of(100 * flow.lost / flow.packets, **params))
    return found


def _params(facts: Transfer, flow: Flow) -> dict[str, Param]:
    params: dict[str, Param] = {}
    if facts.protocol:
        params["protocol"] = facts.protocol.lower()
    if facts.streams is not None:
        params["streams"] = facts.streams
    if flow.back:
        params["direction"] = "back"
    return params
