"""`manage health` and `manage status`: how nodes are, by a sweep of their own or the last one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import From, Json, Record
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.cli.sweeps import Look, Seen
    from millwright.manage.health.quiet import Quiet
    from millwright.manage.health.sweep import Swept
    from millwright.model.health import HealthDocument, HealthSettings

ANSWERS = {"healthy": Exit.DONE, "unhealthy": Exit.NO, "unanswered": Exit.UNANSWERED}

Nodes = Annotated[str | None, typer.Argument(help="A node set; all nodes if none is said.")]


@guarded
def health(
    context: typer.Context,
    nodes: Nodes = None,
    source: From = None,
    record: Record = None,
    json: Json = False,
) -> None:
    """Sweep nodes once and judge them by the checks of the catalogue; nothing is changed.

    Ends with 1 where something is not well, with 3 where nothing bad was found and something was
    not answered. What a boot, a window or a drain of ours explains is shown and counts nothing.
    """
    from millwright.cli.sweeps import Look

    door = door_of(context, json=json)
    wanted = Look(nodes=nodes, source=source, record=record, phase="health", controllers=True)
    document = look(door, wanted)
    tell(door, document)
    raise typer.Exit(int(ANSWERS[document.answer]))


def look(door: Door, wanted: Look, *, mended: bool = False) -> HealthDocument:
    """Return the health of nodes, fresh or recorded; a fresh sweep is kept beside its evidence.

    Whoever asks whether a repair has `mended` a node takes no drain of repair for an excuse.
    """
    from millwright.adapters.sweepbook import keep_sweep
    from millwright.adapters.windowbook import read_maintenance
    from millwright.cli.sweeps import heard_of

    # A file that is wrong is told before anybody is asked.
    read_maintenance(workspace_of(door))
    seen = heard_of(door, wanted)
    made = _judged(door, seen, mended=mended)
    if seen.run:
        keep_sweep(workspace_of(door), made.document, made.counters)
    return made.document


def _judged(door: Door, seen: Seen, *, mended: bool) -> Swept:
    from millwright.adapters.faultfiles import fault_catalog
    from millwright.adapters.sweepbook import earlier_counters
    from millwright.cli.healthcables import misplaced
    from millwright.manage.health.sweep import Standing, swept

    settings = _settings(seen)
    least_s = float(settings.rate_over_s.value)
    previous = earlier_counters(workspace_of(door), seen.recording.at, least_s, door.ui.complain)
    standing = Standing(
        expected=seen.expected,
        quiet=quiet_of(door, settings, seen.recording.at, mended=mended),
        rate_over_s=least_s,
        previous=previous,
        faults=fault_catalog(seen.loaded),
        cables=misplaced(door, seen),
        run=seen.run,
        simulated=seen.simulated,
    )
    return swept(seen.recording, list(seen.catalog.checks.values()), standing)


def _settings(seen: Seen) -> HealthSettings:
    found = seen.catalog.health_settings.get("default")
    if found is None:
        raise MillwrightError("the catalogue has no health_settings named default")
    return found


def quiet_of(door: Door, settings: HealthSettings, at: str, *, mended: bool = False) -> Quiet:
    """Return what may explain findings of a sweep at a time; of a node just `mended`, no repair."""
    from millwright.adapters.drainbook import SqlDrains
    from millwright.adapters.ledger import ledger_of
    from millwright.adapters.updatebook import repairing, updating
    from millwright.adapters.windowbook import moment, read_maintenance
    from millwright.manage.health.quiet import Quiet, open_windows

    when = moment(datetime.fromisoformat(at).astimezone(UTC))
    workspace = workspace_of(door)
    there = (workspace.root / "state.db").exists()
    ledger = ledger_of(workspace.root)
    drains = SqlDrains(ledger).open() if there else {}
    out = {host: f"{drain.run} drained it at {drain.at}" for host, drain in drains.items()}
    return Quiet(
        grace_s=float(settings.boot_grace_s.value),
        windows=open_windows(read_maintenance(workspace).windows, when),
        drained={
            **(repairing(ledger) if there and not mended else {}),
            **out,
            **(updating(ledger) if there else {}),
        },
    )


def tell(door: Door, document: HealthDocument) -> None:
    """Show a sweep."""
    from millwright.reports.health import headline, text_lines

    if door.json:
        door.ui.json(document.model_dump(mode="json", by_alias=True))
        return
    door.ui.heading(headline(document))
    for line in text_lines(document):
        door.ui.data(line)
    if document.expected_from == "nothing":
        door.ui.say("no design says what nodes should have: what is missing is not seen")
    if document.run:
        door.ui.detail(f"evidence: runs/{document.run}")


@guarded
def status(context: typer.Context, json: Json = False) -> None:
    """Show how the factory stood at the last sweep, on one screen; nodes are not asked."""
    from millwright.adapters.sweepbook import last_sweep
    from millwright.reports.healthstatus import status_document, status_lines

    door = door_of(context, json=json)
    document = last_sweep(workspace_of(door), door.ui.complain)
    if document is None:
        raise MillwrightError("no sweep was made yet", hint="make one: `millwright manage health`")
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    if door.json:
        door.ui.json(status_document(document, now))
    else:
        for line in status_lines(document, now):
            door.ui.data(line)
    raise typer.Exit(int(ANSWERS[document.answer]))
