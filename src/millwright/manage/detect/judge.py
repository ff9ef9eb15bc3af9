"""The detector: telemetry and terms in, findings out; the same input gives the same answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from millwright.manage.detect.alarms import Alarm
from millwright.manage.detect.causes import Cause, Places, causes_of
from millwright.manage.detect.expected import expected
from millwright.manage.detect.facts import facts_of
from millwright.manage.detect.findings import Teller, of_alarms, of_cause, of_quiet
from millwright.manage.detect.jobs import slowed_jobs
from millwright.manage.detect.jobwords import of_job
from millwright.manage.detect.layers import layers_of
from millwright.manage.detect.panel import Panel, Signal, panel_of
from millwright.manage.detect.silence import (
    Quiet,
    missing_devices,
    silent_nodes,
    silent_series,
    standing_still,
)
from millwright.manage.detect.state import State, state_of
from millwright.manage.detect.support import index_of, supporting
from millwright.manage.detect.tested import Bounds, Tested, tested
from millwright.model.detection import PERSISTS, EvidenceFamily, FindingsDocument, Found
from millwright.model.telemetry import Telemetry, Window

WEEK_S = 7 * 86_400.0
_TOGETHER_S = 1800.0
_LEAST_CHANCE, _MOST_CHANCE = 1e-8, 1e-3


@dataclass(frozen=True, slots=True)
class Terms:
    """What telemetry is judged by, beside itself.

    `notes` are what a reader must know of them. `false_alarms_per_week` is what thresholds aim at,
    for 500 devices and in proportion.
    """

    families: Mapping[str, EvidenceFamily]
    maintenance: Sequence[Window] = ()
    places: Places = field(default_factory=lambda: Places({}, {}))
    accepted: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    window_s: float | None = None
    false_alarms_per_week: float = 0.05
    seed: int = 1


def detect(telemetry: Telemetry, terms: Terms) -> FindingsDocument:
    """Return everything that stands out in some telemetry."""
    panel = panel_of(telemetry, terms.families, terms.window_s)
    problems = tuple(
        f"{each.file}:{each.line} {each.key} found {each.found}, expected {each.expected}"
        for each in telemetry.problems
    )
    return judged(panel, terms, (telemetry.simulated, problems))


def judged(
    panel: Panel, terms: Terms, told: tuple[bool, tuple[str, ...]] = (False, ())
) -> FindingsDocument:
    """Return the findings of a panel; `told`: whether it is simulated, and problems of reading."""
    state = state_of(panel, terms.maintenance)
    layers, bounds = _trials(panel, state, terms)
    facts = [a for s in panel.signals.values() for a in facts_of(panel, state, s)]
    quiet = _quiet(panel, state)
    alarms = _heard(panel, [a for each in layers for a in each.alarms], quiet)
    causes = causes_of(panel, terms.places, alarms)
    teller = Teller(panel, terms.families)
    explained = {id(alarm) for cause in causes for alarm in cause.alarms}
    alone = [alarm for alarm in alarms if id(alarm) not in explained]
    found = [
        *(of_cause(teller, cause) for cause in causes),
        *_of_devices(teller, layers, (alone, facts, causes)),
        *(of_quiet(teller, each) for each in quiet),
        *(of_job(teller, each) for each in slowed_jobs(panel, state, layers, bounds)),
    ]
    rate = expected(layers, bounds, panel.window_s, terms.seed)
    return FindingsDocument(
        simulated=told[0], begin=teller.time(0), end=teller.time(panel.windows),
        window_s=panel.window_s, windows=panel.windows, nodes=len(panel.nodes),
        series=sum(len(signal.units) for signal in panel.signals.values()),
        findings=tuple(sorted(found, key=_order)),
        expected_false_alarms_per_month=_worse(rate.by_tails, rate.by_resampling),
        false_alarms=rate, notes=(*_notes(panel, layers), *terms.notes), problems=told[1],
    )  # fmt: skip


def _worse(one: float | None, other: float | None) -> float | None:
    known = [each for each in (one, other) if each is not None]
    return max(known) if known else None


def _order(found: Found) -> tuple[object, ...]:
    rank = {"act": 0, "watch": 1, "unknown": 2}[found.weight]
    return (rank, found.since, found.node, found.device, found.kind, found.evidence.metric)


def _trials(panel: Panel, state: State, terms: Terms) -> tuple[list[Tested], Bounds]:
    """Return all layers of all judged metrics, tried, and how often they may err."""
    layers = [
        layer
        for _, signal in sorted(panel.signals.items())
        if signal.trait.judged and not signal.trait.state and _tells(panel, signal)
        for layer in layers_of(panel, state, signal)
    ]
    series = sum(len(layer.units) for layer in layers)
    devices = max(np.bincount(panel.unit_node, minlength=1).max() * len(panel.nodes), 1)
    weeks = panel.windows * panel.window_s / WEEK_S
    wanted = terms.false_alarms_per_week * max(devices / 500, 0.2) * weeks
    chance = float(np.clip(wanted / max(series, 1), _LEAST_CHANCE, _MOST_CHANCE))
    bounds = Bounds(chance, panel.windows / chance)
    return [tested(panel, layer, bounds, terms.accepted) for layer in layers], bounds


def _tells(panel: Panel, signal: Signal) -> bool:
    """Return whether a metric says more than another that is there.

    Utilisation counts any resident kernel and ends at 100 %: where pipes are told, it only says
    who works at all.
    """
    finer = {"gpu_tensor_active", "gpu_sm_active"} & set(panel.signals)
    return not (signal.trait.metric == "gpu_utilization" and finer)


def _quiet(panel: Panel, state: State) -> list[Quiet]:
    silent = silent_nodes(panel, state)
    mute = {each.node for each in silent if each.end < 0}
    return [
        *silent,
        *(each for each in silent_series(panel, state) if each.node not in mute),
        *missing_devices(panel),
        *standing_still(panel, state),
    ]


def _heard(panel: Panel, alarms: list[Alarm], quiet: list[Quiet]) -> list[Alarm]:
    """Return alarms without those of gauges that stand still: they measure nothing."""
    still = [each for each in quiet if each.kind == "flat-line"]
    return [a for a in alarms if not any(_is_of(panel, a, each) for each in still)]


def _is_of(panel: Panel, alarm: Alarm, quiet: Quiet) -> bool:
    node, device = int(panel.unit_node[alarm.unit]), int(panel.unit_device[alarm.unit])
    if node != quiet.node or alarm.at < quiet.begin:
        return False
    return quiet.device < 0 or (quiet.device == device and alarm.trait.metric in quiet.metrics)


def _of_devices(
    teller: Teller,
    layers: list[Tested],
    seen: tuple[list[Alarm], list[Alarm], list[Cause]],
) -> list[Found]:
    """Return one finding a device; what a node shows beside one sick device belongs to it."""
    alone, facts, causes = seen
    panel = teller.panel
    by_place: dict[tuple[int, int], list[Alarm]] = {}
    for alarm in (*facts, *alone):
        node = int(panel.unit_node[alarm.unit])
        device = int(panel.unit_device[alarm.unit]) if alarm.level == "device" else -1
        device = -1 if device >= 0 and not panel.devices[device] else device
        by_place.setdefault((node, device), []).append(alarm)
    for node, device in sorted(by_place):
        sick = [d for n, d in by_place if n == node and d >= 0]
        if device < 0 and len(sick) == 1 and _near(panel, by_place, node, sick[0]):
            by_place[node, sick[0]] += by_place.pop((node, -1))
    index = index_of(panel, layers if by_place else ())
    excluded = {(node, cause.family) for cause in causes for node in cause.nodes}
    found = []
    jobs = any(key == "job" for labels in panel.labels for key, _ in labels)
    for (node, device), mine in sorted(by_place.items()):
        if device < 0 and not jobs and _other_work(mine):
            continue
        strongest = max(mine, key=lambda alarm: (alarm.rule == "fact", min(alarm.score, 1e9)))
        more = [
            each
            for each in supporting(panel, layers, index, strongest)
            if (node, each.trait.family) not in excluded
        ]
        told = {(a.trait.metric, a.level) for a in mine}
        more = [each for each in more if (each.trait.metric, each.level) not in told]
        found.append(of_alarms(teller, [*mine, *more], device))
    return found


def _near(
    panel: Panel, by_place: Mapping[tuple[int, int], list[Alarm]], node: int, device: int
) -> bool:
    """Return whether what a node shows began when what its one sick device shows did."""
    begins = [min(a.begin for a in by_place[node, each]) for each in (-1, device)]
    return abs(begins[0] - begins[1]) <= panel.windows_of(_TOGETHER_S)


def _other_work(alarms: Sequence[Alarm]) -> bool:
    """Return whether a whole node only does less or other work: without jobs nobody can tell why.

    A clock that falls, or errors that are counted, are no work.
    """
    if any(a.trait.errors or a.trait.family == "clock" or a.rule == "fact" for a in alarms):
        return False
    return any(a.trait.activity or a.trait.family == "application" for a in alarms)


def _notes(panel: Panel, layers: list[Tested]) -> list[str]:
    """Return what a reader must know of how this was judged."""
    notes = []
    if not any(key == "job" for labels in panel.labels for key, _ in labels):
        notes.append("nobody says jobs: nodes that as a whole do other work are not named")
    if panel.windows < PERSISTS:
        notes.append("fewer than three windows: nothing can be shown to persist, so nothing acts")
    if panel.windows < 24:
        notes.append("fewer than 24 windows: no series has a history; peers alone were compared")
    lone = sorted({e.layer.trait.metric for e in layers if (e.layer.peers < 3).mean() > 0.5})
    if lone:
        notes.append(f"fewer than three peers, own history alone: {', '.join(lone)}")
    few = sorted({
        e.layer.trait.metric for e in layers
        if ((e.layer.peers >= 3) & (e.layer.peers < 5)).mean() > 0.5
    })  # fmt: skip
    if few:
        notes.append(f"three or four peers, compared by ratio with a wide limit: {', '.join(few)}")
    apart = sorted({e.layer.trait.metric for e in layers if e.apart})
    if apart:
        notes.append(f"too many differ for any to be an exception: {', '.join(apart)}")
    strangers = sorted({e.layer.trait.metric for e in layers if not e.layer.trait.known})
    if strangers:
        notes.append(f"not in the vocabulary, judged both ways: {', '.join(strangers)}")
    return notes


def moment_of(text: str) -> float:
    """Return a time of a document as seconds since 1970."""
    return datetime.fromisoformat(text).astimezone(UTC).timestamp()
