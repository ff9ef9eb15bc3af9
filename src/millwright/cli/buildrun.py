"""`build run | resume | status`: carries a planned burn-in out on nodes, over SSH or by Slurm."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.buildplan import PLAN_FILE, basis_of, check_confirmed, check_plan_fresh
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.executors import (
    Executor,
    Within,
    begins,
    hands_of,
    queue_document,
    queue_lines,
    queue_of,
)
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from millwright.adapters.buildruns import BuildRun
    from millwright.cli.executors import Begins
    from millwright.model.buildplan import BuildPlan
    from millwright.model.buildrun import Outcome

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Silent = Annotated[
    float, typer.Option("--patience", min=1, help="Seconds that a node may be silent.")
]
VERDICT = "verdict.json"


class Stages(StrEnum):
    """The stages of acceptance, as they are typed."""

    FAT = "fat"
    SAT = "sat"


Stage = Annotated[
    Stages | None, typer.Option("--stage", help="At the factory (fat), or at the site (sat).")
]
Confirm = Annotated[
    str | None,
    typer.Option(help="The factory's name: where the plan wipes disks or cuts off power."),
]


@guarded
def run(
    context: typer.Context,
    plan: Annotated[Path | None, typer.Option(help="A file of `build plan`.")] = None,
    executor: Executor = None,
    within: Within = None,
    patience: Silent = 300.0,
    confirm: Confirm = None,
    stage: Stage = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Run the planned tests, and keep what they measured; `build verdict` judges it.

    Nodes run their tests by themselves: a lost connection, or the end of this command, ends none
    of them, and `build resume` collects what ran meanwhile. A node that is silent costs itself
    only. Once Slurm runs, `--executor slurm` has it begin them, as jobs that take their nodes
    whole and wait behind those of people. `--stage` is kept with plan and measurements, for
    `build compare`. Ends with 3 where something was not measured.
    """
    from millwright.adapters.buildruns import begin, read_plan

    door = door_of(context, json=json)
    asked = begins(door, (executor, within), patience)
    made = read_plan(plan or door.root / PLAN_FILE)
    check_plan_fresh(made, basis_of(door))
    _check_wiping(made, confirm, {test.test for test in made.tests})
    _confirm(door, made, yes)
    made = made.model_copy(update={"stage": stage.value if stage else None})
    workspace = workspace_of(door)
    with _alone(door), begin(workspace, made) as kept:
        found = _carry_out(door, made, kept, asked)
    _leave(door, kept, made, found)


