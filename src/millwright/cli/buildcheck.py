"""`build check`: whether nodes have what the planned tests need; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from millwright.cli.buildplan import PLAN_FILE, basis_of
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.build.lacking import Lack
    from millwright.model.buildplan import BuildPlan
    from millwright.ports import Answer


@guarded
def check(context: typer.Context, json: Json = False) -> None:
    """Look what nodes lack for the planned tests, and which command brings it.

    The plan of `build plan` counts; without one, what would be planned now. Ends with 1 where
    something is lacking, with 3 where nothing is known to be and a node is silent.
    """
    from millwright.build.lacking import lacking

    door = door_of(context, json=json)
    made = _plan(door)
    answers = _asked(door, made)
    lacks = lacking(made, answers)
    _tell(door, made, answers, lacks)
    if any(not lack.silent for lack in lacks):
        raise typer.Exit(int(Exit.NO))
    if lacks:
        raise typer.Exit(int(Exit.UNANSWERED))


def _plan(door: Door) -> BuildPlan:
    from millwright.adapters.buildruns import read_plan
    from millwright.build.plan import Wish, plan

    path = door.root / PLAN_FILE
    return read_plan(path) if path.is_file() else plan(basis_of(door), Wish())


def _asked(door: Door, plan: BuildPlan) -> list[Answer]:
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.recording import recorder
    from millwright.adapters.routes import known_nodes
    from millwright.adapters.ssh import SshShell
    from millwright.build.lacking import questions
    from millwright.ports import Limits

    workspace = workspace_of(door)
    known = known_nodes(workspace)
    answers: list[Answer] = []
    with (
        SshShell(known.routes, known_hosts(workspace), known.reach.become, door.root) as shell,
        recorder(workspace, "build-check", simulated=known.simulated) as record,
    ):
        record.secrets = shell.secrets
        for nodes, words in questions(plan):
            for answer in shell.run(nodes, words, Limits(command_s=30.0)):
                record.keep(answer)
                answers.append(answer)
    return answers


def _tell(door: Door, plan: BuildPlan, answers: Sequence[Answer], lacks: Sequence[Lack]) -> None:
    from millwright.build.lacking import told_together
    from millwright.model.nodeset import folded

    simulated = plan.simulated or any(answer.simulated for answer in answers)
    if door.json:
        keys = ("node", "what", "fix", "silent")
        told = [
            {**{key: getattr(lack, key) for key in keys}, "tests": list(lack.tests)}
            for lack in lacks
        ]
        head = {"schema": "millwright.build-check/1", "simulated": simulated}
        door.ui.json({**head, "nodes": sorted(a.node for a in answers), "lacks": told})
        return
    mark = "  SIMULATED" if simulated else ""
    well = sorted({answer.node for answer in answers} - {lack.node for lack in lacks})
    if well:
        door.ui.data(f"{folded(well)} ({len(well)})  ok: everything the tests need{mark}")
    for names, lack in told_together(lacks):
        want = f", wanted by {', '.join(lack.tests)}" if lack.tests else ""
        verb = "UNKNOWN " if lack.silent else "lacks "
        door.ui.data(f"{names}  {verb}{lack.what}{want}{mark}")
        if lack.fix:
            door.ui.data(f"  {lack.fix}")
