"""`deploy apply | resume`: carries a plan out, the very one that was shown."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.deployment import (
    Allow,
    AllowJobs,
    Only,
    Until,
    Wish,
    ahead_of,
    confirm,
    named,
    planned,
    prove_again,
    show_plan,
    site_for,
    tell,
)
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.outcomes import tell_outcomes
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.cli.site import Site
    from millwright.deploy.hands import Hands, Outcome
    from millwright.deploy.orders import Orders
    from millwright.deploy.plan import Plan
    from millwright.deploy.role import Role
    from millwright.model.deployorder import DeployOrder, Said

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Wave = Annotated[
    str | None,
    typer.Option(help="Hosts at a time, N or P%; 64 if not said, a quarter of those drained."),
]
MaxFailed = Annotated[str, typer.Option(help="How many of a wave may fail a role, N or P%.")]
DrainWait = Annotated[
    float, typer.Option(min=0, help="Seconds that jobs may take to leave a drained node.")
]
Via = Annotated[
    str | None, typer.Option(help="direct or tree; by the number of nodes if not said.")
]
PlanFile = Annotated[
    Path | None, typer.Option(help="A file of `deploy plan --out`: do this and nothing else.")
]


class Stale(MillwrightError):
    """A plan that is not the plan any more; nothing was done."""

    exit_status = Exit.NO


@guarded
def apply(
    context: typer.Context,
    until: Until = "cluster",
    only: Only = None,
    allow: Allow = None,
    allow_jobs: AllowJobs = False,
    wave: Wave = None,
    max_failed: MaxFailed = "10%",
    drain_wait: DrainWait = 1800.0,
    via: Via = None,
    plan: PlanFile = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Do what the plan shows; every role is proven on every host before it counts as done.

    One host of each kind comes first, and a second one where that fails; the others in waves. Where
    both fail a role, or more of a wave than --max-failed, the others are spared it. Nodes whose
    jobs would not outlive a change are drained, waited for, and given back when they are proven.
    What was done before stands and is only proven again where nothing else is to do. After an
    interruption, call it again, or `deploy resume`.
    """
    from millwright.adapters.orderfile import read_order
    from millwright.model.deployorder import Said

    door = door_of(context, json=json)
    site = site_for(door)
    if plan is not None:
        then = read_order(plan)
        _go(door, site, (then.said, yes), then)
        return
    said = Said(
        until=until, only=only, allow=allow, allow_jobs=allow_jobs, wave=wave,
        max_failed=max_failed, drain_wait_s=drain_wait, via=via,
    )  # fmt: skip
    _go(door, site, (said, yes))


@guarded
def resume(context: typer.Context, yes: Yes = False, json: Json = False) -> None:
    """Go on with the last deployment if it did not come to its end, as it was told to go."""
    from millwright.adapters.orderfile import unended

    door = door_of(context, json=json)
    site = site_for(door)
    found = unended(site.workspace)
    if found is None:
        _nothing_left(door)
        return
    run, order = found
    door.ui.say(f"going on with runs/{run}")
    _go(door, site, (order.said, yes), order, begun=True)


def _nothing_left(door: Door) -> None:
    if door.json:
        door.ui.json({"schema": "millwright.deploy-run/1", "outcomes": [], "resumed": False})
    else:
        door.ui.data("nothing to resume: no deployment here was left before its end")


def _go(
    door: Door,
    site: Site,
    wish: tuple[Said, bool],
    then: DeployOrder | None = None,
    *,
    begun: bool = False,
) -> None:
    """Plan, refuse what is stale or not allowed, ask, and carry out."""
    from millwright.cli.foresight import check_allowed

    said, yes = wish
    orders = orders_of(said)
    roles, made = planned(site, Wish(said.until, said.only))
    order = order_of(site, said, roles, made)
    if then is not None:
        _check_fresh(then, order, begun=begun)
    ahead = ahead_of(site, made, said.allow, said.allow_jobs)
    if not door.json:
        show_plan(door, ahead)
    if not made.steps:
        _give_back(site, roles, made)
        prove_again(door, site, roles, named(site, said.only))
        return
    check_allowed(ahead)
    confirm(door, len(made.steps), yes)
    outcomes = carry_out(door, site, (roles, made), (order, orders))
    _tell_unbegun(door, outcomes)
    tell(door, site, outcomes)


