"""What a search of groups says to a person: each group as it is over, then who is named."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.groupsearch import GroupVerdict, Named, Tried
from millwright.model.nodeset import folded

WHY = {
    "reference": "good nodes",
    "search": "",
    "repeat": "once more: close to the bar",
    "confirm": "with others",
}


def group_line(tried: Tried, unit: str) -> str:
    """Return one group in words."""
    value = tried.came if tried.value is None else f"{tried.value:g} {unit}".strip()
    word = {None: "", True: "meets the bar", False: "FAILS"}[tried.passed]
    told = [folded(tried.nodes), value, word, WHY[tried.why], tried.reason]
    return "  ".join(each for each in told if each)


def verdict_lines(verdict: GroupVerdict) -> Iterator[str]:
    """Yield the verdict, and who is named with how sure that is."""
    mark = "SIMULATED  " if verdict.simulated else ""
    unit = verdict.search.unit
    bar = "" if verdict.bar is None else f", bar {verdict.bar:.4g} {unit} ({verdict.bar_source})"
    yield f"{mark}{verdict.verdict.name}  {len(verdict.groups)} tests of groups{bar}"
    if verdict.unknown:
        yield f"  nothing is concluded: {verdict.unknown}"
    for each in verdict.named:
        kind = "faulty" if each.kind == "node" else "only together"
        yield f"  {kind}  {folded(each.nodes)}  {each.sure}: {reason_of(each)}"
    if verdict.shared:
        yield f"  {verdict.shared}"
    if not verdict.padded:
        yield "  too few good nodes to keep the size: the bar was not the one that failed"
    if verdict.healthy_misses_at_most is not None and verdict.named:
        most = 100 * verdict.healthy_misses_at_most
        yield (
            f"  {verdict.healthy} readings of healthy groups, none below the bar: "
            f"at most {most:.0f} % of them would be (95 %)"
        )


def reason_of(named: Named) -> str:
    """Return why somebody is named, and how sure that is, in words."""
    told = [f"failed in {named.failed} of {named.failed + named.passed} groups"]
    if named.partners > 1:
        told[0] += f" with {named.partners} different sets of others"
    if named.worse_percent is not None and named.spreads is not None:
        told.append(
            f"{named.worse_percent:g} % worse than healthy groups, "
            f"{named.spreads:g} times their spread"
        )
    told += [each for each in (named.reason, named.place) if each]
    return "; ".join(told)