@guarded
def resume(
    context: typer.Context,
    executor: Executor = None,
    within: Within = None,
    patience: Silent = 300.0,
    confirm: Confirm = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Go on with the last burn-in: collect what ran meanwhile, try again what was lost.

    Who began its tests begins the others too; `--executor` says who else does.
    """
    from millwright.adapters.buildruns import PLAN, go_on, last_run, read_plan

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    folder = last_run(workspace)
    made = read_plan(folder / PLAN)
    asked = begins(door, (executor, within), patience, folder)
    with _alone(door):
        left = _left(folder, made)
        _check_wiping(made, confirm, left)
        with go_on(workspace, folder, made) as kept:
            found: Sequence[Outcome] = kept.before
            if left:
                door.ui.say(f"going on with runs/{kept.name}: {len(left)} turns are left")
                found = _carry_out(door, made, kept, asked)
    if not left and not door.json:
        door.ui.data(f"nothing to resume: runs/{kept.name} measured or tried everything")
    _leave(door, kept, made, found)


@guarded
def retest(
    context: typer.Context,
    times: Annotated[int, typer.Option(min=1, max=10, help="How often.")] = 2,
    executor: Executor = None,
    within: Within = None,
    patience: Silent = 300.0,
    confirm: Confirm = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Run again what the last verdict wants repeated, on the nodes that it names.

    Earlier attempts are kept and judged with the new ones: nobody is blamed for one measurement,
    and no attempt replaces another. `build verdict` comes first, and judges again afterwards.
    """
    from millwright.adapters.buildruns import PLAN, go_on, last_run, read_plan
    from millwright.adapters.judgefiles import read_verdict
    from millwright.build.reasons import doubted

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    folder = last_run(workspace)
    made = read_plan(folder / PLAN)
    _check_whole(folder, made)
    named = doubted(read_verdict(folder / VERDICT))
    if not named:
        door.ui.say("the last verdict wants nothing repeated")
    found: Sequence[Outcome] = ()
    asked = begins(door, (executor, within), patience, folder)
    with _alone(door):
        if named:
            _check_wiping(made, confirm, [*_left(folder, made), *(test for test, _ in named)])
        agree(door, f"{len(named)} tests of nodes, {times} times", yes or not named)
        for _ in range(times if named else 1):
            with go_on(workspace, folder, made) as kept:
                kept.reopen(named)
                found = _carry_out(door, made, kept, asked) if named else kept.before
    _leave(door, kept, made, found)


@guarded
def status(context: typer.Context, json: Json = False) -> None:
    """Show how far the last burn-in has come; no node is asked, but Slurm where it begins tests."""
    from millwright.adapters.buildruns import PLAN, is_ended, last_run, outcomes, read_plan
    from millwright.build.schedule import turns
    from millwright.reports.burnin import counts, latest, outcome_lines, run_document

    door = door_of(context, json=json)
    folder = last_run(workspace_of(door))
    made, found = read_plan(folder / PLAN), outcomes(folder)
    all_turns, over = len(turns(made)), is_ended(folder)
    queue = None if over else queue_of(door, folder)
    if door.json:
        document = {**run_document(folder.name, made, found), "turns": all_turns, "ended": over}
        door.ui.json({**document, "slurm": None if queue is None else queue_document(queue)})
        return
    mark = " · SIMULATED" if made.simulated else ""
    told = ", ".join(f"{count} {word}" for word, count in counts(found).items()) or "none yet"
    end = "ended" if over else "not ended: millwright build resume goes on"
    name = f"{folder.name} ({made.stage})" if made.stage else folder.name
    door.ui.data(f"runs/{name}: {all_turns} turns, {told}; {end}{mark}")
    door.ui.raw(outcome_lines(latest(found)))
    if queue is not None:
        door.ui.raw(queue_lines(queue))


@contextlib.contextmanager
def _alone(door: Door) -> Iterator[None]:
    from millwright.adapters.orderfile import alone

    with alone(workspace_of(door)):
        yield


def _left(folder: Path, plan: BuildPlan) -> list[str]:
    """Return the test of each turn that is left of a run."""
    from millwright.adapters.buildruns import outcomes
    from millwright.build.left import left_of

    return [turn.test.test for turn in left_of(plan, outcomes(folder)).turns]


def _check_whole(folder: Path, plan: BuildPlan) -> None:
    """Refuse to repeat anything in a run that was killed: nodes may be at work on the rest."""
    from millwright.adapters.buildruns import is_ended

    left = [] if is_ended(folder) else _left(folder, plan)
    if left:
        raise MillwrightError(
            f"runs/{folder.name} did not come to its end: {len(left)} turns are left",
            hint="millwright build resume goes on, then build verdict judges, then build retest",
        )


def _check_wiping(plan: BuildPlan, confirm: str | None, tests: Collection[str]) -> None:
    """Refuse to run these tests unconfirmed, where one of them wipes disks or cuts off power."""
    check_confirmed(confirm, plan.factory)
    among = [test for test in plan.tests if test.test in tests]
    wiping = [test.test for test in among if test.destructive]
    cutting = [test.test for test in among if test.cycles_power]
    told = [f"{', '.join(wiping)} wipe disks"] if wiping else []
    told += [f"{', '.join(cutting)} cuts nodes off their power"] if cutting else []
    if told and confirm is None:
        raise MillwrightError("; ".join(told), hint=f"say --confirm={plan.factory}")


def _confirm(door: Door, plan: BuildPlan, yes: bool) -> None:
    """Show what is about to run, and ask; without a terminal, want --yes."""
    from millwright.reports.burnin import length, plan_lines, plan_table

    if yes:
        return
    count = len(plan.nodes())
    told = f"{len(plan.tests)} tests on {count} nodes, about {length(plan.takes_s)}"
    if not door.json and sys.stdin.isatty():
        door.ui.table(plan_table(plan))
        door.ui.raw(plan_lines(plan))
    agree(door, told, yes)


def agree(door: Door, told: str, yes: bool) -> None:
    """Ask before nodes are put to work; without a terminal, want --yes."""
    if yes:
        return
    if door.json or not sys.stdin.isatty():
        raise MillwrightError(f"{told}, wait to be run", hint="read the plan, then say --yes")
    if not typer.confirm(f"Run {told}?", err=True):
        door.ui.say("nothing was run")
        raise typer.Exit(int(Exit.NO))


def _carry_out(door: Door, plan: BuildPlan, kept: BuildRun, asked: Begins) -> list[Outcome]:
    """Run what is left of a plan, and show it."""
    from millwright.adapters.buildruns import end
    from millwright.build.engine import Engine
    from millwright.build.hands import Patience
    from millwright.cli.burning import burning
    from millwright.reports.burnin import counts

    found = list(kept.before)
    with (
        burning(door, plan, kept.before) as watch,
        hands_of(door, (plan, kept), watch, asked) as hands,
    ):
        words = ("millwright", "build", "run", "--executor", asked.executor.value)
        kept.record.begin(words, plan.nodes())
        patience = Patience(silent_s=asked.silent_s)
        for outcome in Engine(plan, hands, patience, kept.before).go():
            found.append(outcome)
            watch.outcome(outcome)
    end(workspace_of(door), kept.folder, counts(found))
    return found


def _leave(door: Door, kept: BuildRun, plan: BuildPlan, found: Sequence[Outcome]) -> None:
    from millwright.reports.burnin import counts, latest, outcome_lines, run_document

    simulated = plan.simulated or any(outcome.simulated for outcome in found)
    if door.json:
        door.ui.json(run_document(kept.name, plan, found))
    else:
        door.ui.raw(outcome_lines(latest(found)))
        told = ", ".join(f"{count} {word}" for word, count in counts(found).items())
        mark = " · SIMULATED" if simulated else ""
        door.ui.data(f"runs/{kept.name}: {told}{mark}")
        door.ui.say(f"next: millwright -C {door.root} build verdict")
    if any(outcome.came != "measured" for outcome in latest(found)):
        raise typer.Exit(int(Exit.UNANSWERED))
