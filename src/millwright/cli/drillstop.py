"""Ends a drill on purpose: whoever carries it out is told so, and what is away is given back."""

from __future__ import annotations

import contextlib
import getpass
import time
from datetime import UTC, datetime

from millwright.adapters.atwork import worker_of
from millwright.adapters.orderfile import alone
from millwright.cli.door import Door
from millwright.cli.drilling import book_of
from millwright.cli.drillrun import PHASE, begun, gone, open_drills, status_of, tell
from millwright.cli.remedying import Desk, desk_of
from millwright.cli.remedyrun import bench_of
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError
from millwright.model.drill import DrillDeed, DrillRecord
from millwright.model.verdict import Verdict

END_S = 90.0
"""How long a process may take to give back what it took away, after it was told to end."""
LET_GO_S = 5.0
NOT_BACK = ("node-back", "whole-again")
"""Figures that say whether what was taken away is whole again."""


def stopped(door: Door, why: str) -> Exit:
    """End the drill that is open; return how the command ends."""
    with desk_of(door) as desk:
        left = open_drills(desk)
    if not left:
        door.ui.say("no drill is open")
        return Exit.DONE
    _ended(door)
    argv = ("millwright", "manage", "drill", "stop")
    with contextlib.ExitStack() as held:
        _alone(held, door)
        desk = held.enter_context(desk_of(door))
        record = book_of(desk).records()[left[-1].id]
        if record.stands != "open":
            # It came to its end by itself meanwhile.
            tell(desk, record)
            return status_of(record)
        with bench_of(desk, argv, PHASE) as bench:
            begun(desk, record)
            _write(desk, record, why)
            gone(bench, record)
        return _status(book_of(desk).records()[record.id])


def _alone(held: contextlib.ExitStack, door: Door) -> None:
    """Hold the factory. A process that was told to end lets go of it last of all: it is waited for.

    Raises MillwrightError where another command is at work on it.
    """
    until = time.monotonic() + LET_GO_S
    while True:
        try:
            held.enter_context(alone(workspace_of(door)))
        except MillwrightError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def _ended(door: Door) -> None:
    """Tell the process that carries the drill out to end, and wait until it did.

    Raises MillwrightError where it goes on.
    """
    worker = worker_of(workspace_of(door))
    if worker is None:
        return
    door.ui.say(f"{worker.drill} is carried out by process {worker.pid}: told to end")
    worker.end()
    until = time.monotonic() + END_S
    while worker_of(workspace_of(door)) == worker:
        if time.monotonic() > until:
            raise MillwrightError(
                f"process {worker.pid} still carries {worker.drill} out, {END_S:.0f} s after it "
                "was told to end",
                hint=f"end it, and stop the drill again: kill -9 {worker.pid}",
            )
        time.sleep(0.2)


def _write(desk: Desk, record: DrillRecord, why: str) -> None:
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    book_of(desk).put(
        DrillDeed(
            drill=record.id, step="stop", phase="done", at=at, detail=why[:2000],
            actor=getpass.getuser(),
        )
    )  # fmt: skip


def _status(record: DrillRecord) -> Exit:
    """Return how a stop ends: by whether all is back, not by what the drill came to."""
    if record.stands == "open":
        return Exit.UNANSWERED
    bad = any(f.name in NOT_BACK and f.verdict is Verdict.FAIL for f in record.figures)
    return Exit.NO if bad else Exit.DONE
