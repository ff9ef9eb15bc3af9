"""What stood out in telemetry, for a person: first what asks for an act, then what to watch."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.detection import FindingsDocument, Found

_WORDS = {"act": "ACT", "watch": "WATCH", "unknown": "UNKNOWN"}


def detection_headline(document: FindingsDocument) -> str:
    """Return what was looked at and what came of it, in one line."""
    mark = "SIMULATED  " if document.simulated else ""
    counts = {word: 0 for word in _WORDS}
    for found in document.findings:
        counts[found.weight] += 1
    told = ", ".join(f"{count} {_WORDS[word]}" for word, count in counts.items() if count)
    nothing = "nothing stood out" if document.series else "UNKNOWN, no value could be compared"
    return (
        f"{mark}{document.nodes} nodes, {document.series} series, {document.windows} windows of "
        f"{document.window_s:g} s from {document.begin}: {told or nothing}"
    )


def detection_lines(document: FindingsDocument) -> Iterator[str]:
    """Yield findings with their reasons; those of one kind and reason are folded by node."""
    for found in document.findings:
        yield from _lines(found)
    rate = document.false_alarms
    bounds = "" if rate.high is None else f" ({_figure(rate.low)} to {_figure(rate.high)})"
    yield (
        f"expected false alarms a month: {_figure(document.expected_false_alarms_per_month)} "
        f"over {rate.series} series: by tails {_figure(rate.by_tails)}{bounds}, "
        f"by resampling {_figure(rate.by_resampling)}"
    )
    if rate.assumed:
        yield f"  if {'; '.join(rate.assumed)}"


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"


def _lines(found: Found) -> Iterator[str]:
    where = " ".join(part for part in (found.node, found.device) if part)
    until = f" until {found.until}" if found.until else ""
    families = ", ".join(found.families)
    yield (
        f"{where}  {_WORDS[found.weight]}  {found.kind}"
        f"{f' in {families}' if families else ''}  since {found.since}{until}"
    )
    yield f"  why     {found.reason}"
    yield f"  advice  {found.advice}"
    for each in found.further[:4]:
        change = "" if each.change_percent is None else f" ({each.change_percent:+g} %)"
        yield f"  also    {each.metric} {each.value} {each.unit}{change}"
