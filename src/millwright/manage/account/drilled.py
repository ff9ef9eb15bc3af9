"""Which drills an account cites: what was promised, what was measured, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from millwright.model.account import Drilled
from millwright.model.drill import DrillKind, DrillRecord


def cited(records: Iterable[DrillRecord], begin: int, end: int) -> tuple[Drilled, ...]:
    """Return the drills of a period, and of each kind the last one before it: a promise that was
    last tried long ago is told with its date. `begin` and `end` are seconds since 1970.
    """
    known = sorted((_at(each), each.id, each) for each in records)
    earlier: dict[DrillKind, DrillRecord] = {}
    within: list[DrillRecord] = []
    for at, _, record in known:
        if begin <= at < end:
            within.append(record)
        elif at < begin and record.verdict is not None:
            earlier[record.kind] = record
    drilled = {each.kind for each in within if each.verdict is not None}
    before = [each for kind, each in earlier.items() if kind not in drilled]
    return tuple(_cited(each, in_period=each in within) for each in (*before, *within))


def _at(record: DrillRecord) -> float:
    return datetime.fromisoformat(record.opened).timestamp()


def _cited(record: DrillRecord, *, in_period: bool) -> Drilled:
    return Drilled(
        id=record.id,
        kind=record.kind,
        at=record.opened,
        in_period=in_period,
        nodes=record.plan.nodes,
        stands=record.stands,
        verdict=record.verdict,
        why=record.why,
        simulated=record.simulated,
        figures=tuple(each for each in record.figures if each.verdict is not None),
    )
