"""From a plan to a growth that is carried out, or gone on with."""

from __future__ import annotations

import contextlib
import getpass
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from millwright.adapters.growbook import PREFIX
from millwright.adapters.orderfile import alone
from millwright.cli.door import Door
from millwright.cli.growing import PHASE, Asked, book_of, plan_of, run_named
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError
from millwright.journeys.grow import Growth
from millwright.manage.grow.retests import unseen, worse
from millwright.model.growth import GrowthPlan, GrowthRun
from millwright.model.nodeset import folded
from millwright.reports.growth import outcomes, plan_lines, run_document, run_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.adapters.growbook import SqlGrowths
    from millwright.journeys.growhands import Hands
    from millwright.model.growth import GrowthLine

LOCK = "state.db-grow"


class Refused(MillwrightError):
    """A growth that is not carried out as it is planned; nothing was done."""

    exit_status = Exit.NO


def show(door: Door, made: GrowthPlan) -> None:
    """Show a plan."""
    if door.json:
        door.ui.json(made.model_dump(mode="json", by_alias=True))
    else:
        door.ui.raw(plan_lines(made))


@contextlib.contextmanager
def _book(door: Door) -> Iterator[SqlGrowths]:
    from millwright.adapters.ledger import ledger_of

    ledger = ledger_of(workspace_of(door).root)
    try:
        yield book_of(ledger)
    finally:
        ledger.close()


def carried_out(door: Door, asked: Asked, *, yes: bool) -> Exit:
    """Plan a growth, refuse it or ask, and carry it out; return how the command ends."""
    with alone(workspace_of(door), LOCK), _book(door) as book:
        if opened := [each.id for each in book.runs().values() if each.stands == "open"]:
            raise MillwrightError(
                f"{opened[-1]} is open", hint="go on with it: millwright manage grow resume"
            )
        made = plan_of(door, asked)
        for line in plan_lines(made):
            (door.ui.detail if door.json else door.ui.say)(line)
        if made.refused:
            raise Refused(f"nothing was done: {'; '.join(made.refused)}")
        _agree(door, made, yes)
        now = datetime.now(UTC)
        run = GrowthRun(
            id=f"{PREFIX}{now:%Y%m%d-%H%M%S}", stands="open", opened=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            simulated=made.simulated, plan=made, said=asked.said, actor=getpass.getuser(),
        )  # fmt: skip
        book.keep(run)
        return _gone(door, book, run)


def resumed(door: Door, *, trust: bool) -> Exit:
    """Go on with the growth that is open; return how the command ends."""
    with alone(workspace_of(door), LOCK), _book(door) as book:
        run = run_named(book, None)
        if run.stands != "open":
            if not door.json:
                door.ui.say(f"nothing is open: {run.id} is {run.stands}")
        elif trust:
            run = run.model_copy(update={"said": run.said.model_copy(update={"trust": True})})
            book.keep(run)
        return _gone(door, book, run)


def stopped(door: Door) -> Exit:
    """Leave the growth that is open as it stands; what was done of it stays."""
    with alone(workspace_of(door), LOCK), _book(door) as book:
        run = run_named(book, None)
        if run.stands != "open":
            raise MillwrightError(f"nothing is open: {run.id} is {run.stands}")
        why = f"stopped by {getpass.getuser()}: what comes next takes its nodes up again"
        after = run.model_copy(update={"stands": "halted", "why": why, "closed": _now()})
        book.keep(after)
        if run.former and not door.json:
            door.ui.say(f"the design of before lies in {run.former}")
        return told_of(door, book, after)


def _agree(door: Door, made: GrowthPlan, yes: bool) -> None:
    if yes:
        return
    if door.json or not sys.stdin.isatty():
        raise MillwrightError(
            f"{folded(made.nodes)} would come to what runs", hint="read the plan, then say --yes"
        )
    if not typer.confirm(f"Bring {folded(made.nodes)} into the factory?", err=True):
        door.ui.say("nothing was done")
        raise typer.Exit(int(Exit.NO))


