"""`deploy check | plan | status | verify`: roles on hosts, done once, and proven."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.outcomes import leave, tell_outcomes
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.cli.site import Site
    from millwright.deploy.hands import Outcome
    from millwright.deploy.plan import Plan
    from millwright.deploy.preflight import Remark
    from millwright.deploy.role import Role
    from millwright.reports.foresight import Ahead

Until = Annotated[str, typer.Option(help="image, boot or cluster: how far to go.")]
Only = Annotated[str | None, typer.Option(help="A node set: touch no other host.")]
Allow = Annotated[
    str | None,
    typer.Option(help="Whom it may disturb at most: a node set, a number of hosts, or a share."),
]
AllowJobs = Annotated[
    bool,
    typer.Option(
        "--allow-jobs", help="Also nodes with jobs; drained first where these would not outlive it."
    ),
]


@dataclass(frozen=True, slots=True)
class Wish:
    """How far to go, and on which hosts."""

    until: str
    only: str | None


def site_for(door: Door) -> Site:
    """Return the site of the workspace."""
    from millwright.cli.site import site_of

    return site_of(door)


def _roles(until: str) -> tuple[Role, ...]:
    from millwright.deploy.role import STAGES
    from millwright.deploy.roles import until as up_to

    for stage in STAGES:
        if stage == until:
            return up_to(stage)
    raise MillwrightError(f"--until takes {', '.join(STAGES)}, not {until!r}")


def planned(site: Site, wish: Wish) -> tuple[tuple[Role, ...], Plan]:
    """Return the roles that were asked for, and what of them has to be done."""
    from millwright.deploy.plan import plan

    roles = _roles(wish.until)
    only = None if wish.only is None else named(site, wish.only)
    return roles, plan(roles, site.inputs, site.rows(), site.texts(roles), only)


def ahead_of(site: Site, made: Plan, allow: str | None, jobs: bool) -> Ahead:
    """Return what a plan would do, and why it may not."""
    from millwright.cli.foresight import look_ahead
    from millwright.deploy.blast import allowance

    return look_ahead(site, made, allowance(allow, tuple(site.inputs.nodes), jobs=jobs))


def show_plan(door: Door, ahead: Ahead) -> None:
    """Show what a plan would do."""
    from millwright.reports.foresight import ahead_lines, ahead_table

    mark = " · SIMULATED" if ahead.simulated else ""
    if ahead.steps:
        door.ui.table(ahead_table(ahead))
    else:
        door.ui.data(f"nothing to do: {ahead.done} roles on hosts stand already{mark}")
    door.ui.raw(ahead_lines(ahead))


@guarded
def check(context: typer.Context, only: Only = None, json: Json = False) -> None:
    """Look whether hosts are what the design and the roles need; nothing is changed."""
    import time

    from millwright.deploy.preflight import command, remarks
    from millwright.ports import Limits

    door = door_of(context, json=json)
    site = site_for(door)
    names = sorted(named(site, only))
    found: list[Remark] = []
    with site.run("check") as hands:
        for answer in hands.shell.run(names, command(site.inputs), Limits(command_s=60.0)):
            hands.keep(answer)
            found += remarks(answer, site.inputs, time.time())
    _tell_remarks(door, site, names, found)
    leave({remark.standing for remark in found})


def _tell_remarks(door: Door, site: Site, names: Sequence[str], found: Sequence[Remark]) -> None:
    from millwright.model.nodeset import folded
    from millwright.reports.deployment import remark_lines

    simulated = site.inputs.factory.simulated
    if door.json:
        keys = ("host", "standing", "what", "fix")
        told = [{key: getattr(remark, key) for key in keys} for remark in found]
        head = {"schema": "millwright.deploy-check/1", "simulated": simulated}
        door.ui.json({**head, "hosts": list(names), "remarks": told})
        return
    mark = "  SIMULATED" if simulated else ""
    well = sorted(set(names) - {remark.host for remark in found})
    if well:
        door.ui.data(f"{folded(well)} ({len(well)})  ok{mark}")
    rows = [(remark.host, remark.standing, remark.what, remark.fix) for remark in found]
    door.ui.raw(f"{line}{mark}" for line in remark_lines(rows))


@guarded
def plan(
    context: typer.Context,
    until: Until = "cluster",
    only: Only = None,
    allow: Allow = None,
    allow_jobs: AllowJobs = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the plan to this file, for `deploy apply --plan`.")
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 where something is to be done.")
    ] = False,
    json: Json = False,
) -> None:
    """Show which roles have to be done on which hosts and why, whom that disturbs, what runs there
    now, and how long it takes.

    The head node's Slurm is asked what runs; nothing is changed.
    """
    from millwright.adapters.orderfile import write_order
    from millwright.adapters.workspace import folder_of
    from millwright.cli.applying import order_of
    from millwright.model.deployorder import Said
    from millwright.reports.foresight import ahead_document

    door = door_of(context, json=json)
    site = site_for(door)
    roles, made = planned(site, Wish(until, only))
    ahead = ahead_of(site, made, allow, allow_jobs)
    if out is not None:
        said = Said(until=until, only=only, allow=allow, allow_jobs=allow_jobs)
        write_order(folder_of(out), out, order_of(site, said, roles, made))
    if door.json:
        door.ui.json(ahead_document(ahead))
    else:
        show_plan(door, ahead)
    if exit_code and made.steps:
        raise typer.Exit(int(Exit.NO))


@guarded
def verify(
    context: typer.Context, until: Until = "cluster", only: Only = None, json: Json = False
) -> None:
    """Prove every role on every host again; nothing is changed but the ledger."""
    door = door_of(context, json=json)
    site = site_for(door)
    prove_again(door, site, _roles(until), named(site, only))


def named(site: Site, only: str | None) -> frozenset[str]:
    """Return the hosts that were named, all if none was."""
    from millwright.model.nodeset import chosen

    return frozenset(site.inputs.nodes if only is None else chosen(only, site.inputs.nodes))


def prove_again(door: Door, site: Site, roles: tuple[Role, ...], names: frozenset[str]) -> None:
    """Prove roles on hosts, and tell how they stand."""
    from millwright.deploy.proving import verify as prove_all

    with site.run("verify") as hands:
        outcomes = list(prove_all(roles, site.inputs, names, hands))
    tell(door, site, outcomes)


@guarded
def status(context: typer.Context, json: Json = False) -> None:
    """Show how every role stood on every host when it was last looked at."""
    from millwright.deploy.roles import ROLES
    from millwright.reports.deployment import standing_document, standing_table

    door = door_of(context, json=json)
    rows = site_for(door).rows()
    if door.json:
        door.ui.json(standing_document(rows))
    elif rows:
        door.ui.table(standing_table([role.name for role in ROLES], rows))
    else:
        door.ui.data("nothing was deployed yet")
    if any(done.standing in ("failed", "unknown") for done in rows.values()):
        raise typer.Exit(int(Exit.NO))


def confirm(door: Door, count: int, yes: bool) -> None:
    """Ask before nodes are touched; without a terminal, want --yes."""
    if yes:
        return
    if door.json or not sys.stdin.isatty():
        raise MillwrightError(
            f"{count} steps wait to be done", hint="read the plan, then say --yes"
        )
    if not typer.confirm("Do this?", err=True):
        door.ui.say("nothing was done")
        raise typer.Exit(int(Exit.NO))


def tell(door: Door, site: Site, outcomes: Sequence[Outcome]) -> None:
    """Tell how steps came out, and leave with the status that they come to."""
    tell_outcomes(door, outcomes, simulated=site.inputs.factory.simulated)
    leave({outcome.verdict.standing for outcome in outcomes})
