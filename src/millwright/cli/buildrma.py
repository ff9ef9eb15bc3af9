"""`build rma`: what goes with a part that is sent back, in one archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.judged import verdict_of
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.model.measurements import Measurements
    from millwright.model.rma import Packet
    from millwright.model.verdict import VerdictDocument


@guarded
def rma(
    context: typer.Context,
    node: Annotated[str, typer.Argument(help="The node, by its name in the run.")],
    device: Annotated[str, typer.Option(help="One device of it: gpu3, mlx5_0.")] = "",
    run: Annotated[str | None, typer.Option(help="A burn-in; the last if not said.")] = None,
    json: Json = False,
) -> None:
    """Collect the case against a node: findings, bars, attempts, serial numbers, evidence, logs.

    One archive below rma/, with SHA-256 digests, for its owner alone to read; secrets are taken out
    as they are of evidence. Ends with 1, and writes nothing, where the verdict holds nothing
    against it. No node is asked.

    Example: millwright build rma gpu017 --device gpu3
    """
    from millwright.adapters.buildruns import MEASUREMENTS, last_run, run_named
    from millwright.adapters.measurementfile import read_measurements
    from millwright.build.rma import findings_against

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    folder = run_named(workspace, run) if run else last_run(workspace)
    columns = read_measurements((folder / MEASUREMENTS,))
    document = verdict_of(folder, columns)
    if node not in document.nodes:
        raise MillwrightError(f"the verdict of {folder.name} knows no node {node!r}")
    if not findings_against(document, node, device):
        where = f"{node} {device}".rstrip()
        door.ui.complain(f"the verdict of {folder.name} holds nothing against {where}")
        raise typer.Exit(int(Exit.NO))
    _collect(door, folder, (node, device), (document, columns))


def _collect(
    door: Door, folder: Path, place: tuple[str, str], known: tuple[VerdictDocument, Measurements]
) -> None:
    from millwright.adapters.buildruns import MEASUREMENTS, OUTCOMES
    from millwright.adapters.rmafile import (
        evidence_of,
        packet_json,
        packet_name,
        rows_of_node,
        write_packet,
    )
    from millwright.build.rma import packet_of
    from millwright.reports.rma import packet_lines

    shown, files = evidence_of(folder, place[0])
    rows = rows_of_node(folder / MEASUREMENTS, *place)
    told = (folder.name, known[1], rows.count(b"\n"))
    packet = packet_of(known[0], place, told, shown)
    files |= {
        MEASUREMENTS: rows,
        OUTCOMES: rows_of_node(folder / OUTCOMES, place[0]),
        "packet.json": packet_json(packet),
        "README.txt": "".join(f"{line}\n" for line in packet_lines(packet)).encode(),
    }
    target = write_packet(workspace_of(door), packet_name(packet), files)
    _tell(door, packet, target)


def _tell(door: Door, packet: Packet, target: Path) -> None:
    if door.json:
        document = packet.model_dump(mode="json", by_alias=True)
        door.ui.json({**document, "archive": str(target)})
        return
    mark = "SIMULATED  " if packet.simulated else ""
    counted = f"{len(packet.findings)} findings, {len(packet.evidence)} commands"
    door.ui.data(f"{mark}{target}: {counted}, {packet.measurements} values")
    for note in packet.notes:
        door.ui.say(note)