def _gone(door: Door, book: SqlGrowths, run: GrowthRun) -> Exit:
    after = run
    if run.stands == "open":
        with _hands(door, book, run) as hands:
            journey = Growth(run, hands)
            with left_open(door, run):
                for told in journey.go():
                    (door.ui.detail if door.json else door.ui.say)(told)
            after = journey.after
    return told_of(door, book, after)


@contextlib.contextmanager
def left_open(door: Door, run: GrowthRun) -> Iterator[None]:
    """Say of a growth that something ends early what goes on with it."""
    whole = False
    try:
        yield
        whole = True
    finally:
        if not whole:
            told = f"`millwright -C {door.root} manage grow resume` goes on with it"
            door.ui.say(f"{run.id} is open: {told}")


@contextlib.contextmanager
def _hands(door: Door, book: SqlGrowths, run: GrowthRun) -> Iterator[Hands]:
    """Hand over what a growth works with. Installed hosts are reached as they were recorded."""
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.recording import recorder
    from millwright.adapters.routes import known_nodes
    from millwright.adapters.ssh import SshShell
    from millwright.cli.growbooks import SiteBooks
    from millwright.cli.growcrew import SiteCrew, SiteDeployer
    from millwright.cli.growtests import SiteTester
    from millwright.journeys.growhands import Hands
    from millwright.journeys.growproof import ShellWitness
    from millwright.journeys.remedyslurm import SlurmHead

    workspace = workspace_of(door)
    known = known_nodes(workspace)
    become = known.reach.become
    with (
        SshShell(known.routes, known_hosts(workspace), become, workspace.root) as shell,
        recorder(workspace, PHASE, simulated=known.simulated) as record,
    ):
        record.secrets = shell.secrets
        record.begin(("millwright", "manage", "grow", "run"), run.plan.installed)
        yield Hands(
            book=book,
            crew=SiteCrew(door),
            deployer=SiteDeployer(door),
            tester=SiteTester(door, run.said),
            books=SiteBooks(door),
            witness=ShellWitness(shell, run.plan.head, record.keep, _now),
            scheduler=SlurmHead(run.plan.head, shell, record.keep),
            now=_now,
            actor=getpass.getuser(),
        )


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def status_of(door: Door, name: str | None) -> Exit:
    """Show how a growth stands; no node is asked."""
    with _book(door) as book:
        return told_of(door, book, run_named(book, name))


def told_of(door: Door, book: SqlGrowths, run: GrowthRun) -> Exit:
    """Show how a run stands, and return how a command about it ends."""
    lines = book.lines(run.id)
    if door.json:
        door.ui.json(run_document(run, lines))
    else:
        for line in run_lines(run, lines):
            door.ui.data(line)
        if run.stands == "open":
            door.ui.say(f"next: millwright -C {door.root} manage grow resume")
    return exit_of(run, lines)


def exit_of(run: GrowthRun, lines: Sequence[GrowthLine]) -> Exit:
    """Return the exit status of a run as it stands: no where a node stays out, an installed host
    was not told, something was started again or does worse."""
    if run.stands == "open":
        return Exit.UNANSWERED
    proof = run.proof
    if run.stands == "halted" or proof is None or proof.restarted:
        return Exit.NO
    if any(how != "in service" for how in outcomes(run, lines).values()):
        return Exit.NO
    if any(line.node in run.plan.installed and line.phase == "failed" for line in lines):
        return Exit.NO
    if run.after and worse(run.before, run.after, run.plan.computing):
        return Exit.NO
    tested = run.before and run.after and run.before.verdicts and run.after.verdicts
    if run.after and unseen(run.before, run.after, run.plan.computing):
        return Exit.UNANSWERED
    return Exit.DONE if tested and not proof.unknown else Exit.UNANSWERED
