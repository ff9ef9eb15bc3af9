"""Explanations of what is no fault: entries of the catalogue, metrics, rules, roles; and all of
them as lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from millwright.model.catalog import Source
from millwright.model.explanation import Explanation, Origin, Rule, Said
from millwright.model.fault import Advice
from millwright.probes.metric import Metric
from millwright.reports.catalogue import entry_table

_MEANING = ("meaning", "summary", "proves", "why", "note", "hint")
_HEAD = frozenset(("name", "id", "title", "source", "confidence"))
_NOTHING = frozenset(("", "{}", "()", "False", "None"))
WIDTH = 100


def explained_entry(
    kind: str, section: str, entry: BaseModel, sources: Mapping[str, Source]
) -> Explanation:
    """Return an entry of any section of the catalogue, all its values with who says so."""
    name = str(getattr(entry, "name", "") or getattr(entry, "id", ""))
    rows = [tuple(str(cell or "") for cell in row) for row in entry_table(section, entry).rows]
    facts = tuple(
        Said(
            label=key,
            value=f"{_flat(value)} {unit}".strip(),
            source=source,
            confidence=sure,
            note=note,
        )
        for key, value, unit, source, sure, note in rows
        if key not in _HEAD and value not in _NOTHING
    )
    meaning = next((str(told) for key in _MEANING if (told := getattr(entry, key, ""))), "")
    said = Said(label="entry", value=section, source=getattr(entry, "source", ""),
                confidence=getattr(entry, "confidence", ""))  # fmt: skip
    named = [said.source, *(fact.source for fact in facts)]
    return Explanation(
        id=f"{kind}:{name}",
        kind=kind,
        title=str(getattr(entry, "title", "")) or name,
        meaning=meaning,
        facts=(*facts, said),
        see=(fault,) if (fault := str(getattr(entry, "fault", ""))) else (),
        sources=_origins(named, sources),
    )


def _flat(value: str) -> str:
    """Return a mapping as it is read: `{'smoke': 5}` becomes `smoke 5`."""
    if value.startswith("{") and value.endswith("}"):
        return value[1:-1].replace("'", "").replace(":", "")
    return value


def _origins(names: Sequence[str], sources: Mapping[str, Source]) -> tuple[Origin, ...]:
    known = [sources[name] for name in dict.fromkeys(names) if name in sources]
    return tuple(
        Origin(id=s.id, title=s.title, url=s.url, edition=s.edition, evidence=s.evidence)
        for s in known
    )


def explained_metric(metric: Metric) -> Explanation:
    """Return what a metric is, and what telemetry calls it."""
    facts = [
        Said(label="unit", value=metric.unit),
        Said(label="worse", value=metric.worse),
        Said(label="family", value=metric.family),
        Said(label="may fail a node", value="yes" if metric.gate else "no: it tells of load alone"),
    ]
    for delta, unit in (
        (metric.practical_delta_percent, "% of its peers"),
        (metric.practical_delta_absolute, metric.unit),
    ):
        if delta is not None:
            facts.append(_delta(delta, unit))
    for alias in metric.aliases:
        field = f" (field {alias.field})" if alias.field else ""
        facts.append(Said(label=f"in {alias.system}", value=f"{alias.name}{field}"))
    return Explanation(
        id=f"metric:{metric.name}",
        kind="metric",
        title=metric.name,
        meaning=metric.meaning,
        facts=tuple(facts),
    )


def _delta(delta: float, unit: str) -> Said:
    return Said(
        label="a difference that matters",
        value=f"{delta:g} {unit}".strip(),
        source="millwright-estimate",
        confidence="estimate",
    )


def explained_rule(rule: Rule) -> Explanation:
    """Return what the number of a finding means."""
    facts = (
        Said(label="severity", value=rule.severity),
        Said(label="what to do", value=rule.do),
    )
    return Explanation(id=rule.id, kind="rule", title=rule.title, meaning=rule.meaning, facts=facts)


def told(explanation: Explanation, notes: Sequence[str] = ()) -> Iterator[str]:
    """Yield an explanation as lines; what was decoded comes first, what to do before who says."""
    grave = f"  {explanation.severity.upper()}" if explanation.severity else ""
    yield f"{explanation.id}  {explanation.title}{grave}"
    yield from _wrapped(explanation.meaning)
    yield from _block("", explanation.occurrence)
    for note in notes:
        yield from _wrapped(note)
    if explanation.advice:
        yield from _advice(explanation.advice)
    yield from _steps(explanation)
    yield from _block("known", explanation.facts)
    if explanation.sources:
        yield ""
        yield "  sources"
        for each in explanation.sources:
            yield f"    {each.id} ({each.evidence})  {each.title}"
    if explanation.see:
        yield ""
        yield f"  see also: {', '.join(explanation.see)}"


def _advice(advice: Advice) -> Iterator[str]:
    yield ""
    yield f"  do: {advice.action}  (as {advice.authority} says)"
    yield from _wrapped(f"because {advice.because}", 4)
    yield ""
    yield "  who says what"
    for each in advice.opinions:
        mark = ">" if each.wins else " "
        level = f", level {each.level}" if each.level else ""
        after = f", from {each.after} times on" if each.after > 1 else ""
        further = f", then {each.investigate}" if each.investigate else ""
        yield f"  {mark} {each.authority}: {each.said or 'no action'}{further}{level}{after}"
        yield from _wrapped(each.why, 6)


def _steps(explanation: Explanation) -> Iterator[str]:
    if not explanation.steps:
        return
    yield ""
    yield "  steps"
    for number, step in enumerate(explanation.steps, 1):
        yield f"    {number}. {step.title}  (disturbs {step.disrupts})"


def _block(title: str, rows: Sequence[Said]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    if title:
        yield f"  {title}"
    width = max(len(row.label) for row in rows)
    for row in rows:
        sure = ", ".join(word for word in (row.source, row.confidence) if word)
        text = f"{row.value}" + (f"  [{sure}]" if sure else "")
        text += f"  {row.note}" if row.note else ""
        lead = f"    {row.label.ljust(width)}  "
        yield from textwrap.wrap(
            text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead),
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip


def _wrapped(text: str, indent: int = 2) -> Iterator[str]:
    pad = " " * indent
    yield from textwrap.wrap(text, WIDTH, initial_indent=pad, subsequent_indent=pad)


def listing(kinds: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return ids and titles by kind, as JSON tells what can be explained."""
    return {
        "schema": "millwright.explainable/1",
        "kinds": {
            kind: [{"id": name, "title": title} for name, title in names.items()]
            for kind, names in kinds.items()
        },
    }
