"""The restore of a head node from its backups: how old they are, and how it went."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from millwright.manage.drill.judging import first, held
from millwright.model.drill import DrillDeed, DrillFigure, DrillPlan
from millwright.model.verdict import Verdict

LEAST = "the host's own rebuilding comes on top: this is the least"


def figures(plan: DrillPlan, deeds: Sequence[DrillDeed]) -> tuple[DrillFigure, ...]:
    """Return what a restore beside the running head showed.

    A recovery that stays within its objective is a WARN: the host itself was not rebuilt, so that
    the time is the least that it takes.
    """
    checked, drilled, tried = (_answer(deeds, each) for each in ("check", "rows", "controller"))
    return (
        _age(plan, checked), _worst(plan, tried), _restored(plan, drilled, tried),
        _whole(deeds, drilled), _controller(deeds, tried), *_compared(tried),
    )  # fmt: skip


def _answer(deeds: Sequence[DrillDeed], outcome: str) -> Mapping[str, Any]:
    deed = first(deeds, "try", outcome=outcome)
    found: Mapping[str, Any] = json.loads(deed.answer) if deed is not None and deed.answer else {}
    return found


def _age(plan: DrillPlan, checked: Mapping[str, Any]) -> DrillFigure:
    what = "what would be lost now: the age of the newest backup"
    if "age_h" not in checked:
        return held(DrillFigure(name="backup-age", what=what, why="no backup told its age"), plan)
    age = round(float(checked["age_h"]) * 60, 1)
    if age < 0:
        why = f"{checked.get('newest')} is of a time to come: the head's clock was set back"
        return held(DrillFigure(name="backup-age", what=what, why=why), plan)
    why = f"{checked.get('newest')}, of {checked.get('kept')} kept"
    return held(DrillFigure(name="backup-age", what=what, value=age, unit="min", why=why), plan)


def _worst(plan: DrillPlan, tried: Mapping[str, Any]) -> DrillFigure:
    what = "what may be lost at most: from one backup to the next"
    if "period_h" not in tried:
        why = "the head did not tell how often backups are taken"
        return held(DrillFigure(name="loss-at-most", what=what, why=why), plan)
    minutes = float(tried["period_h"]) * 60
    figure = DrillFigure(name="loss-at-most", what=what, value=minutes, unit="min")
    return held(figure, plan)


def _restored(plan: DrillPlan, drilled: Mapping[str, Any], tried: Mapping[str, Any]) -> DrillFigure:
    what = "accounting and controller are restored"
    if "restored_in_s" not in drilled or "answered_in_s" not in tried:
        why = "it was not restored whole"
        return held(DrillFigure(name="restored", what=what, why=why), plan)
    took = round(float(drilled["restored_in_s"]) + float(tried["answered_in_s"]), 1)
    figure = held(DrillFigure(name="restored", what=what, value=took, unit="s", why=LEAST), plan)
    if figure.verdict is Verdict.PASS:
        return figure.model_copy(update={"verdict": Verdict.WARN})
    return figure


def _whole(deeds: Sequence[DrillDeed], drilled: Mapping[str, Any]) -> DrillFigure:
    name, what = "rows", "rows of accounting that were counted after the restore"
    failed = first(deeds, "try", "failed", "rows")
    if not drilled:
        verdict = Verdict.FAIL if failed else Verdict.UNKNOWN
        why = failed.detail if failed else "nobody tried it"
        return DrillFigure(name=name, what=what, verdict=verdict, why=why)
    good = bool(drilled.get("ok"))
    why = "; ".join(map(str, drilled.get("problems", ()))) or "as the backup's seal says"
    return DrillFigure(
        name=name, what=what, value=float(drilled.get("rows", 0)), unit="rows",
        verdict=Verdict.PASS if good else Verdict.FAIL, why=why[:2000],
    )  # fmt: skip


def _controller(deeds: Sequence[DrillDeed], tried: Mapping[str, Any]) -> DrillFigure:
    name, what = "controller", "a second controller answers from what was restored"
    failed = first(deeds, "try", "failed", "controller")
    if "answered_in_s" in tried:
        value = float(tried["answered_in_s"])
        return DrillFigure(name=name, what=what, value=value, unit="s", verdict=Verdict.PASS)
    verdict = Verdict.FAIL if failed else Verdict.UNKNOWN
    why = failed.detail if failed else "nobody tried it"
    return DrillFigure(name=name, what=what, verdict=verdict, why=why)


def _compared(tried: Mapping[str, Any]) -> tuple[DrillFigure, ...]:
    """Return the restored picture beside the live one: machines, and jobs that it lacks."""
    live, back = tried.get("live"), tried.get("restored")
    if not (live and back):
        return ()
    missing = [
        f"{each} of {kind}"
        for kind in ("nodes", "partitions", "reservations")
        for each in sorted(set(live[kind]) - set(back[kind]))
    ]
    alike = DrillFigure(
        name="missing", what="nodes, partitions and reservations that it does not know",
        value=len(missing), unit="things", verdict=Verdict.FAIL if missing else Verdict.PASS,
        why=", ".join(missing)[:600] or f"{len(live['nodes'])} nodes as they are now",
    )  # fmt: skip
    lost = sorted(set(live["jobs"]) - set(back["jobs"]))
    gone = sorted(set(back["jobs"]) - set(live["jobs"]))
    why = f"{', '.join(lost)[:300]}; " if lost else ""
    jobs = DrillFigure(
        name="jobs-lost", what="jobs of now that it does not know", value=len(lost), unit="jobs",
        why=f"{why}{len(gone)} that it knows have ended since",
    )  # fmt: skip
    return alike, jobs
