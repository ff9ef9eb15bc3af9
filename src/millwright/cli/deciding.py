"""`design place`, and the decisions that solving writes down."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import Inputs, inputs_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.design.solve import Design
    from millwright.model.placement import Decision

PLACED = "millwright.placement/1"


def attach(app: typer.Typer) -> None:
    """Give the phase its verb."""
    app.command(
        "place",
        short_help="Say where each workload may run, and where it does.",
        epilog="Example: millwright -C hospital design place",
    )(place)


@guarded
def place(context: typer.Context, json: Json = False) -> None:
    """Say in which zone each workload runs, by which rule, and which zones are forbidden to it.

    A forbidden wish, or a workload that no zone may take, is an error. Writes nothing; solving
    keeps the decisions in design/decisions.json.
    """
    from millwright.design.placement.choose import placements
    from millwright.reports.placement import forbidden_table, placement_table

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    placed = placements(inputs.read.factory)
    if not placed:
        raise MillwrightError(
            f"{inputs.workspace.factory_file} has no zones, or no workloads to place",
            hint="say them under `zones:` and `workloads:`",
        )
    if door.json:
        told = [each.model_dump(mode="json") for each in placed]
        door.ui.json({"schema": PLACED, "placements": told})
    else:
        door.ui.table(placement_table(placed))
        against = forbidden_table(placed)
        if against.rows:
            door.ui.data("")
            door.ui.table(against)
    if any(each.zone is None for each in placed):
        raise typer.Exit(int(Exit.NO))


def write_down(inputs: Inputs, design: Design) -> tuple[Path, ...]:
    """Keep what was decided, where anything was: placements, and hardware that no spec names."""
    from millwright.adapters.decisionfile import read_decisions, write_decisions
    from millwright.design.placement.choose import decisions, placements

    former = read_decisions(inputs.workspace)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    found = [*decisions(placements(inputs.read.factory), former, today)]
    found += _of_hardware(design, former, today)
    if not found and not former:
        return ()
    return write_decisions(inputs.workspace, inputs.read.factory.name, found)


def _of_hardware(design: Design, former: tuple[Decision, ...], today: str) -> list[Decision]:
    from millwright.design.placement.choose import dated
    from millwright.design.sizing.derive import DERIVED
    from millwright.model.placement import Decision

    told = next((f for f in design.cluster.findings if f.rule == DERIVED), None)
    if told is None:
        return []
    pools = ", ".join(f"{pool.nodes} x {pool.server}" for pool in design.cluster.pools)
    fresh = Decision(
        id="hardware", subject="hardware", decision=pools, rule=DERIVED, reason=told.message,
        date=today,
    )  # fmt: skip
    return [dated(fresh, next((each for each in former if each.id == "hardware"), None))]
