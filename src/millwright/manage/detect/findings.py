"""Puts alarms into words: one finding a device, with all families, and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from millwright.manage.detect.alarms import Alarm
from millwright.manage.detect.causes import Cause
from millwright.manage.detect.panel import Panel
from millwright.manage.detect.peers import FEW_PEERS
from millwright.manage.detect.silence import Quiet
from millwright.model.detection import Evidence, EvidenceFamily, Found, Weight
from millwright.model.nodeset import folded

_MOST_FURTHER = 12
_LESS_BUSY = 0.10


@dataclass(frozen=True, slots=True)
class Teller:
    """What is needed to tell: names, times, and the words of families."""

    panel: Panel
    families: Mapping[str, EvidenceFamily]

    def time(self, window: int) -> str:
        """Return when a window begins."""
        moment = datetime.fromtimestamp(self.panel.moment(window), UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def noticed(self, window: int) -> str:
        """Return when a window was over: then it could be noticed."""
        return self.time(window + 1)


def of_alarms(teller: Teller, alarms: Sequence[Alarm], device: int) -> Found:
    """Return the finding of one device (or the node, -1) from all that was seen of it."""
    panel = teller.panel
    ordered = sorted(alarms, key=lambda a: (a.rule != "fact", -min(a.score, 1e9), a.at))
    first = ordered[0]
    node = panel.nodes[int(panel.unit_node[first.unit])]
    families = tuple(sorted({alarm.trait.family for alarm in alarms}))
    fact = any(alarm.rule == "fact" for alarm in alarms)
    weight: Weight = "act" if fact or len(families) > 1 else "watch"
    if weight == "act" and not fact and (_hasty(panel, alarms) or _only_less_busy(alarms)):
        weight = "watch"
    ends = [alarm.end for alarm in alarms]
    changed = any(alarm.rule in ("history", "acceptance") for alarm in alarms)
    return Found(
        node=node, device=panel.devices[device] if device >= 0 else "",
        kind="hard-fact" if fact else "degradation" if changed else "outlier", weight=weight,
        families=families, since=teller.time(min(alarm.begin for alarm in alarms)),
        noticed=teller.noticed(min(alarm.at for alarm in alarms)),
        until=teller.time(max(ends)) if min(ends) >= 0 else None,
        evidence=evidence_of(first),
        further=tuple(evidence_of(each) for each in ordered[1 : 1 + _MOST_FURTHER]),
        reason=_reason(first, families), advice=_advice(teller, weight, first, fact),
    )  # fmt: skip


def _hasty(panel: Panel, alarms: Sequence[Alarm]) -> bool:
    """Return whether there were too few windows for anything to persist."""
    return panel.windows < 3 or max(alarm.of_windows for alarm in alarms) < 3


def _only_less_busy(alarms: Sequence[Alarm]) -> bool:
    """Return whether all that is seen is a device that does a little less: uneven work looks so."""
    busy = [alarm.trait.activity and not alarm.counter for alarm in alarms]
    return all(busy) and max(abs(alarm.shift) for alarm in alarms) < _LESS_BUSY


def evidence_of(alarm: Alarm) -> Evidence:
    """Return what an alarm rests on."""
    value, past = figure(alarm.value), figure(alarm.past)
    against = past if alarm.rule in ("history", "acceptance") else figure(alarm.peer_median)
    percent = None
    if alarm.rule in ("history", "peers", "ratio") and not (alarm.trait.absolute or alarm.counter):
        percent = round(100 * math.expm1(min(alarm.shift, 20.0)), 2)
    elif value is not None and against and not alarm.trait.absolute:
        percent = round(100 * (value / against - 1), 2)
    return Evidence(
        metric=alarm.trait.metric, unit=alarm.trait.unit, family=alarm.trait.family,
        rule=alarm.rule, value=value, peer_median=figure(alarm.peer_median),
        mad=figure(alarm.mad), peers=max(alarm.peers, 0), windows=alarm.windows,
        of_windows=alarm.of_windows,
        score=round(alarm.score, 2) if math.isfinite(alarm.score) else None,
        change_percent=percent, past=past,
    )  # fmt: skip


def figure(value: float) -> float | None:
    """Return a number of six digits; None where there is none."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


