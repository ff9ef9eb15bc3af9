"""What a workspace recorded of its nodes, as events: updates, repairs, roles, drills, windows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import inspect, select

from millwright.adapters.drillbook import SqlDrillBook
from millwright.adapters.ledger import JOURNAL, SqlLedger
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.adapters.updatebook import PREFIX, SqlUpdates
from millwright.adapters.windowbook import read_maintenance
from millwright.adapters.workspace import Workspace
from millwright.model.modelwatch import InfraEvent
from millwright.model.nodeset import WrongNodeSet, expanded

_SHORT = 200


def infra_events(workspace: Workspace, ledger: SqlLedger) -> tuple[InfraEvent, ...]:
    """Return all events of a workspace, the oldest first."""
    lives = SqlLifecycle(ledger)
    found = [
        *_acts(lives, SqlUpdates(ledger, lives)), *_incidents(lives), *_roles(ledger),
        *_drills(SqlDrillBook(ledger, lives)), *_windows(workspace),
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: each.at))


def _acts(lives: SqlLifecycle, updates: SqlUpdates) -> Iterator[InfraEvent]:
    """Yield what was done to nodes: an update tells the versions before and after."""
    runs = updates.runs()
    for deed in lives.deeds():
        if deed.step != "act" or deed.phase not in ("done", "unknown"):
            continue
        told = f"{deed.remedy or 'an act'} {deed.outcome}".strip()
        if deed.incident.startswith(PREFIX) and deed.incident in runs:
            nodes = {each.node: each for each in runs[deed.incident].plan.nodes}
            change = nodes.get(deed.node)
            pairs = change.wanted.items() if change else ()
            before = change.before if change else {}
            words = [f"{name} {before.get(name, '?')} to {new}" for name, new in pairs]
            told = ", ".join(words) or told
            kind = "update"
        else:
            kind = "repair"
        yield InfraEvent(at=deed.at, node=deed.node, kind=kind, told=told[:_SHORT],
                         source=f"journal of {deed.incident}")  # fmt: skip


def _incidents(lives: SqlLifecycle) -> Iterator[InfraEvent]:
    for each in lives.incidents().values():
        yield InfraEvent(at=each.opened, node=each.node, kind="incident",
                         told=each.complaint.fault[:_SHORT], source=each.id)  # fmt: skip


def _roles(ledger: SqlLedger) -> Iterator[InfraEvent]:
    """Yield roles that were done anew with other inputs; a proof of the same inputs changes
    nothing."""
    if not (ledger.exists() and inspect(ledger.engine).has_table(JOURNAL.name)):
        return
    last: dict[tuple[str, str], str] = {}
    with ledger.engine.connect() as connection:
        rows = connection.execute(select(JOURNAL).order_by(JOURNAL.c.id)).mappings().all()
    for row in rows:
        key = (row["host"], row["role"])
        if last.get(key) != row["input_hash"]:
            last[key] = row["input_hash"]
            yield InfraEvent(at=row["at"], node=row["host"], kind="deployment",
                             told=f"role {row['role']}: {row['standing']}",
                             source=row["run"] or "state.db")  # fmt: skip


def _drills(book: SqlDrillBook) -> Iterator[InfraEvent]:
    for each in book.records().values():
        for node in each.plan.nodes:
            yield InfraEvent(at=each.opened, node=node, kind="drill", told=each.kind,
                             source=each.id)  # fmt: skip


def _windows(workspace: Workspace) -> Iterator[InfraEvent]:
    for each in read_maintenance(workspace).windows:
        try:
            names = expanded(each.nodes)
        except WrongNodeSet:
            names = ("",)
        for node in names:
            yield InfraEvent(at=each.begin, node=node, kind="maintenance",
                             told=(each.reason or "work")[:_SHORT],
                             source="maintenance.yaml")  # fmt: skip
