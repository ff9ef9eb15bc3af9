"""`build bisect --run`: tests groups itself until the nodes at fault are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from millwright.cli.door import Door
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError
from millwright.model.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from millwright.adapters.buildruns import BuildRun
    from millwright.build.bisection import Isolation
    from millwright.build.groupplaces import FabricPlaces
    from millwright.build.groupsearch import Group, Searching, Unmeasured
    from millwright.build.plan import Basis
    from millwright.build.schedule import Turn
    from millwright.cli.executors import Begins, Executors
    from millwright.model.buildplan import BuildPlan
    from millwright.model.burnin import Class
    from millwright.model.groupsearch import GroupSearch, GroupVerdict, Tried


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is typed: which test, on whom, and how it is begun."""

    test: str
    suspects: str
    good: str
    class_: str
    bar: float | None
    yes: bool
    how: tuple[Executors | None, float | None, float]


class _Quiet:
    """Groups are told when they are over; that one begins is told nobody."""

    def begun(self, turn: Turn) -> None:
        """Take that a turn begins."""


def search_groups(door: Door, wanted: Wanted) -> None:
    """Begin a search, and carry it out."""
    from millwright.adapters.buildruns import SEARCH_PHASE, begin
    from millwright.adapters.groupsearches import write_search
    from millwright.adapters.orderfile import alone
    from millwright.cli.buildplan import basis_of
    from millwright.cli.buildrun import agree
    from millwright.cli.executors import begins

    basis, workspace = basis_of(door), workspace_of(door)
    search, made = _asked(basis, wanted)
    asked = begins(door, wanted.how[:2], wanted.how[2])
    each = f"about {made.tests[0].seconds} s each"
    told = f"{search.test} on groups of {len(search.suspects)} nodes, one after the other, {each}"
    agree(door, told, wanted.yes)
    with alone(workspace), begin(workspace, made, SEARCH_PHASE) as kept:
        write_search(workspace, kept.folder, search)
        verdict = _carry_out(door, (basis, search, made), kept, asked)
    _leave(door, verdict)


def resume_groups(door: Door, how: tuple[Executors | None, float | None, float]) -> None:
    """Go on with the last search; one that came to its end is told once more."""
    from millwright.adapters.buildruns import PLAN, go_on, read_plan
    from millwright.adapters.groupsearches import last_search, read_group_verdict, read_search
    from millwright.adapters.orderfile import alone
    from millwright.cli.buildplan import basis_of, check_plan_fresh
    from millwright.cli.executors import begins

    workspace = workspace_of(door)
    folder = last_search(workspace)
    over = read_group_verdict(folder)
    if over is not None and not over.unanswered:
        _leave(door, over)
        return
    basis, search, made = basis_of(door), read_search(folder), read_plan(folder / PLAN)
    check_plan_fresh(made, basis)
    asked = begins(door, how[:2], how[2], folder)
    with alone(workspace), go_on(workspace, folder, made) as kept:
        verdict = _carry_out(door, (basis, search, made), kept, asked)
    _leave(door, verdict)


def _asked(basis: Basis, wanted: Wanted) -> tuple[GroupSearch, BuildPlan]:
    """Return what is searched, and the plan of its test on all of its nodes.

    Raises MillwrightError where the test is none of many nodes, or the nodes are too few.
    """
    from millwright.model.groupsearch import GroupSearch
    from millwright.model.nodeset import chosen

    nodes = [device.name for device in basis.cluster.devices if device.role == "compute"]
    suspects = chosen(wanted.suspects, nodes)
    good = tuple(name for name in chosen(wanted.good, nodes) if name not in suspects)
    _check_test(basis, wanted.test)
    _check_enough(suspects, good, wanted.bar)
    made = _planned(basis, wanted.test, _class(wanted.class_), (*suspects, *good))
    if len(made.tests) != 1:
        pools = ", ".join(test.pool for test in made.tests)
        raise MillwrightError(
            f"suspects and good nodes are of pools {pools}",
            hint="what one pool reaches says nothing of another: name nodes of one",
        )
    metric, faults, percent = _measured(made)
    search = GroupSearch(
        factory=made.factory, test=wanted.test, class_=made.class_,
        metric=metric[0], unit=metric[1], worse="higher" if metric[2] == "higher" else "lower",
        faults=faults, suspects=suspects, good=good, bar=wanted.bar, differs_percent=percent,
    )  # fmt: skip
    return search, made


def _class(said: str) -> Class:
    from typing import get_args

    from millwright.model.burnin import Class

    if said not in get_args(Class):
        raise MillwrightError(f"--class takes {', '.join(get_args(Class))}, not {said!r}")
    found: Class = said  # type: ignore[assignment]
    return found


def _check_test(basis: Basis, test: str) -> None:
    of_many = sorted(n for n, each in basis.catalog.burnin.items() if each.scope == "fabric")
    if test not in of_many:
        raise MillwrightError(
            f"{test!r} is no test of many nodes at once", hint=f"there are {', '.join(of_many)}"
        )


def _check_enough(suspects: Group, good: Group, bar: float | None) -> None:
    if len(suspects) < 2:
        raise MillwrightError(
            "one node alone is no group", hint="name those that fail together, two at least"
        )
    if bar is None and len(good) < len(suspects):
        raise MillwrightError(
            f"{len(good)} good nodes are fewer than {len(suspects)} suspects: "
            "no group of them shows what that many reach",
            hint="name more good nodes, or say --bar VALUE",
        )