_RULES = {
    "peers": "stands apart from its peers",
    "ratio": "is far from its few peers, by ratio alone",
    "history": "left its own level",
    "acceptance": "is below what it was accepted with",
    "fact": "is a fact",
    "group": "moved with its group",
}


def _reason(alarm: Alarm, families: tuple[str, ...]) -> str:
    found = evidence_of(alarm)
    unit = f" {alarm.trait.unit}" if alarm.trait.unit else ""
    parts = [f"{alarm.trait.metric} {_RULES.get(alarm.rule, alarm.rule)}: {found.value}{unit}"]
    if found.past is not None:
        parts.append(f"before {found.past}")
    if found.peer_median is not None:
        parts.append(f"median of {found.peers} peers {found.peer_median} (MAD {found.mad})")
    if found.peers < FEW_PEERS and alarm.rule != "fact":
        parts.append("fewer than three peers: own history alone speaks")
    parts.append(f"{alarm.windows} of {alarm.of_windows} windows")
    if len(families) > 1:
        parts.append(f"families {', '.join(families)} agree")
    return "; ".join(parts)


def _advice(teller: Teller, weight: Weight, alarm: Alarm, fact: bool) -> str:
    family = teller.families[alarm.trait.family]
    if fact:
        return f"act: drain the node when its job allows it, then {family.advice}"
    if weight == "act":
        return f"act: drain, confirm by test ({family.retest}), then {family.advice}"
    return f"watch: one family alone; when idle run {family.retest}; {family.advice}"


def of_quiet(teller: Teller, quiet: Quiet) -> Found:
    """Return the finding of something silent, or of a gauge that stands still."""
    panel = teller.panel
    stale = quiet.kind == "stale"
    what = ", ".join(quiet.metrics) or ("everything" if quiet.device < 0 else "the device")
    device = panel.devices[quiet.device] if quiet.device >= 0 else ""
    windows = (quiet.end if quiet.end >= 0 else panel.windows) - quiet.begin
    told = "has said nothing" if stale else "has not moved by a digit"
    return Found(
        node=panel.nodes[quiet.node], device=device,
        kind="stale" if stale else "flat-line", weight="unknown", families=quiet.families,
        since=teller.time(quiet.begin), noticed=teller.noticed(quiet.at),
        until=teller.time(quiet.end) if quiet.end >= 0 else None,
        evidence=Evidence(
            metric=quiet.metrics[0] if quiet.metrics else "", family="",
            rule="silence" if stale else "constancy", value=figure(quiet.value),
            peer_median=None, mad=None, peers=max(quiet.peers, 0), windows=windows,
            of_windows=windows,
        ),
        reason=f"{what} {told} for {windows} windows, while others do; its state is UNKNOWN",
        advice="look at the exporter and the way to it; then ask the node itself with a sweep",
    )  # fmt: skip


def of_cause(teller: Teller, cause: Cause) -> Found:
    """Return one finding for a group that moved together."""
    panel = teller.panel
    nodes = tuple(panel.nodes[node] for node in cause.nodes)
    strongest = max(cause.alarms, key=lambda alarm: min(alarm.score, 1e9))
    ends = [alarm.end for alarm in cause.alarms]
    return Found(
        node=named(nodes), device=cause.name if cause.axis == "rail" else "",
        kind="common-cause", weight="watch", families=(cause.family,),
        since=teller.time(min(alarm.begin for alarm in cause.alarms)),
        noticed=teller.noticed(sorted(a.at for a in cause.alarms)[len(cause.alarms) // 2]),
        until=teller.time(max(ends)) if min(ends) >= 0 else None,
        evidence=evidence_of(strongest).model_copy(update={"rule": "group"}), nodes=nodes,
        group=f"{cause.axis} {cause.name}",
        reason=f"{cause.axis} {cause.name}: {len(nodes)} nodes left their level in {cause.family} "
        "at about the same time; what they share is to be looked at, and none of them alone",
        advice=f"watch: look at what {cause.axis} {cause.name} shares before any node is drained",
    )  # fmt: skip


def named(nodes: tuple[str, ...]) -> str:
    """Return nodes as a node set, or as they are called where that is none."""
    try:
        return folded(nodes)
    except ValueError:
        return ",".join(nodes)
