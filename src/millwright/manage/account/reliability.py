"""How long until somebody knows, until it is mended, and until the next one: with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from millwright.manage.account.chances import between_interval, mean_interval, share_interval
from millwright.model.account import Estimate, Reliability, RemedyRecord
from millwright.model.usage import Job, Outage, Period, Trouble

HOUR = 3600
INTERRUPTED = frozenset(("NODE_FAIL", "BOOT_FAIL", "REQUEUED"))
"""States of runs that the machine ended, and not their users."""
BUCKETS = (
    ("under 15 min", 900), ("15 min to 1 h", 3600), ("1 h to 6 h", 21_600),
    ("6 h to 1 d", 86_400), ("1 d to 7 d", 604_800), ("7 d to 30 d", 2_592_000),
)  # fmt: skip
_EXPONENTIAL = "95 %, exponential times (chi-square)"


def mean_time(times: Sequence[float], unit: str, what: str) -> Estimate:
    """Return a mean with its interval; without a single time it is not known."""
    if not times:
        return Estimate(value=None, low=None, high=None, count=0, unit=unit, law=what)
    total = sum(times)
    low, high = mean_interval(total, len(times)) if total > 0 else (0.0, 0.0)
    return Estimate(value=total / len(times), low=low, high=high, count=len(times), unit=unit,
                    law=f"{_EXPONENTIAL}; {what}")  # fmt: skip


def between_failures(node_hours: float, failures: int, what: str) -> Estimate:
    """Return the mean time between failures of one node; without a watched hour it is not known."""
    if node_hours <= 0:
        return Estimate(
            value=None, low=None, high=None, count=failures, unit="node-hours", law=what
        )
    low, high = between_interval(node_hours, failures)
    law = _EXPONENTIAL if failures else "95 % from one side, exponential times (chi-square)"
    return Estimate(value=node_hours / failures if failures else None, low=low, high=high,
                    count=failures, unit="node-hours", law=f"{law}; {what}")  # fmt: skip


def reliability(
    period: Period,
    troubles: Iterable[Trouble],
    outages: Iterable[Outage],
    runs: tuple[Sequence[Job], float],
) -> Reliability:
    """Return the figures of a period; `runs` are the jobs and the node-hours in service.

    Incidents count by when they were noticed. Where there is no incident at all, unplanned outages
    of the scheduler's book stand in for them, and nobody knows when those were noticed.
    """
    jobs, node_hours = runs
    noticed = [t for t in troubles if period.begin <= t.noticed < period.end]
    out = [o for o in outages if o.kind != "planned" and period.begin <= o.begin < period.end]
    broken = [j for j in jobs if j.state in INTERRUPTED and _within(j, period)]
    if noticed:
        detection = [(t.noticed - t.began) / 60 for t in noticed if t.began is not None]
        repair = [(t.closed - t.noticed) / HOUR for t in noticed if t.closed is not None]
        starts = [(t.node, t.began if t.began is not None else t.noticed) for t in noticed]
        what, still = "from incidents", sum(t.closed is None for t in noticed)
    else:
        detection = []
        repair = [(o.end - o.begin) / HOUR for o in out if o.end is not None]
        starts = [(o.node, o.begin) for o in out]
        what, still = "from unplanned outages", sum(o.end is None for o in out)
    return Reliability(
        mttd=mean_time([max(0.0, each) for each in detection], "min", "from incidents"),
        mttr=mean_time([max(0.0, each) for each in repair], "h", what),
        mtbf=between_failures(node_hours, len(starts), what),
        incidents=len(starts),
        open_incidents=still,
        interrupted_runs=len(broken),
        interrupted_hours=sum(_seconds(j, period) * j.gpus for j in broken) / HOUR,
        between_starts=_buckets(starts),
    )


def _within(job: Job, period: Period) -> bool:
    return job.begin is not None and _seconds(job, period) > 0


def _seconds(job: Job, period: Period) -> int:
    """Return how long a run was within the period."""
    if job.begin is None:
        return 0
    end = job.end if job.end is not None else period.known_until
    return max(0, min(end, period.end) - max(job.begin, period.begin))


def reworked(jobs: Iterable[Job], period: Period, checkpoint_s: float) -> int:
    """Return GPU-seconds that interrupted runs are expected to have lost: half of what lies between
    two checkpoints, and never more than they ran."""
    return sum(
        round(min(_seconds(job, period), checkpoint_s / 2)) * job.gpus
        for job in jobs
        if job.state in INTERRUPTED
    )


def _buckets(starts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    gaps = [
        later[1] - former[1] for former, later in pairwise(sorted(starts)) if later[0] == former[0]
    ]
    if not gaps:
        return ()
    counts = [0] * (len(BUCKETS) + 1)
    for gap in gaps:
        counts[next((n for n, (_, most) in enumerate(BUCKETS) if gap < most), len(BUCKETS))] += 1
    names = [*(name for name, _ in BUCKETS), "over 30 d"]
    return tuple(zip(names, counts, strict=True))


def remedies(troubles: Iterable[Trouble], period: Period) -> tuple[RemedyRecord, ...]:
    """Return how often each remedy was tried and helped, in incidents of the period."""
    tried: dict[str, list[bool]] = {}
    for trouble in troubles:
        if period.begin <= trouble.noticed < period.end:
            for remedy, helped in trouble.remedies:
                tried.setdefault(remedy, []).append(helped)
    found = []
    for remedy, results in sorted(tried.items()):
        low, high = share_interval(sum(results), len(results))
        found.append(RemedyRecord(remedy=remedy, tried=len(results), succeeded=sum(results),
                                  low=low, high=high))  # fmt: skip
    return tuple(found)
