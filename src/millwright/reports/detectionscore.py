"""How well planted faults were noticed: by kind and size, beside fixed thresholds. SIMULATED."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.fleet import Ratio
from millwright.model.telemetrytruth import DetectionScore, JudgeScore
from millwright.reports.table import Table, left, right


def noticed_table(score: DetectionScore) -> Table:
    """Return recall by kind and size of the first judge, and beside it of the others."""
    first, *others = score.judges
    beside = [
        {(each.kind, each.size_percent): each.noticed for each in judge.scores} for judge in others
    ]
    rows = tuple(
        (
            each.kind, each.size_percent, each.noticed.of, share(each.noticed),
            share(each.in_time), interval(each.in_time), share(each.acted), each.minutes_median,
            *(share(found.get((each.kind, each.size_percent))) for found in beside),
        )
        for each in first.scores
    )  # fmt: skip
    mark = "SIMULATED: " if score.simulated else ""
    title = f"{mark}{score.runs} fleets of {score.gpus} GPUs, {score.hours:g} hours together"
    heads = right("size %", "planted", "noticed", "in 15 min", "95 %", "acted", "minutes")
    more = right(*(judge.judge for judge in others))
    return Table(title, (*left("fault"), *heads, *more), rows)


def judge_lines(score: DetectionScore) -> Iterator[str]:
    """Yield what each judge is worth, and what that says of the field."""
    for judge in score.judges:
        yield f"{judge.judge:18}{_told(judge)}"
    yield score.note


def _told(judge: JudgeScore) -> str:
    rate = judge.false_alarms
    minutes = "-" if judge.minutes_median is None else f"{judge.minutes_median:g}"
    return (
        f"precision {share(judge.precision)} {interval(judge.precision)} (of acts "
        f"{share(judge.act_precision)}), noticed {share(judge.recall)}, of 5 % and more in 15 "
        f"minutes {share(judge.recall_from_5_percent)} {interval(judge.recall_from_5_percent)}, "
        f"median {minutes} min; false alarms a week and 500 GPUs {rate.rate:g} "
        f"({rate.low:g}-{rate.high:g}; {rate.events} seen)"
    )


def share(ratio: Ratio | None) -> str:
    """Return a share with three digits; a dash for a share of nothing."""
    return "-" if ratio is None or ratio.share is None else f"{ratio.share:.3f}"


def interval(ratio: Ratio) -> str:
    """Return the interval of a share."""
    return "" if ratio.share is None else f"{ratio.low:.3f}-{ratio.high:.3f}"
