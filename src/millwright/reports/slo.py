"""Service levels for a person: a tier, what was promised of it, what is; first what is missed."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.slo import Budget, Burn, Neighbour, SloDocument, SloMeasure, TierSlo

_WORDS = {"met": "ok", "missed": "MISSED", "unknown": "UNKNOWN", "shown": "--"}
_TIERS = {
    "met": "promises kept", "missed": "MISSED", "unknown": "UNKNOWN",
    "nothing-promised": "nothing was promised",
}  # fmt: skip
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def slo_lines(document: SloDocument) -> Iterator[str]:
    """Yield every tier with its measures; what is UNKNOWN says what to export."""
    mark = "SIMULATED  " if document.simulated else ""
    for tier in document.tiers:
        yield f"{mark}{tier.tier} ({tier.hosts} hosts)  {_TIERS[tier.answer]}"
        yield from _tier(tier)


def _tier(tier: TierSlo) -> Iterator[str]:
    for measure in tier.measures:
        yield from _measure(measure)
    for budget in tier.budgets:
        yield from _budget(budget)
    yield from _neighbours(tier)


def _measure(each: SloMeasure) -> Iterator[str]:
    value = "" if each.value is None else f"  {_figure(each.value, each.unit)}"
    sign = {"at_most": "at most", "at_least": "at least", "": ""}[each.side]
    limit = "" if each.limit is None else f"  ({sign} {_figure(each.limit, each.unit)})"
    by = f"  {each.server}" if each.server else ""
    where = f" on {each.where}" if each.where else ""
    yield f"  {_WORDS[each.answer]:8}{each.what}{value}{limit}{by}{where}"
    yield from _reasons(each.why, each.export)


def _budget(each: Budget) -> Iterator[str]:
    by = f"  {each.server}" if each.server else ""
    ratio = "" if each.error_ratio is None else f"  {100 * each.error_ratio:.3g} % fail"
    promise = "" if each.availability is None else f"  (promised {100 * each.availability:g} %)"
    spent = (
        ""
        if each.spent_share is None
        else f", {_figure(100 * each.spent_share, '%')} of budget spent"
    )
    yield f"  {_WORDS[each.answer]:8}errors in {each.window_days} d{ratio}{spent}{promise}{by}"
    yield from _reasons(each.why, each.export)
    for burn in each.burns:
        yield _burn(burn)


def _burn(each: Burn) -> str:
    words = {True: "BURNS", False: "ok", None: "UNKNOWN"}
    long, short = (
        f"{_span(seconds)} {'?' if rate is None else f'{rate:.3g}'}"
        for seconds, rate in ((each.long_s, each.long_rate), (each.short_s, each.short_rate))
    )
    calls = f"calls above {each.factor:g}"
    return f"    {words[each.calls]:8}burn rate {each.name}: {long}, {short} ({calls})"


def _neighbours(tier: TierSlo) -> Iterator[str]:
    if tier.neighbours_unknown:
        yield "  UNKNOWN noisy neighbours"
        yield from _reasons(tier.neighbours_unknown, "")
    quiet = [each.host for each in tier.neighbours if each.answer == "quiet"]
    for each in tier.neighbours:
        if each.answer != "quiet":
            yield from _neighbour(each)
    if quiet:
        yield f"  ok      no noisy neighbour on {', '.join(quiet)}"


def _neighbour(each: Neighbour) -> Iterator[str]:
    word = "NOISY" if each.answer == "noisy" else "UNKNOWN"
    by = "" if each.correlation is None else f"  goes with others' load by {each.correlation:.2f}"
    own = "" if each.own_correlation is None else f", with its own by {each.own_correlation:.2f}"
    yield f"  {word:8}neighbours on {each.host}{by}{own} ({each.points} moments)"
    yield from _reasons(each.why, "")


def _reasons(why: str, export: str) -> Iterator[str]:
    if why:
        yield f"            {why}"
    if export:
        yield f"            export: {export}"


def _figure(value: float, unit: str) -> str:
    number = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{number} {unit}".strip()


def _span(seconds: int) -> str:
    return next(
        (f"{seconds // size} {name}" for size, name in _UNITS if seconds % size == 0),
        f"{seconds} s",
    )
