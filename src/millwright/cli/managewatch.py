"""`manage watch`: sweep after sweep, as a picture on a terminal, as what changed in a pipe."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.managehealth import ANSWERS, look
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.cli.healthheat import Watched
    from millwright.model.health import HealthDocument


@guarded
def watch(
    context: typer.Context,
    nodes: Annotated[str | None, typer.Argument(help="A node set; all nodes if none.")] = None,
    every: Annotated[float, typer.Option(min=1.0, help="Seconds between sweeps.")] = 60.0,
    sweeps: Annotated[
        int | None, typer.Option(min=1, help="End after so many; until Ctrl-C if not said.")
    ] = None,
) -> None:
    """Sweep nodes again and again, and show how they are; nothing is changed.

    Ends with what the last sweep answered. In a pipe, each sweep tells what came and what went.
    """
    from millwright.cli.healthheat import Watched, drawn_health

    door = door_of(context)
    if door.json:
        raise MillwrightError("watch draws and has no JSON", hint="`manage health --json` has it")
    watched = Watched(_racks(door))
    with contextlib.ExitStack() as stack:
        live = stack.enter_context(door.ui.live(lambda w, h: drawn_health(watched, w, h)))
        before: HealthDocument | None = None
        done = 0
        while True:
            before, document = watched.document, _sweep(door, nodes, watched)
            done += 1
            if not live:
                _changes(door, before, document)
            if sweeps is not None and done >= sweeps:
                break
            watched.note = f"next in {every:g} s"
            time.sleep(every)
    raise typer.Exit(int(ANSWERS[document.answer]))


def _racks(door: Door) -> dict[str, str]:
    from millwright.cli.sweeps import designed

    cluster = designed(door)
    return {each.name: each.rack for each in cluster.devices if each.rack} if cluster else {}


def _sweep(door: Door, nodes: str | None, watched: Watched) -> HealthDocument:
    from millwright.cli.sweeps import Look

    watched.heard, watched.note = 0, "asking"

    def heard(node: str) -> None:
        del node
        watched.heard += 1
        watched.note = f"{watched.heard} nodes have answered"

    wanted = Look(nodes=nodes, phase="health", controllers=True, heard=heard)
    watched.document = look(door, wanted)
    return watched.document


def _changes(door: Door, before: HealthDocument | None, now: HealthDocument) -> None:
    """Print one line for the whole, and one for each finding that came or went."""
    from millwright.reports.health import change_lines, headline

    door.ui.data(f"{now.at[:19]}Z  {headline(now)}")
    for line in change_lines(before, now):
        door.ui.data(line)
