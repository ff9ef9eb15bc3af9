"""A sweep as lines: findings folded into node sets, worst first, and what nobody answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.model.health import SEVERITIES, HealthDocument, HealthFinding, Severity
from millwright.model.nodeset import folded

MOST_DEVICES = 4
"""Devices of one node that are named in a line; the rest is counted."""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """Nodes with the same finding, what it is, and what to do about it."""

    severity: Severity
    check: str
    nodes: str
    count: int
    message: str
    advice: str
    actions: tuple[str, ...]
    explain: str
    silenced: str | None = None


@dataclass(frozen=True, slots=True)
class GapLine:
    """Nodes of which the same is not known, and why."""

    nodes: str
    count: int
    checks: tuple[str, ...]
    why: str


def finding_lines(document: HealthDocument) -> tuple[FindingLine, ...]:
    """Return findings folded twice: devices of a node, then nodes that say the same."""
    by_node: dict[tuple[str, str, str, str, str], list[HealthFinding]] = {}
    for each in document.findings:
        key = (each.check, each.node, each.severity, each.silenced or "", each.fault)
        by_node.setdefault(key, []).append(each)
    same: dict[tuple[str, str, str, str, str], list[HealthFinding]] = {}
    for (check, _, severity, silenced, fault), found in by_node.items():
        line = (check, severity, silenced, fault, _message(found))
        same.setdefault(line, []).append(found[0])
    lines = [
        _line(first, key[4], tuple(dict.fromkeys(each.node for each in found)))
        for key, found in same.items()
        for first in found[:1]
    ]
    return tuple(sorted(lines, key=_order))


def _message(found: Sequence[HealthFinding]) -> str:
    """Return one text for all devices of a node: the first finding, and who else has it."""
    if len(found) == 1:
        return found[0].message
    others = [each.device for each in found[1:] if each.device]
    named = ", ".join(others[:MOST_DEVICES])
    rest = f" and {len(others) - MOST_DEVICES} more" if len(others) > MOST_DEVICES else ""
    return f"{found[0].message}; also {named}{rest}" if others else found[0].message


def _line(first: HealthFinding, message: str, nodes: Sequence[str]) -> FindingLine:
    return FindingLine(
        severity=first.severity,
        check=first.check,
        nodes=folded(nodes),
        count=len(nodes),
        message=message,
        advice=first.advice,
        actions=first.actions,
        explain=first.fault or f"check:{first.check}",
        silenced=first.silenced,
    )


def _order(line: FindingLine) -> tuple[bool, int, int, str, str]:
    rank = SEVERITIES.index(line.severity)
    return (line.silenced is not None, rank, -line.count, line.check, line.nodes)


def gap_lines(document: HealthDocument) -> tuple[GapLine, ...]:
    """Return what nobody answered, nodes with the same gap in one line."""
    same: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name, node in document.nodes.items():
        for gap in node.unknown if not node.silent else ():
            same.setdefault((gap.checks, gap.why), []).append(name)
    lines = [
        GapLine(folded(names), len(names), checks, why) for (checks, why), names in same.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.count, line.nodes)))


def silent_lines(document: HealthDocument) -> tuple[GapLine, ...]:
    """Return nodes that did not answer at all, by the reason."""
    same: dict[str, list[str]] = {}
    for name, node in document.nodes.items():
        if node.silent:
            aside = f" ({node.explained})" if node.explained else ""
            same.setdefault(f"{node.silent}{aside}", []).append(name)
    return tuple(GapLine(folded(names), len(names), (), why) for why, names in same.items())


def counts(document: HealthDocument) -> dict[Severity, int]:
    """Return how many findings there are of each severity, silenced ones left out."""
    found = [each.severity for each in document.findings if each.silenced is None]
    return {severity: found.count(severity) for severity in SEVERITIES}


def headline(document: HealthDocument) -> str:
    """Return one line about the whole: the answer, and how much of it was answered."""
    nodes = document.nodes.values()
    asked, answered = sum(n.checks for n in nodes), sum(n.answered for n in nodes)
    there = [f"{count} {severity}" for severity, count in counts(document).items() if count]
    told = ", ".join(there) or "no finding"
    mark = "  SIMULATED" if document.simulated else ""
    of = f"{answered} of {asked} checks on {len(nodes)} nodes were answered"
    return f"{document.answer.upper()}  {told}; {of}{mark}"


def worst_of(document: HealthDocument) -> dict[str, str]:
    """Return how each node is in one word: its worst severity, `silent`, `unknown` or `well`."""
    found: dict[str, str] = {}
    for name, node in document.nodes.items():
        own = "silent" if node.silent and not node.explained else ""
        found[name] = own or ("unknown" if node.unknown and not node.explained else "well")
    for severity in reversed(SEVERITIES):
        for each in document.findings:
            if each.severity == severity and each.silenced is None:
                found[each.node] = severity
    return found


def change_lines(before: HealthDocument | None, now: HealthDocument) -> Iterator[str]:
    """Yield what came (+) and what went (-) from one sweep to the next, silenced ones left out."""
    former, latter = (_told(each) for each in (before, now))
    for sign, lines, others in (("+", latter, former), ("-", former, latter)):
        for key, line in lines.items():
            if key not in others:
                yield f"  {sign} {line}"


def _told(document: HealthDocument | None) -> dict[tuple[str, str], str]:
    if document is None:
        return {}
    told = {
        (f"{line.check} {line.severity}", line.nodes): (
            f"{line.severity:9} {line.check:22} {line.nodes} ({line.count})  {line.message}"
        )
        for line in finding_lines(document)
        if line.silenced is None
    }
    silent = {("silent", gap.nodes): f"SILENT    {gap.nodes}" for gap in silent_lines(document)}
    return {**told, **silent}


def text_lines(document: HealthDocument) -> Iterator[str]:
    """Yield what a person reads, whole and plain."""
    for line in finding_lines(document):
        word = "silenced" if line.silenced else line.severity
        yield f"{word:9} {line.check:22} {line.nodes} ({line.count})  {line.message}"
        if line.silenced:
            yield f"{'':10}because {line.silenced}"
            continue
        yield f"{'':10}{line.advice}"
        steps = " > ".join(line.actions)
        yield f"{'':10}steps: {steps}   millwright explain {line.explain}"
    for gap in silent_lines(document):
        yield f"SILENT    {gap.nodes} ({gap.count})  {gap.why}"
    for gap in gap_lines(document):
        yield f"UNKNOWN   {gap.nodes} ({gap.count})  {', '.join(gap.checks)}: {gap.why}"
    untested = {name: node.not_testable for name, node in document.nodes.items()}
    same: dict[tuple[str, ...], list[str]] = {}
    for name, checks in untested.items():
        if checks:
            same.setdefault(checks, []).append(name)
    for checks, names in same.items():
        where = f"{folded(names)} ({len(names)})"
        yield f"not testable  {where}  {', '.join(checks)}: a container is no machine"
