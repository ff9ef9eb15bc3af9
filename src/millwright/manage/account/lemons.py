"""Nodes that have more trouble than chance explains, by a bar and not by rank.

Every node gets its share of a kind of trouble by how long it was there. How many of the fleet's
cases fall on it by chance is binomial; the chances are corrected after Holm for every node and kind
that was looked at. A fleet of equal nodes names one with a chance of 5 %, whatever its size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from millwright.manage.account.chances import binomial_tail
from millwright.manage.account.reliability import INTERRUPTED
from millwright.model.account import Lemon
from millwright.model.usage import Job, Outage, Period, Trouble

LEVEL = 0.05
LEAST = 2


def signals_of(
    jobs: Iterable[Job], outages: Iterable[Outage], troubles: Iterable[Trouble], period: Period
) -> dict[str, Counter[str]]:
    """Return cases by kind and node. Users who exclude a node count once each, however many jobs
    of theirs do: a line that is copied is one opinion."""
    found: dict[str, Counter[str]] = {
        kind: Counter() for kind in ("runs ended by the node", "unplanned outages",
                                     "incidents", "users who exclude it")
    }  # fmt: skip
    seen: set[tuple[str, str]] = set()
    for job in jobs:
        ended = job.end if job.end is not None else period.end
        if job.begin is None or ended < period.begin or job.begin >= period.end:
            continue
        # Of a run over many nodes nobody knows which one failed: it names a node only when alone.
        if job.state in INTERRUPTED and len(job.nodes) == 1:
            found["runs ended by the node"][job.nodes[0]] += 1
        seen.update((job.user, node) for node in job.excluded)
    found["users who exclude it"].update(node for _, node in seen)
    found["unplanned outages"].update(
        o.node for o in outages if o.kind != "planned" and period.begin <= o.begin < period.end
    )
    found["incidents"].update(t.node for t in troubles if period.begin <= t.noticed < period.end)
    return found


def lemons(
    signals: Mapping[str, Mapping[str, int]], exposure: Mapping[str, float]
) -> tuple[Lemon, ...]:
    """Return nodes above the bar; `exposure` is how long each of the fleet was there."""
    whole = sum(exposure.values())
    tests = []
    for kind, counts in signals.items():
        trials = sum(counts.get(node, 0) for node in exposure)
        for node, hours in exposure.items():
            if trials and hours > 0:
                share = hours / whole
                count = counts.get(node, 0)
                tests.append((binomial_tail(count, trials, share), kind, node, count,
                              trials * share))  # fmt: skip
    found: list[Lemon] = []
    worst = 0.0
    for rank, (chance, kind, node, count, expected) in enumerate(sorted(tests)):
        worst = max(worst, min(1.0, chance * (len(tests) - rank)))
        if worst > LEVEL:
            break
        if count >= LEAST:
            found.append(Lemon(node=node, signal=kind, count=count, expected=expected,
                               p_value=worst))  # fmt: skip
    return tuple(found)
