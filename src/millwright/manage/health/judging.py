"""Holds what was seen against the checks: what is not well, what nobody knows, what is no check
of this node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from millwright.manage.health.rates import Span, key_of
from millwright.manage.health.signals import Seen, Source
from millwright.manage.health.view import Elsewhere, Unheard, View
from millwright.manage.questions import DEVICE
from millwright.model.health import Check, HealthFinding, Severity
from millwright.model.sourced import Sourced

_FORBIDDEN = "Operation not permitted"
"""What a kernel says to a container that asks for what is its machine's."""
_WEIGHT: Mapping[str, Severity] = {"critical": "critical", "warning": "warning", "info": "watch"}
"""What the catalogue of faults calls a fault, in our words; what it does not know is a check's."""


@dataclass(slots=True)
class Judged:
    """What came of one node; `unknown` has the reasons by check."""

    checks: int = 0
    findings: list[tuple[Check, HealthFinding]] = field(default_factory=list)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    not_testable: list[str] = field(default_factory=list)
    counters: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """What every node is held against."""

    checks: Sequence[Check]
    sources: Sequence[Source]


def judged(view: View, rules: Rules, span: Span) -> Judged:
    """Return what is not well with one node."""
    result = Judged()
    told, unheard = _told(view, rules.sources)
    gpu = view.expected.gpu if view.expected else ""
    for check in rules.checks:
        names = {each.question for each in rules.sources if check.signal in each.signals}
        answered, why = names & told.keys(), [unheard[n] for n in sorted(names & unheard.keys())]
        if not answered and not why or gpu in check.not_on:
            continue
        result.checks += 1
        if view.container and (check.on_metal or (not answered and _FORBIDDEN in why[0])):
            result.not_testable.append(check.name)
        elif not answered:
            result.unknown[check.name] = why[:1]
        else:
            for name in sorted(answered):
                _judge(check, name, (view, span), told[name], result)
    return result


def _told(view: View, sources: Sequence[Source]) -> tuple[dict[str, list[Seen]], dict[str, str]]:
    """Return what each question's sources told, and why others told nothing."""
    told: dict[str, list[Seen]] = {}
    unheard: dict[str, str] = {}
    for each in sources:
        if view.lacks(each.of) or (view.device and each.question != DEVICE.id):
            continue
        try:
            seen = list(each.read(view))
            told.setdefault(each.question, []).extend(seen)
        except Elsewhere:
            continue
        except Unheard as reason:
            unheard[each.question] = reason.why
    for question in unheard.keys() & told.keys():
        del told[question]
    return told, unheard


def _judge(
    check: Check, question: str, around: tuple[View, Span], told: list[Seen], into: Judged
) -> None:
    view, span = around
    gpu = view.expected.gpu if view.expected else ""
    for seen in told:
        if seen.signal != check.signal:
            continue
        if check.per and isinstance(seen.value, float | int):
            into.counters[key_of(seen)] = float(seen.value)
        value = _measured(check, seen, span)
        if value is None:
            why = seen.note or "it does not say"
            where = f"{seen.device}: " if seen.device else ""
            into.unknown.setdefault(check.name, []).append(f"{where}{why}"[:200])
        elif not _well(check, value, check.limit_for(gpu)):
            finding = _finding(check, seen, value, (view, question))
            into.findings.append((check, finding))


def _measured(check: Check, seen: Seen, span: Span) -> float | str | None:
    """Return what is compared: a number, its rate, or a word."""
    if check.one_of or check.none_of:
        return None if seen.value is None else str(seen.value)
    if seen.value is None or isinstance(seen.value, str):
        return None
    return span.rate(seen, seen.value, check.per) if check.per else float(seen.value)


def _well(check: Check, value: float | str, limit: Sourced[float] | None) -> bool:
    if isinstance(value, str):
        return value in check.one_of if check.one_of else value not in check.none_of
    if limit is None:
        return False
    return value <= limit.value if check.at_most is not None else value >= limit.value


def _finding(
    check: Check, seen: Seen, value: float | str, around: tuple[View, str]
) -> HealthFinding:
    view, question = around
    limit = check.limit_for(view.expected.gpu if view.expected else "")
    shown = f"{value:.4g}" if isinstance(value, float) else value
    bound = f"{limit.value:g}" if limit else ""
    fills: Mapping[str, str] = {
        "[device]": seen.device or "it",
        "[value]": shown,
        "[limit]": bound,
    }
    message = check.summary
    for word, text in fills.items():
        message = message.replace(word, text)
    times = f" ({seen.count} times)" if seen.count > 1 else ""
    note = f": {seen.note}" if seen.note else ""
    return HealthFinding(
        check=check.name,
        node=seen.node or view.node,
        device=seen.device,
        severity=_WEIGHT.get(seen.said.severity, check.severity) if seen.said else check.severity,
        message=f"{message}{times}{note}"[:2000],
        value=round(value, 6) if isinstance(value, float) else value,
        limit=limit.value if limit else None,
        unit=check.unit,
        count=seen.count,
        since=seen.since,
        fault=seen.fault or check.fault,
        advice=f"{check.advice}: {seen.said.because}"[:2000] if seen.said else check.advice,
        actions=seen.said.steps if seen.said else check.actions,
        maturity=check.maturity,
        evidence=question,
        source=limit.source if limit else check.source,
        confidence=limit.confidence if limit else check.confidence,
    )


def worst_only(
    findings: Sequence[tuple[Check, HealthFinding]],
) -> list[tuple[Check, HealthFinding]]:
    """Return findings without those that say the same of the same device less severely."""
    order: dict[Severity, int] = {"critical": 0, "warning": 1, "watch": 2}
    best: dict[tuple[str, str, str], tuple[Check, HealthFinding]] = {}
    for check, finding in findings:
        key = (finding.fault or check.signal, finding.node, finding.device)
        other = best.get(key)
        if other is None or order[finding.severity] < order[other[1].severity]:
            best[key] = (check, finding)
    return list(best.values())
