"""Shows drills: kinds with their objectives, one drill, all of them as a report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.cli.drilling import book_of
from millwright.cli.remedying import Desk
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.model.drill import DrillKind, DrillRecord, Objective


def drill_named(desk: Desk, name: str | None) -> DrillRecord:
    """Return a drill, or the last. Raises MillwrightError where there is none."""
    found = book_of(desk).records()
    if not found:
        raise MillwrightError("no drill was run yet", hint="millwright manage drill plan node-loss")
    if name is None:
        return list(found.values())[-1]
    if name not in found:
        raise MillwrightError(
            f"there is no drill {name!r}", hint=f"the latest are {', '.join(list(found)[-3:])}"
        )
    return found[name]


def _last(desk: Desk) -> dict[DrillKind, DrillRecord]:
    return {each.kind: each for each in book_of(desk).records().values() if each.verdict}


def show_kinds(desk: Desk) -> None:
    """Show what can be drilled, by which objectives, and how the last of each came out."""
    from millwright.manage.drill.kinds import PROVES, objectives_of
    from millwright.manage.tiers import tiers_of_pools
    from millwright.reports.drill import kinds_table

    last, now = _last(desk), datetime.now(UTC)
    factory = desk.inputs.read.factory
    named = tiers_of_pools(desk.cluster.pools, factory)
    goals = objectives_of(factory, [tier for names in named.values() for tier in names])
    rows: list[tuple[str, str, str, str, float | None]] = []
    documents = []
    for kind, proves in PROVES.items():
        record = last.get(kind)
        days = None
        if record is not None:
            days = round((now - datetime.fromisoformat(record.opened)).total_seconds() / 86400, 1)
        verdict = str(record.verdict) if record is not None else "never run"
        rows.append((kind, proves, _told(goals[kind]), verdict, days))
        documents.append(
            {
                "kind": kind, "proves": proves, "verdict": record and record.verdict,
                "drill": record and record.id, "days_ago": days,
                "objectives": [each.model_dump(mode="json") for each in goals[kind]],
            }
        )  # fmt: skip
    door = desk.door
    if door.json:
        head = {"schema": "millwright.drills/1", "simulated": desk.simulated}
        door.ui.json({**head, "kinds": documents})
    else:
        door.ui.table(kinds_table(rows, desk.simulated))


def _told(goals: tuple[Objective, ...]) -> str:
    from millwright.manage.drill.objectives import UNSAID

    return "; ".join(f"{each.figure} {each.told}" for each in goals) or UNSAID


def reported(desk: Desk, out: Path | None) -> None:
    """Show every drill; as files too, where a folder is named."""
    from millwright.reports.drill import records_table

    records = tuple(book_of(desk).records().values())
    door = desk.door
    files = _written(desk, records, out) if out is not None else []
    if door.json:
        door.ui.json(_document(desk, records))
    elif records:
        door.ui.table(records_table(records, desk.simulated))
    else:
        door.ui.data("no drill was run yet")
    if files:
        door.ui.say("written: " + ", ".join(str(path) for path in files))


def _document(desk: Desk, records: tuple[DrillRecord, ...]) -> dict[str, object]:
    listed = [each.model_dump(mode="json", by_alias=True) for each in records]
    head = {"schema": "millwright.drill-report/1", "factory": desk.cluster.name}
    return {**head, "simulated": desk.simulated, "drills": listed}


def _written(desk: Desk, records: tuple[DrillRecord, ...], out: Path) -> list[Path]:
    import json

    from millwright.adapters.papers import papers
    from millwright.adapters.workspace import Workspace, writing
    from millwright.reports.drillpage import drill_page

    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    writers = papers(out / "drills", drill_page(desk.cluster.name, at, records))
    raw = json.dumps(_document(desk, records), indent=1).encode() + b"\n"
    writers[out / "drills.json"] = writing(raw)
    Workspace(out).replace_files(writers)
    return list(writers)
