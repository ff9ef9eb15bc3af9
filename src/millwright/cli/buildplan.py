"""`build plan`: from the design to the tests that accept it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import Inputs, inputs_of, workspace_of
from millwright.errors import Exit, InputError, MillwrightError, Problem
from millwright.model.burnin import Class, Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.adapters.catalogs import LoadedCatalog
    from millwright.build.plan import Basis, Wish
    from millwright.model.buildplan import BuildPlan
    from millwright.model.finding import Finding

PLAN_FILE = "build/plan.json"


_Level = Annotated[str, typer.Option(help="l10, l11 or l12: server, rack, cluster.")]
_Class = Annotated[
    str, typer.Option("--class", help="smoke, standard or contract: how long tests take.")
]
_Within = Annotated[
    float | None, typer.Option(min=1, help="Minutes: leave out what yields least a minute.")
]
_Only = Annotated[str | None, typer.Option(help="A node set: test no other node.")]
_Tests = Annotated[str | None, typer.Option(help="Names of tests, with commas between: no others.")]
_Confirm = Annotated[
    str | None, typer.Option(help="The factory's name: tests that wipe disks are allowed.")
]
_Pairs = Annotated[
    str, typer.Option(help="screening, rails (other partners on each) or tournament (all).")
]
_Fabric = Annotated[
    Path | None, typer.Option(metavar="FILE", help="What ibnetdiscover said, with --routes.")
]
_Routes = Annotated[
    Path | None, typer.Option(metavar="FILE", help="What dump_fts said: cover every cable.")
]


@guarded
def plan(
    context: typer.Context,
    level: _Level = "l12",
    class_: _Class = "smoke",
    within: _Within = None,
    only: _Only = None,
    tests: _Tests = None,
    confirm: _Confirm = None,
    pairs: _Pairs = "screening",
    fabric: _Fabric = None,
    routes: _Routes = None,
    out: Annotated[Path | None, typer.Option(help="Where to write it.")] = None,
    json: Json = False,
) -> None:
    """Plan the tests that accept this factory: what runs where, what it proves and cannot.

    Bars are frozen in the plan, and what has to be measured stands in it: what is missing later
    is UNKNOWN and never passes. No node is touched.

    With --fabric and --routes the pairs of adapters are those that have every cable of the fabric
    carry line rate, both ways, as its switches forward today; what no pair can load is told.
    """
    from millwright.adapters.buildruns import write_plan
    from millwright.adapters.workspace import folder_of
    from millwright.build.rounds import Pairing

    door = door_of(context, json=json)
    asked = inputs_of(door)
    _check_bars(asked.loaded)
    basis = _basis(asked)
    check_confirmed(confirm, basis.cluster.name)
    wish = _wish(basis, (level, class_), (only, tests), within)
    pairing = _one_of(pairs, Pairing, "--pairs")
    wish = replace(wish, confirmed=confirm is not None, ways=pairing)
    made = _covering(basis, wish, fabric, routes)
    path = out or door.root / PLAN_FILE
    write_plan(workspace_of(door) if out is None else folder_of(out), path, made)
    _tell(door, made, path)


def _covering(basis: Basis, wish: Wish, fabric: Path | None, routes: Path | None) -> BuildPlan:
    """Return the plan; its pairs cover the cables of a fabric where that is told.

    Raises MillwrightError where one of both files is missing, or names no adapter of the design.
    """
    from millwright.adapters.toolfile import read_output
    from millwright.build.linkcover import schedule, told_of
    from millwright.build.plan import adapters_of
    from millwright.build.plan import plan as planned
    from millwright.model.buildplan import LeftOut
    from millwright.probes import dump_fts, ibnetdiscover

    if fabric is None and routes is None:
        return planned(basis, wish)
    if fabric is None or routes is None:
        raise MillwrightError("--fabric and --routes go together: cables, and who forwards where")
    net = ibnetdiscover.read(read_output(fabric))
    tables = dump_fts.read(read_output(routes))
    for path, problems in ((fabric, net.problems), (routes, tables.problems)):
        if problems:
            at = f", line {problems[0].line}" if problems[0].line else ""
            raise MillwrightError(f"{path}{at}: {problems[0].message}", hint="record it once more")
    found = schedule(net.facts, tables.facts, adapters_of(basis, wish))
    if not found.ways:
        named = f": {found.unseen[0]} is not there" if found.unseen else ""
        raise MillwrightError(
            f"no adapter of the design's InfiniBand is found in {fabric}{named}",
            hint="adapters are known as NODE HCA, such as `gpu001 mlx5_0`",
        )
    made = planned(basis, replace(wish, ways=found.ways))
    gaps = [told_of(found)] if found.uncovered else []
    gaps += [f"not in {fabric}: {', '.join(found.unseen[:3])}"] if found.unseen else []
    out = tuple(LeftOut(test="cables", pool="the fabric", why=why) for why in gaps)
    return made.model_copy(update={"left_out": (*made.left_out, *out)})


def _tell(door: Door, made: BuildPlan, path: Path) -> None:
    from millwright.reports.burnin import plan_lines, plan_table

    if door.json:
        door.ui.json(made.model_dump(mode="json", by_alias=True))
        return
    door.ui.table(plan_table(made))
    door.ui.raw(plan_lines(made))
    door.ui.say(f"written: {path}; next: millwright -C {door.root} build run")


def basis_of(door: Door) -> Basis:
    """Return what a plan is made from. Raises StaleDesign where the design is of other inputs."""
    return _basis(inputs_of(door))


def _check_bars(loaded: LoadedCatalog) -> None:
    """Refuse bars that judge nothing, before they are frozen. Raises InputError with each."""
    from millwright.build.barlint import limits_of, lint

    found = lint(loaded.catalog.bars.values(), limits_of(loaded.catalog))
    refused = tuple(_refused(loaded, each) for each in found if each.severity == "error")
    if refused:
        raise InputError(refused)


def _refused(loaded: LoadedCatalog, finding: Finding) -> Problem:
    from millwright.adapters.explain import key_of

    name = finding.where.removeprefix("bars.")
    path, document, place = loaded.places["bars", name]
    line, column = document.position(place)
    found = f"{name}: {finding.message} ({finding.rule})"
    expected = "a bar that healthy parts meet and bad ones miss"
    hint = "mend it; an entry of the same name in the workspace's catalog/ replaces a built-in one"
    return Problem(str(path), line, column, key_of(place), found, expected, hint)


def _basis(asked: Inputs) -> Basis:
    from millwright.adapters.artefacts import check_fresh, read_cluster
    from millwright.build.designbars import design_bars
    from millwright.build.plan import Basis

    lock = check_fresh(asked.workspace, asked.lock())
    cluster = read_cluster(asked.workspace, lock)
    catalog = asked.loaded.catalog
    bars = (*catalog.bars.values(), *design_bars(cluster, catalog))
    criteria = [bar.model_dump(mode="json") for bar in bars]
    return Basis(cluster, catalog, asked.read.factory, asked.lock(), criteria)


def check_confirmed(said: str | None, name: str) -> None:
    """Refuse a confirmation that names another factory."""
    if said is not None and said != name:
        raise MillwrightError(
            f"--confirm names {said!r}, and this factory is {name!r}", hint=f"say --confirm={name}"
        )


def _wish(
    basis: Basis, said: tuple[str, str], few: tuple[str | None, str | None], within: float | None
) -> Wish:
    """Return what was asked for. Raises MillwrightError where it cannot be read."""
    from millwright.build.plan import Wish
    from millwright.model.nodeset import chosen

    only, tests = few
    nodes = [device.name for device in basis.cluster.devices if device.role == "compute"]
    return Wish(
        level=_one_of(said[0], Level, "--level"),
        class_=_one_of(said[1], Class, "--class"),
        within_s=None if within is None else within * 60.0,
        only=None if only is None else frozenset(chosen(only, nodes)),
        tests=None if tests is None else _tests(tests, sorted(basis.catalog.burnin)),
    )


def _tests(said: str, known: Sequence[str]) -> frozenset[str]:
    from millwright.adapters.explain import similar

    names = [name.strip() for name in said.split(",") if name.strip()]
    if not names:
        raise MillwrightError(f"--tests names no test: {said!r}", hint=f"known: {', '.join(known)}")
    for name in names:
        if name not in known:
            hint = similar(name, list(known)) or f"known are {', '.join(known)}"
            raise MillwrightError(f"there is no test {name!r}", hint=hint)
    return frozenset(names)


def _one_of(said: str, words: Any, option: str) -> Any:
    if said not in get_args(words):
        raise MillwrightError(f"{option} takes {', '.join(get_args(words))}, not {said!r}")
    return said


class StalePlan(MillwrightError):
    """A plan that was made from other inputs than those of today; nothing was run."""

    exit_status = Exit.NO


def check_plan_fresh(plan: BuildPlan, basis: Basis) -> None:
    """Refuse a plan that is stale or was bent. Raises StalePlan, naming what changed."""
    from millwright.build.plan import digest

    now = basis.lock
    told = [
        what
        for what, was, is_now in (
            ("factory.yaml changed", plan.spec_sha256, now.spec_sha256),
            ("the catalogue changed", plan.catalog_sha256, now.catalog_sha256),
            ("millwright is another version", plan.tool_version, now.tool_version),
            (
                "its bars are not those that were frozen",
                plan.criteria_sha256,
                digest(plan.criteria),
            ),
        )
        if was != is_now
    ]
    if told:
        raise StalePlan(
            f"the plan is stale, and nothing was run: {'; '.join(told)}",
            hint="make a fresh one: millwright build plan",
        )