def _tell_unbegun(door: Door, outcomes: Sequence[Outcome]) -> None:
    from millwright.reports.deployment import unbegun_line

    line = unbegun_line([(each.role, each.host) for each in outcomes if each.skipped])
    if line and not door.json:
        door.ui.say(line)


def order_of(site: Site, said: Said, roles: Sequence[Role], made: Plan) -> DeployOrder:
    """Return a plan as it is written down."""
    from millwright.deploy.stale import planned_steps
    from millwright.model.deployorder import Basis, DeployOrder

    basis = Basis(
        tool_version=site.lock.tool_version,
        spec_sha256=site.lock.spec_sha256,
        catalog_sha256=site.lock.catalog_sha256,
        roles=site.texts(roles),
    )
    return DeployOrder(
        simulated=site.inputs.factory.simulated,
        said=said,
        basis=basis,
        done=made.done,
        steps=planned_steps(made),
    )


def _check_fresh(then: DeployOrder, now: DeployOrder, *, begun: bool) -> None:
    from millwright.deploy.stale import changes

    if told := changes(then, now, begun=begun):
        raise Stale(
            f"the plan is stale, and nothing was done: {'; '.join(told)}",
            hint="look at a fresh one: millwright deploy plan",
        )


def orders_of(said: Said) -> Orders:
    """Return how to go about it. Raises MillwrightError where what was said cannot be read."""
    from millwright.deploy.orders import Orders
    from millwright.deploy.shares import share

    if said.via not in (None, "direct", "tree"):
        raise MillwrightError(f"--via takes direct or tree, not {said.via!r}")
    return Orders(
        wave=share(said.wave, "--wave", 1) if said.wave else None,
        max_failed=share(said.max_failed, "--max-failed", 0),
        drain_wait_s=said.drain_wait_s,
    )


def carry_out(
    door: Door,
    site: Site,
    what: tuple[tuple[Role, ...], Plan],
    how: tuple[DeployOrder, Orders],
) -> list[Outcome]:
    """Do the steps of a plan, and show it; an interrupt tells what came of it until then."""
    from millwright.adapters.orderfile import alone, begin, end
    from millwright.cli.foresight import watched
    from millwright.deploy.apply import apply as steps_of

    (roles, made), (order, orders) = what, how
    outcomes: list[Outcome] = []
    with (
        alone(site.workspace),
        watched(door, site, made) as watch,
        site.run("deploy", watch.task, order.said.via) as hands,
    ):
        for done in site.doubts().values():
            site.ledger.put(done)
        begin(site.workspace, hands.run, order)
        steps = steps_of(made, roles, site.inputs, watch.over(hands), orders)
        try:
            with contextlib.closing(steps):
                for outcome in steps:
                    outcomes.append(outcome)
                    watch.outcome(outcome)
        except KeyboardInterrupt:
            if not door.json:
                tell_outcomes(door, outcomes, simulated=order.simulated)
            _tell_drained(door, hands)
            door.ui.say("`millwright deploy resume` goes on")
            raise
        end(site.workspace, hands.run, {"outcomes": _counts(outcomes)})
        _tell_drained(door, hands)
    return outcomes


def _counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    words = [("not begun" if o.skipped else o.verdict.standing) for o in outcomes]
    return {word: words.count(word) for word in dict.fromkeys(words)}


def _tell_drained(door: Door, hands: Hands) -> None:
    from millwright.deploy.drains import held

    if nodes := held(hands):
        door.ui.say(f"still drained by this tool: {nodes}")


def _give_back(site: Site, roles: Sequence[Role], made: Plan) -> None:
    """Give back what an earlier run left drained, where nothing else is to do."""
    from millwright.adapters.drainbook import SqlDrains
    from millwright.deploy.apply import give_back_old_drains

    if SqlDrains(site.ledger).open():
        with site.run("deploy") as hands:
            give_back_old_drains(made, roles, site.inputs, hands)
