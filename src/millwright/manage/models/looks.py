"""One model at one look: the last window against the reference, since when, what lay beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from millwright.manage.models.beside import beside
from millwright.manage.models.drift import shift
from millwright.model.modelwatch import (
    OTHER,
    Answer,
    AnswerWindow,
    InfraEvent,
    ModelLook,
    Reference,
    Shift,
    WatchDocument,
    WatchedModel,
)
from millwright.model.readiness import GateAnswer, GateItem, worst_of

ORDER: tuple[Answer, ...] = ("ok", "shown", "unknown", "missed")


LATE_WINDOWS = 2
"""How many windows may lie between the last one with answers and now, before it tells nothing of
today."""
LOOK_DAYS = 30
"""How old a look may be that a gate is answered from, as recorded answers of Prometheus."""


def worst(answers: Iterable[Answer]) -> Answer:
    """Return the worst of some answers; of none it is unknown."""
    return max(answers, key=ORDER.index, default="unknown")


def look(
    name: str,
    model: WatchedModel,
    found: tuple[Reference | None, Sequence[AnswerWindow]],
    events: Iterable[InfraEvent],
) -> ModelLook:
    """Return how a model stands. Windows of other versions or lengths are none of it."""
    reference, kept = found
    mine = [w for w in kept if w.version == model.version and w.hours == model.window_hours]
    base = ModelLook(model=name, version=model.version, workload=model.workload, answer="unknown")
    if reference is None or not mine:
        why = "no reference of this version" if reference is None else "no answers were seen"
        return base.model_copy(update={"why": why})
    last = mine[-1]
    shifts = _shifts(model, reference, last)
    onset = _onset(model, reference, mine)
    where = _nodes(shifts)
    return base.model_copy(
        update={
            "window": last.begin, "rows": last.rows, "reference": reference.number,
            "shifts": shifts, "onset": onset, "onset_nodes": where if onset else (),
            "beside": beside(events, onset, model.window_hours, where) if onset else (),
            "answer": worst(each.answer for each in shifts if not each.node or
                            each.answer == "missed"),
        }
    )  # fmt: skip


def of_today(found: ModelLook, hours: int, now: datetime) -> ModelLook:
    """Return a look whose last answers are too old to be well as one that is not known."""
    if not found.window or found.answer == "missed":
        return found
    end = datetime.fromisoformat(found.window) + timedelta(hours=hours)
    if now - end <= timedelta(hours=hours * LATE_WINDOWS):
        return found
    why = f"no answers since {end:%Y-%m-%dT%H:%M:%SZ}"
    return found.model_copy(update={"answer": "unknown", "why": why})


def _shifts(model: WatchedModel, reference: Reference, window: AnswerWindow) -> tuple[Shift, ...]:
    """Return every column over all nodes, then by node where more than one answered."""
    by_node = {n: c for n, c in window.nodes.items() if n != OTHER}
    slices: list[tuple[str, Mapping[str, Sequence[int]]]] = [("", window.columns)]
    slices += list(by_node.items()) if len(by_node) > 1 else []
    tests = len(slices) * len(model.columns)
    return tuple(
        shift(
            column, (reference.columns[column.name], columns.get(column.name, ())), model.limits,
            node=node, tests=tests,
        )
        for node, columns in slices
        for column in model.columns
    )  # fmt: skip


def _nodes(shifts: Iterable[Shift]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s.node for s in shifts if s.node and s.answer == "missed"))


def _onset(
    model: WatchedModel, reference: Reference, windows: Sequence[AnswerWindow]
) -> str | None:
    """Return the first of the windows without a break up to now in which anything is shifted; a
    window that cannot be told breaks nothing, and begins nothing."""
    found = None
    for window in reversed(windows):
        answer = worst(
            each.answer if each.answer == "missed" or not each.node else "ok"
            for each in _shifts(model, reference, window)
        )
        if answer == "missed":
            found = window.begin
        elif answer != "unknown" or found is None:
            break
    return found


_GATE: dict[Answer, GateAnswer] = {
    "ok": "ready", "shown": "ready", "unknown": "unknown", "missed": "missing",
}  # fmt: skip


def _old(at: str, now: datetime) -> bool:
    """Return whether a look is too old; one of no known time is."""
    try:
        return now - datetime.fromisoformat(at) > timedelta(days=LOOK_DAYS)
    except (ValueError, TypeError):
        return True


def gate_items(document: WatchDocument, now: datetime) -> dict[str, GateItem]:
    """Return what the last look says of each workload that has a model, for the gate of
    monitoring: the worst of its models; nothing is known by a look that is too old."""
    old = f"; older than {LOOK_DAYS} days" if _old(document.at, now) else ""
    feeds = worst(["shown", *(each.answer for found in document.judged.values() for each in found)])
    found: dict[str, GateItem] = {}
    for each in document.models:
        answer = "unknown" if old else _GATE[worst((each.answer, feeds))]
        told = f"{each.model} {each.version} at {document.at[:16]}"
        told += f": answers {each.answer}, feeds {feeds}{old}"
        before = found.get(each.workload)
        if before is not None and worst_of((before.answer, answer)) == before.answer:
            continue
        found[each.workload] = GateItem(
            what="inputs and outputs", answer=answer, told=told, source="models/watch.json",
            do="" if answer == "ready" else "millwright manage models watch",
        )  # fmt: skip
    return found
