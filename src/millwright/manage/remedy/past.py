"""What the journal teaches: what helped, who was right, what is open, what was done of late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from millwright.manage.remedy.chances import Precision, Tried
from millwright.manage.remedy.plan import Past
from millwright.manage.remedy.rails import Bounds
from millwright.model.incident import Incident
from millwright.model.lifecycle import Deed, Transition
from millwright.model.remedy import HANDS

PASSED, NOT_PASSED, NOT_KNOWN = "PASS", "FAIL", "UNKNOWN"
HOLDS, GONE = "holds", "gone"
"""What a look at a complaint found before anything was done."""
UNTESTED = "untested"
"""Nothing but tests can look: they come once the node is drained, and before it is repaired."""
RIGHT, WRONG = "right", "wrong"
"""What a person said of a complaint afterwards; that goes before any look."""


@dataclass(frozen=True, slots=True)
class Journal:
    """Everything that is written down, the oldest first."""

    incidents: Mapping[str, Incident]
    deeds: Sequence[Deed]
    transitions: Sequence[Transition]


def past_of(journal: Journal, bounds: Bounds, now: datetime) -> Past:
    """Return what a plan takes into account of the past."""
    since = now - timedelta(minutes=bounds("breaker_minutes"))
    hour = now - timedelta(hours=1)
    return Past(
        record=tuple(_record(journal)),
        precision=_precision(journal),
        open_={i.node: i.id for i in journal.incidents.values() if i.stands == "open"},
        tries=_tries(journal, now - timedelta(days=bounds("tries_days"))),
        recent=frozenset(
            each.node
            for each in journal.incidents.values()
            if _at(each.opened) >= since and not each.complaint.weak
        ),
        drained_last_hour=sum(
            each.after == "draining" and each.incident in journal.incidents and _at(each.at) >= hour
            for each in journal.transitions
        ),
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _record(journal: Journal) -> Iterable[Tried]:
    """Yield tries that came to something: a gate that could not tell counts for nothing."""
    for deed in journal.deeds:
        incident = journal.incidents.get(deed.incident)
        if incident is None or not deed.remedy or deed.remedy in HANDS:
            continue
        mended = {PASSED: True, NOT_PASSED: False}.get(deed.outcome)
        if deed.step == "act" and deed.phase == "failed":
            mended = False
        elif deed.step != "validate" or deed.phase != "done":
            continue
        if mended is not None:
            yield Tried(incident.complaint.fault, deed.remedy, incident.sku, mended)


def _precision(journal: Journal) -> dict[str, Precision]:
    """Return by class of faults how often complaints were right; a person's word is the last."""
    verdicts: dict[str, bool] = {}
    for deed in journal.deeds:
        if deed.step == "recheck" and deed.outcome in (HOLDS, GONE):
            verdicts.setdefault(deed.incident, deed.outcome == HOLDS)
        elif deed.step == "judge" and deed.outcome in (RIGHT, WRONG):
            verdicts[deed.incident] = deed.outcome == RIGHT
    counts: dict[str, Counter[bool]] = {}
    for name, right in verdicts.items():
        if name in journal.incidents:
            family = journal.incidents[name].complaint.family
            counts.setdefault(family, Counter())[right] += 1
    return {family: Precision(count[True], count[False]) for family, count in counts.items()}


def _tries(journal: Journal, since: datetime) -> dict[tuple[str, str], dict[str, int]]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for deed in journal.deeds:
        incident = journal.incidents.get(deed.incident)
        if incident and deed.step == "act" and deed.phase == "intent" and _at(deed.at) >= since:
            tries = found.setdefault(incident.complaint.key, {})
            tries[deed.remedy] = tries.get(deed.remedy, 0) + 1
    return found
