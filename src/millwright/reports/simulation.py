"""What a self-test of the judge says: found by kind and size, beside a plain rule. SIMULATED."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from millwright.model.fleet import Alarms, Ratio, Report
from millwright.reports.table import Column, Table, left, right


def simulation_document(reports: Sequence[Report]) -> dict[str, Any]:
    """Return all reports as one document."""
    return {
        "schema": "millwright.simulation/1",
        "simulated": True,
        "reports": [report.model_dump(mode="json", by_alias=True) for report in reports],
    }


def score_table(report: Report) -> Table:
    """Return recall by kind and size, with its interval of 95 %; the plain rule's if it ran."""
    ruled = report.by_mean is not None
    rows = tuple(
        (
            score.kind, score.size_percent, score.found.of, _share(score.found),
            _interval(score.found), _share(score.failed),
            *([_share(score.by_mean)] if ruled else []),
        )
        for score in report.scores
    )  # fmt: skip
    names = ("size %", "nodes", "found", "95 %", "failed", *(["mean +/- 5 %"] if ruled else []))
    columns: tuple[Column, ...] = (*left("fault"), *right(*names))
    title = f"SIMULATED: {report.nodes} nodes, noise {report.noise}, seed {report.seed}"
    return Table(title, columns, rows)


def score_lines(report: Report) -> Iterator[str]:
    """Yield what both say of healthy nodes, and from which size on faults are found."""
    yield f"judge         {_alarms(report.judge)}"
    if report.by_mean is not None:
        yield f"mean +/- 5 %  {_alarms(report.by_mean)}"
    if report.groups_named is not None:
        named = report.groups_named
        yield f"racks, leaves and firmware named: {named.hits} of {named.of}"
    told = [
        f"{kind} {'-' if size is None else f'{size:g} %'}"
        for kind, size in report.detectable_percent.items()
    ]
    yield f"found in 95 % of cases from: {', '.join(told)}"
    yield f"SIMULATED; {report.note}"


def _alarms(alarms: Alarms) -> str:
    return (
        f"precision {_share(alarms.precision)} {_interval(alarms.precision)}; of {alarms.healthy} "
        f"healthy nodes {alarms.falsely_failed} failed ({alarms.falsely_failed_per_1000:g} per "
        f"1,000), {alarms.false_alarms} flagged ({alarms.false_alarms_per_1000:g} per 1,000)"
    )


def _share(ratio: Ratio | None) -> str:
    return "-" if ratio is None or ratio.share is None else f"{ratio.share:.3f}"


def _interval(ratio: Ratio) -> str:
    return "" if ratio.share is None else f"{ratio.low:.3f}-{ratio.high:.3f}"
