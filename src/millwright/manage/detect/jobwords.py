"""Puts a job that slowed as a whole into words: nobody in it is to blame, until one is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from millwright.manage.detect.findings import Teller, figure, named
from millwright.manage.detect.jobs import Slowed
from millwright.model.detection import Evidence, Found

ADVICE = (
    "watch: ask who runs it whether the work has changed; then look at what all its nodes share "
    "(storage, fabric, power and cooling), and at no node alone"
)


def of_job(teller: Teller, slowed: Sequence[Slowed]) -> Found:
    """Return the finding of one job: no more than to be watched, for its work may have changed."""
    first = slowed[0]
    names = tuple(teller.panel.nodes[node] for node in first.nodes)
    ends = [each.end for each in slowed]
    return Found(
        node=named(names), device="", kind="slow-job", weight="watch",
        families=tuple(sorted({each.trait.family for each in slowed})),
        since=teller.time(min(each.begin for each in slowed)),
        noticed=teller.noticed(min(each.at for each in slowed)),
        until=teller.time(max(ends)) if min(ends) >= 0 else None,
        evidence=_evidence(first), further=tuple(map(_evidence, slowed[1:])),
        nodes=names, group=f"job {first.job}",
        reason=_reason(first, len(names)), advice=ADVICE,
    )  # fmt: skip


def _reason(slow: Slowed, nodes: int) -> str:
    percent = 100 * math.expm1(slow.shift)
    beside = f", less what {slow.others} other jobs did" if slow.others else ""
    alone = "" if slow.others else "; fewer than three other jobs: only its own past speaks"
    return (
        f"job {slow.job} slowed as a whole: {slow.trait.metric} {percent:+.1f} % against its own "
        f"first hours{beside}, on its {nodes} nodes alike, so that no node stands out{alone}"
    )


def _evidence(slow: Slowed) -> Evidence:
    return Evidence(
        metric=slow.trait.metric, unit=slow.trait.unit, family=slow.trait.family, rule="group",
        value=figure(slow.value), peer_median=None, mad=None, peers=slow.others,
        windows=slow.windows, of_windows=slow.of_windows,
        score=round(slow.score, 2) if math.isfinite(slow.score) else None,
        change_percent=round(100 * math.expm1(slow.shift), 2), past=figure(slow.past),
    )  # fmt: skip
