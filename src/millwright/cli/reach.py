"""`deploy reach`: whether Ansible reaches nodes, from here or from runner nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import ground_of, workspace_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from millwright.adapters.routes import Known
    from millwright.adapters.ssh import SshShell
    from millwright.ports import Playbooks, Played

PLAYBOOK = "reach.yml"


@guarded
def reach(
    context: typer.Context,
    nodes: Annotated[str | None, typer.Argument(help="A node set; all nodes if not said.")] = None,
    via: Annotated[
        str | None, typer.Option(help="direct or runners; by the number of nodes if not said.")
    ] = None,
    run_timeout: Annotated[
        float, typer.Option(min=1, help="Seconds for all nodes together.")
    ] = 600.0,
    json: Json = False,
) -> None:
    """Prove that Ansible reaches nodes and is root there; nothing on them is changed.

    With `--via runners`, each gateway of reach.yaml runs Ansible for its share of the nodes.
    """
    from millwright.adapters.routes import known_nodes
    from millwright.model.nodeset import chosen
    from millwright.reports.plays import worst_of

    door = door_of(context, json=json)
    known = known_nodes(workspace_of(door))
    names = tuple(known.routes) if nodes is None else chosen(nodes, known.routes)
    outcomes = _played(door, known, names, (via, run_timeout))
    raise typer.Exit(int(worst_of(outcomes)))


def _played(
    door: Door, known: Known, names: Sequence[str], wish: tuple[str | None, float]
) -> list[Played]:
    """Run the playbook, keep what came of every node, and show it."""
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.recording import recorder
    from millwright.adapters.ssh import SshShell
    from millwright.ports import Limits, Play
    from millwright.reports.plays import played_document, played_lines

    workspace, (via, run_s) = workspace_of(door), wish
    outcomes: list[Played] = []
    with (
        SshShell(known.routes, known_hosts(workspace), known.reach.become, door.root) as direct,
        recorder(workspace, "reach", simulated=known.simulated) as record,
    ):
        record.begin(("ansible-playbook", PLAYBOOK), names)
        with _by(via, len(names), known, (direct, door, record.folder)) as playbooks:
            for outcome in playbooks.play([Play(PLAYBOOK, tuple(names))], Limits(run_s=run_s)):
                if outcome is not None:
                    record.keep_played(outcome, PLAYBOOK)
                    outcomes.append(outcome)
    simulated = known.simulated or any(outcome.simulated for outcome in outcomes)
    if door.json:
        name = record.folder.name
        door.ui.json(played_document(outcomes, PLAYBOOK, name, simulated=simulated))
        return outcomes
    mark = "  SIMULATED" if simulated else ""
    door.ui.raw(f"{line}{mark}" for line in played_lines(outcomes))
    return outcomes


def _by(
    via: str | None, count: int, known: Known, place: tuple[SshShell, Door, Path]
) -> AbstractContextManager[Playbooks]:
    """Return who runs Ansible: as asked for, or as suits the number of nodes."""
    from millwright.adapters.plays import LocalPlaybooks
    from millwright.adapters.runnernodes import SharedPlaybooks

    if via not in (None, "direct", "runners"):
        raise MillwrightError(f"--via takes direct or runners, not {via!r}")
    direct, door, folder = place
    tree, ground = known.reach.tree, ground_of(door, known)
    if via == "direct" or (via is None and (tree is None or count < tree.from_nodes)):
        return LocalPlaybooks(ground, folder)
    return SharedPlaybooks(ground, folder, direct)
