"""`deploy runs | replay | forget`: what earlier runs did, and hosts that are no more."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.outcomes import known_here
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.adapters.history import History
    from millwright.model.standing import Done
    from millwright.reports.runs import EventTold

PHASES = ("deploy", "verify", "check", "rollback", "forget")
"""The runs of deploying that change or prove something; looking ahead is none of them."""
LONGEST_PAUSE_S = 5.0


def _history(door: Door) -> History:
    from millwright.adapters.history import History
    from millwright.adapters.ledger import ledger_of

    return History(ledger_of(workspace_of(door).root))


@guarded
def runs(context: typer.Context, json: Json = False) -> None:
    """List earlier runs of deploying: when, on which hosts, how they came out."""
    from dataclasses import asdict

    from millwright.adapters.earlier import runs as earlier
    from millwright.reports.runs import runs_table

    door = door_of(context, json=json)
    found = list(earlier(workspace_of(door), PHASES, _history(door).journal()))
    if door.json:
        listed = [{**asdict(run), "hosts": list(run.hosts)} for run in found]
        door.ui.json({"schema": "millwright.deploy-runs/1", "runs": listed})
    elif found:
        door.ui.table(runs_table(found))
    else:
        door.ui.data("nothing was deployed yet")


@guarded
def replay(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="The run, or the start of its name.")],
    pace: Annotated[
        float, typer.Option(help="How much faster than it was; 0 shows all at once.", min=0.0)
    ] = 0.0,
    json: Json = False,
) -> None:
    """Show an earlier run again from its evidence: plays and their tasks, questions, verdicts.

    A run that was cut off is shown as far as it came.
    """
    from millwright.adapters.earlier import events, run_folder

    door = door_of(context, json=json)
    folder = run_folder(workspace_of(door), run)
    verdicts = _history(door).journal(run=folder.name)
    told = events(folder, verdicts)
    if door.json:
        door.ui.json(_document(folder.name, told))
        return
    _show(door, told, pace)
    _end(door, folder.name, verdicts)


def _show(door: Door, told: Sequence[EventTold], pace: float) -> None:
    from millwright.reports.runs import event_lines

    before: datetime | None = None
    for at, line in event_lines(told):
        now = datetime.fromisoformat(at) if at else before
        if pace and before is not None and now is not None and now > before:
            time.sleep(min(LONGEST_PAUSE_S, (now - before).total_seconds() / pace))
        before = now
        door.ui.data(line)


def _end(door: Door, run: str, verdicts: Sequence[Done]) -> None:
    from millwright.adapters.earlier import phase_of
    from millwright.adapters.earlier import runs as earlier
    from millwright.reports.deployment import outcome_lines

    last = {(done.role, done.host): done for done in verdicts}.values()
    bad = [
        (d.role, d.host, d.standing, d.detail) for d in last if d.standing in ("failed", "unknown")
    ]
    door.ui.raw(outcome_lines(bad, known_here(door)))
    found = earlier(workspace_of(door), (phase_of(run),), verdicts)
    short = next(each for each in found if each.run == run)
    counts = ", ".join(f"{count} {word}" for word, count in short.standings.items()) or "no verdict"
    end = "ended" if short.ended else "cut off: what it began and did not prove is not told"
    mark = " · SIMULATED" if short.simulated else ""
    door.ui.data(f"{run}: {short.lines} lines of evidence, {counts}, {end}{mark}")


def _document(run: str, told: Sequence[EventTold]) -> dict[str, Any]:
    from dataclasses import asdict

    events = [{**asdict(event), "tasks": [asdict(t) for t in event.tasks]} for event in told]
    return {"schema": "millwright.deploy-replay/1", "run": run, "events": events}


@guarded
def forget(
    context: typer.Context,
    nodes: Annotated[str, typer.Argument(help="A node set.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Take nodes out of the ledger; the journal keeps that it was done.

    No node is touched. One that is still in the design has all its roles done again by the next
    `deploy apply`, as after a new installation; `deploy trust --replace` pins its new key.
    """
    from millwright.adapters.ledger import ledger_of
    from millwright.model.nodeset import chosen, folded

    door = door_of(context, json=json)
    rows = ledger_of(workspace_of(door).root).rows()
    names = chosen(nodes, {host for host, _ in rows})
    count = sum(1 for host, _ in rows if host in names)
    told = f"{folded(names)} ({len(names)}) with {count} roles"
    if not yes and (door.json or not sys.stdin.isatty()):
        raise MillwrightError(f"{told} wait to be forgotten", hint="say --yes")
    if not yes and not typer.confirm(f"Forget {told}?", err=True):
        door.ui.say("nothing was forgotten")
        raise typer.Exit(int(Exit.NO))
    now = datetime.now(UTC)
    run = f"{now:%Y%m%dT%H%M%S.%fZ}-forget"
    gone = _history(door).forget(names, run, f"{now:%Y-%m-%dT%H:%M:%SZ}", "taken out by hand")
    if door.json:
        door.ui.json({"schema": "millwright.deploy-forget/1", "hosts": list(names), "roles": gone})
    else:
        door.ui.data(f"forgotten: {told}")