def _planned(basis: Basis, test: str, class_: Class, group: Group) -> BuildPlan:
    from millwright.build.plan import Wish, plan

    wish = Wish(level="l12", class_=class_, only=frozenset(group), tests=frozenset({test}))
    return plan(basis, wish)


def _measured(made: BuildPlan) -> tuple[tuple[str, str, str], tuple[str, ...], float]:
    """Return the metric that groups are judged by, those that count faults, and what matters."""
    from millwright.probes.metrics import named

    (test,) = made.tests
    known = [metric for each in test.expects if (metric := named(each.metric)) is not None]
    faults = tuple(each.name for each in known if each.practical_delta_absolute is not None)
    for each in known:
        if each.worse != "either" and each.practical_delta_percent is not None:
            return (each.name, each.unit, each.worse), faults, each.practical_delta_percent
    raise MillwrightError(
        f"{test.test} measures nothing that is better or worse: {test.tool}",
        hint="a test of many nodes yields a metric of the vocabulary: millwright schema metrics",
    )


def _carry_out(
    door: Door, what: tuple[Basis, GroupSearch, BuildPlan], kept: BuildRun, asked: Begins
) -> GroupVerdict:
    """Search, and keep what it came to."""
    from millwright.adapters.groupsearches import rows_kept, write_group_verdict
    from millwright.build.grouprun import GroupRun
    from millwright.build.groupsearch import Searching, Unmeasured
    from millwright.build.hands import Patience
    from millwright.cli.executors import hands_of
    from millwright.reports.groups import group_line

    basis, search, made = what
    places = _places(door, basis)

    def told(tried: Tried) -> None:
        (door.ui.detail if door.json else door.ui.say)(f"  {group_line(tried, search.unit)}")

    with hands_of(door, (made, kept), _Quiet(), asked) as hands:
        words = ("millwright", "build", "bisect", "--run", search.test)
        kept.record.begin(words, made.nodes())
        run = GroupRun(
            search,
            lambda group: _planned(basis, search.test, search.class_, group),
            hands,
            Patience(silent_s=asked.silent_s),
            list(kept.before),
            list(rows_kept(kept.folder)),
        )
        searching = Searching(search, run.measure, told)
        found: Isolation | Unmeasured
        try:
            found = searching.find()
        except Unmeasured as why:
            found = why
        simulated = made.simulated or any(outcome.simulated for outcome in run.before)
    verdict = _verdict(searching, found, places, (kept.folder, simulated))
    write_group_verdict(workspace_of(door), kept.folder, verdict)
    return verdict


def _places(door: Door, basis: Basis) -> FabricPlaces:
    from millwright.adapters.artefacts import check_fresh, read_cables
    from millwright.build.groupplaces import places_of

    workspace = workspace_of(door)
    cables, _ = read_cables(workspace, check_fresh(workspace, basis.lock))
    return places_of(cables, basis.cluster.devices)


def _verdict(
    searching: Searching,
    found: Isolation | Unmeasured,
    places: FabricPlaces,
    run: tuple[Path, bool],
) -> GroupVerdict:
    from millwright.build.groupnames import healthy, named
    from millwright.build.groupplaces import shared
    from millwright.build.groupsearch import Unmeasured
    from millwright.model.groupsearch import GroupVerdict

    bar, tried = searching.bar, tuple(searching.tried)
    verdict = GroupVerdict(
        run=run[0].name, simulated=run[1], verdict=Verdict.UNKNOWN, search=searching.search,
        groups=tried, bar=bar.value if bar else None, bar_source=bar.source if bar else "",
    )  # fmt: skip
    if isinstance(found, Unmeasured) or bar is None:
        why = found.why if isinstance(found, Unmeasured) else ""
        unanswered = isinstance(found, Unmeasured) and found.unanswered
        return verdict.model_copy(update={"unknown": why, "unanswered": unanswered})
    usual, names = healthy(tried, bar), named(tried, found, bar, places)
    bad = bool(found.faulty or found.boundary)
    update = {
        "verdict": Verdict.FAIL if bad else (Verdict.WARN if names else Verdict.PASS),
        "spread_percent": round(100 * usual.spread, 3),
        "healthy": usual.count,
        "healthy_misses_at_most": min(1.0, 3 / usual.count) if usual.count else None,
        "named": names,
        "shared": shared(places, found.faulty, searching.search.suspects),
        "padded": found.padded,
    }
    return verdict.model_copy(update=update)


def _leave(door: Door, verdict: GroupVerdict) -> None:
    from millwright.reports.groups import verdict_lines

    if door.json:
        door.ui.json(verdict.model_dump(mode="json", by_alias=True))
    else:
        door.ui.raw(verdict_lines(verdict))
        door.ui.say(f"kept: runs/{verdict.run}")
    if verdict.unanswered:
        door.ui.say("`millwright build bisect --resume` goes on")
        raise typer.Exit(int(Exit.UNANSWERED))
    if verdict.verdict >= Verdict.UNKNOWN:
        raise typer.Exit(int(Exit.NO))
