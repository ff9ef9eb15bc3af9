"""`build fingerprint`: keeps what accepted parts reached, by serial number, for day 2."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.judged import verdict_of
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError
from millwright.model.verdict import Verdict

if TYPE_CHECKING:
    from millwright.adapters.fingerprintbook import SqlFingerprints
    from millwright.build.judge.fingerprints import Taken


@guarded
def fingerprint(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(help="A burn-in; the last if not said.")] = None,
    warned: Annotated[bool, typer.Option("--warned", help="Also of nodes with WARN.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Show what is kept; keep nothing.")] = False,
    serial: Annotated[str | None, typer.Option(help="With --show: of this part alone.")] = None,
    json: Json = False,
) -> None:
    """Keep what the parts of accepted nodes reached: median, spread and count by metric.

    Only nodes whose verdict is PASS count, by the verdict over just these measurements: `build
    verdict` comes first. Ends with 1 where nothing was fit to be kept.

    Example: millwright build fingerprint --show --serial 1321022033441
    """
    door = door_of(context, json=json)
    if show:
        _show(door, serial)
        return
    if serial is not None:
        raise MillwrightError("--serial goes with --show")
    _keep(door, run, Verdict.WARN if warned else Verdict.PASS)


@contextlib.contextmanager
def _book(door: Door) -> Iterator[SqlFingerprints]:
    from millwright.adapters.fingerprintbook import SqlFingerprints
    from millwright.adapters.ledger import ledger_of

    ledger = ledger_of(workspace_of(door).root)
    yield SqlFingerprints(ledger)
    ledger.close()


def _show(door: Door, serial: str | None) -> None:
    from millwright.reports.fingerprints import fingerprint_document, fingerprint_table

    with _book(door) as book:
        found = book.latest(serial)
    if door.json:
        door.ui.json(fingerprint_document(found))
    elif found:
        door.ui.table(fingerprint_table(found))
    else:
        door.ui.say("no fingerprint is kept of it" if serial else "no fingerprint is kept")
    if not found:
        raise typer.Exit(int(Exit.NO))


def _keep(door: Door, run: str | None, most: Verdict) -> None:
    from datetime import UTC, datetime

    from millwright.adapters.buildruns import MEASUREMENTS, last_run, run_named
    from millwright.adapters.measurementfile import read_measurements
    from millwright.build.judge.fingerprints import accepted, fingerprints_of

    workspace = workspace_of(door)
    folder = run_named(workspace, run) if run else last_run(workspace)
    columns = read_measurements((folder / MEASUREMENTS,))
    document = verdict_of(folder, columns)
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    nodes = accepted(document, most)
    taken = fingerprints_of(columns, nodes, (folder.name, now))
    with _book(door) as book:
        added = book.put(taken.fingerprints)
    _tell(door, taken, (added, sorted(set(document.nodes) - nodes)))


def _tell(door: Door, taken: Taken, came: tuple[int, list[str]]) -> None:
    from millwright.model.nodeset import folded
    from millwright.reports.fingerprints import fingerprint_document

    added, refused = came
    found, mark = taken.fingerprints, ""
    if any(each.simulated for each in found):
        mark = "SIMULATED  "
    if door.json:
        beside = {"added": added, "not_accepted": refused, "without_serial": taken.nameless}
        door.ui.json(fingerprint_document(found, **beside))
    else:
        parts = len({each.serial for each in found})
        door.ui.data(f"{mark}{len(found)} fingerprints of {parts} serial numbers, {added} new")
        if refused:
            door.ui.say(f"not of {folded(refused)}: not accepted")
        if taken.nameless:
            door.ui.say(f"{taken.nameless} values are of no serial number: not kept")
        for told in taken.doubtful:
            door.ui.say(f"{told}: not kept")
    if not found:
        raise typer.Exit(int(Exit.NO))
