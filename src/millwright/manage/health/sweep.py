"""From a recording to the health of every node in it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from millwright.manage.expected import Expected
from millwright.manage.health import (
    controllers,
    devices,
    fabric,
    gpus,
    host,
    kernel,
    nodes,
    scheduler,
    services,
)
from millwright.manage.health.judging import Judged, Rules, judged, worst_only
from millwright.manage.health.quiet import Quiet
from millwright.manage.health.rates import Past, Span, ago_s
from millwright.manage.health.signals import Source
from millwright.manage.health.view import CableSeen, Unheard, View, number
from millwright.model.fault import FaultCatalog
from millwright.model.health import (
    SEVERITIES,
    Answer,
    Check,
    Counters,
    HealthDocument,
    HealthFinding,
    NodeHealth,
    Unanswered,
)
from millwright.model.heard import Recording

SOURCES: Sequence[Source] = tuple(
    each
    for module in (nodes, gpus, kernel, fabric, host, services, scheduler, controllers, devices)
    for each in module.SOURCES
)
"""Every source of signals."""
LEAST_CLOCKS = 3
"""Fewer clocks do not say which of them is wrong."""
ASKING_S = 60.0
"""So long after a sweep began a node may still be asked for its time."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a sweep is judged by beside the checks themselves."""

    expected: Mapping[str, Expected]
    quiet: Quiet
    rate_over_s: float
    previous: Counters | None = None
    faults: FaultCatalog | None = None
    cables: tuple[CableSeen, ...] | str = "it was not compared with a design"
    run: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Swept:
    """The document of a sweep, and its counters for the next one."""

    document: HealthDocument
    counters: Counters


def swept(recording: Recording, checks: Sequence[Check], standing: Standing) -> Swept:
    """Return how nodes are; what one node tells of another is that one's finding."""
    views = _views(recording, standing)
    rules = Rules(tuple(checks), SOURCES)
    results = {
        node: judged(view, rules, _span(view, recording, standing)) for node, view in views.items()
    }
    by_name = {node: views[node].up_s for node in views}
    findings = [
        _silenced(check, finding, by_name, standing.quiet)
        for result in results.values()
        for check, finding in worst_only(result.findings)
    ]
    told = {
        node: _node(result, views[node], recording.silent.get(node), standing.quiet)
        for node, result in results.items()
    }
    document = HealthDocument(
        at=recording.at,
        answer=_answer(findings, told),
        simulated=standing.simulated,
        run=standing.run,
        expected_from="design" if standing.expected else "nothing",
        previous=standing.previous.at if standing.previous else None,
        nodes=told,
        findings=tuple(sorted(findings, key=_order)),
    )
    counters = {node: result.counters for node, result in results.items() if result.counters}
    return Swept(
        document, Counters(at=recording.at, nodes=counters, silent=tuple(recording.silent))
    )


def _views(recording: Recording, standing: Standing) -> dict[str, View]:
    fleet = tuple(name for name, e in standing.expected.items() if e.role == "compute")
    views = {
        node: View(
            node,
            recording.nodes.get(node, {}),
            standing.expected.get(node),
            at=recording.at,
            fleet=fleet,
            silent=recording.silent.get(node),
            was_silent=node in (standing.previous.silent if standing.previous else ()),
            faults=standing.faults,
            cables=standing.cables,
        )
        for node in (*recording.nodes, *(n for n in recording.silent if n not in recording.nodes))
    }
    clocks = _clocks(views, recording.at, live=bool(standing.run))
    return {node: replace(view, apart_s=clocks.get(node)) for node, view in views.items()}


def _clocks(views: Mapping[str, View], at: str, *, live: bool) -> dict[str, float]:
    """Return how far each clock is from the middle of all, beyond what asking one after the other
    spreads them by; few that were asked just now are held against the clock of who asked."""
    try:
        begun = datetime.fromisoformat(at).timestamp()
    except ValueError:
        begun = 0.0
    offsets = {node: now - begun for node, view in views.items() if (now := _now(view))}
    if len(offsets) < LEAST_CLOCKS:
        near = {
            node: 0.0 if 0 <= offset <= ASKING_S else offset for node, offset in offsets.items()
        }
        return near if live else {}
    middle = statistics.median(offsets.values())
    apart = {node: offset - middle for node, offset in offsets.items()}
    spread_s = 6 * 1.4826 * statistics.median(abs(each) for each in apart.values())
    return {node: each if abs(each) > spread_s else 0.0 for node, each in apart.items()}


def _now(view: View) -> float | None:
    try:
        return number(view.told("clock").get("now"))
    except Unheard:
        return None


def _span(view: View, recording: Recording, standing: Standing) -> Span:
    """Return what a node's rates are taken over: a boot since the earlier sweep ends its counts."""
    past, previous, up_s = None, standing.previous, view.up_s
    if previous is not None and view.node in previous.nodes:
        ago = ago_s(previous.at, recording.at)
        if ago is not None and ago > 0 and (up_s is None or up_s > ago):
            past = Past(previous.nodes[view.node], ago)
    return Span(past, up_s, standing.rate_over_s)


def _silenced(
    check: Check, finding: HealthFinding, up: Mapping[str, float | None], quiet: Quiet
) -> HealthFinding:
    why = quiet.why(check, finding.node, up.get(finding.node))
    return finding.model_copy(update={"silenced": why}) if why else finding


def _node(result: Judged, view: View, silent: str | None, quiet: Quiet) -> NodeHealth:
    same: dict[str, list[str]] = {}
    for check, whys in result.unknown.items():
        same.setdefault(whys[0] + (f" (+{len(whys) - 1})" if whys[1:] else ""), []).append(check)
    unknown = tuple(Unanswered(checks=tuple(own), why=why) for why, own in same.items())
    return NodeHealth(
        checks=result.checks,
        answered=result.checks - len(result.unknown) - len(result.not_testable),
        unknown=unknown,
        not_testable=tuple(result.not_testable),
        silent=silent,
        explained=quiet.why_silent(view.node) if silent else None,
        up_s=round(view.up_s, 1) if view.up_s is not None else None,
    )


def _answer(findings: Sequence[HealthFinding], nodes: Mapping[str, NodeHealth]) -> Answer:
    if any(each.severity != "watch" and each.silenced is None for each in findings):
        return "unhealthy"
    if any((node.unknown or node.silent) and not node.explained for node in nodes.values()):
        return "unanswered"
    return "healthy" if nodes else "unanswered"


def _order(finding: HealthFinding) -> tuple[bool, int, str, str, str]:
    rank = SEVERITIES.index(finding.severity)
    return (finding.silenced is not None, rank, finding.check, finding.node, finding.device)
