"""`build verdict`: judges measurements, of a run or of a file that anybody recorded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import catalog_of, workspace_of
from millwright.errors import Exit, MillwrightError
from millwright.model.verdict import Verdict

if TYPE_CHECKING:
    from millwright.build.judge.missing import Expected
    from millwright.build.judge.places import Places
    from millwright.build.judge.verdicts import Terms
    from millwright.model.bar import Bar
    from millwright.model.buildplan import BuildPlan
    from millwright.model.verdict import VerdictDocument

Files = Annotated[
    list[Path] | None,
    typer.Option("--measurements", metavar="FILE", help="JSON lines; - is standard input."),
]
Bars = Annotated[
    list[Path] | None, typer.Option("--bars", metavar="FILE", help="More bars; they win by name.")
]


@guarded
def verdict(
    context: typer.Context,
    measurements: Files = None,
    bars: Bars = None,
    platform: Annotated[str, typer.Option(help="bare-metal, azure-vm, any, ...")] = "bare-metal",
    plan: Annotated[Path | None, typer.Option(help="A build plan: what to expect.")] = None,
    places: Annotated[Path | None, typer.Option(help="Rack, PDU, leaf, ... by node.")] = None,
    waivers: Annotated[Path | None, typer.Option(help="Accepted findings.")] = None,
    history: Annotated[Path | None, typer.Option(help="An earlier verdict (JSON).")] = None,
    populations: Annotated[
        bool, typer.Option("--populations", help="Show what was compared with what.")
    ] = False,
    json: Json = False,
) -> None:
    """Judge measurements: by bars, by peers, by what is missing.

    Without --measurements the last run of `build run` is judged, against its own plan: what it
    has not come to is UNKNOWN. Ends with 1 where the verdict is FAIL or UNKNOWN. No node is asked.

    Example: millwright build verdict --measurements results.jsonl --json
    """
    from millwright.adapters.buildruns import outcomes
    from millwright.adapters.measurementfile import read_measurements
    from millwright.build.judge.verdicts import judge
    from millwright.build.reasons import with_reasons

    door = door_of(context, json=json)
    folder = None if measurements else _last_run(door, plan)
    files, made = _asked(tuple(measurements or ()), plan, folder)
    terms = _terms(door, (platform, tuple(bars or ()), made), (places, waivers, history))
    document = judge(read_measurements(files), terms)
    if folder is not None and made is not None:
        document = with_reasons(document, outcomes(folder), made, terms.accepted)
        _keep(door, folder, document)
    _tell(door, document, populations)
    if document.verdict >= Verdict.UNKNOWN:
        raise typer.Exit(int(Exit.NO))


def _last_run(door: Door, plan: Path | None) -> Path:
    """Return the folder of the last run, whatever it measured; it is judged by its own plan."""
    from millwright.adapters.buildruns import last_run

    if plan is not None:
        raise MillwrightError(
            f"--plan {plan} says what to expect of --measurements; a run has a plan of its own",
            hint="say --measurements FILE as well, or leave out --plan",
        )
    return last_run(workspace_of(door), "say --measurements FILE, or `build run`")


def _asked(
    files: tuple[Path, ...], plan: Path | None, folder: Path | None
) -> tuple[tuple[Path, ...], BuildPlan | None]:
    """Return which files are judged and by which plan; a run may have measured nothing."""
    from millwright.adapters.buildruns import MEASUREMENTS, PLAN, read_plan

    if folder is None:
        return files, read_plan(plan) if plan is not None else None
    measured = folder / MEASUREMENTS
    return (measured,) if measured.is_file() else (), read_plan(folder / PLAN)


def _terms(
    door: Door,
    said: tuple[str, tuple[Path, ...], BuildPlan | None],
    more: tuple[Path | None, Path | None, Path | None],
) -> Terms:
    from datetime import UTC, datetime

    from millwright.adapters.judgefiles import read_bars, read_verdict, read_waivers
    from millwright.build.judge.verdicts import Terms

    platform, bars, plan = said
    places, waivers, history = more
    known = {bar.name: bar for bar in _frozen(door, plan)}
    known |= {bar.name: bar for bar in read_bars(bars)}
    _check_platform(door, platform, known.values())
    chosen = _linted(door, tuple(known.values()))
    before = read_verdict(history).populations if history else ()
    return Terms(
        bars=chosen,
        platform=platform,
        places=_places(door, places),
        expected=_expected(plan) if plan is not None else None,
        waivers=read_waivers(waivers) if waivers else (),
        today=datetime.now(UTC).date(),
        earlier={(each.metric, each.sku, each.conditions): each.median for each in before},
    )


def _frozen(door: Door, plan: BuildPlan | None) -> tuple[Bar, ...]:
    """Return the bars of the plan, frozen before it ran, or without one those of the catalogue."""
    from millwright.model.bar import Bar

    if plan is not None and plan.criteria:
        return tuple(Bar.model_validate(each) for each in plan.criteria)
    return tuple(catalog_of(door).catalog.bars.values())


def _check_platform(door: Door, asked: str, bars: Iterable[Bar]) -> None:
    """Refuse a platform that no bar knows: nothing would be judged by a bar, and nobody told."""
    from millwright.model.bar import ANY, BARE_METAL

    known = {bar.platform for bar in (*bars, *catalog_of(door).catalog.bars.values())}
    known |= {ANY, BARE_METAL}
    if asked not in known:
        raise MillwrightError(
            f"--platform {asked!r} is not known: no bar is of it",
            hint=f"known are {', '.join(sorted(known))}; `any` takes only bars that hold "
            "everywhere, and bars of another platform are given with --bars",
        )


def _linted(door: Door, bars: tuple[Bar, ...]) -> tuple[Bar, ...]:
    """Return the bars that can judge; of the others it is said why they do not."""
    from millwright.build.barlint import limits_of, lint, usable

    findings = lint(bars, limits_of(catalog_of(door).catalog))
    for finding in findings:
        if finding.severity == "error":
            door.ui.complain(f"{finding.rule} {finding.where} is not used: {finding.message}")
    return usable(bars, findings)


def _expected(plan: BuildPlan) -> Expected:
    from millwright.build.judge.missing import Expected, Item

    items: dict[str, set[Item]] = {}
    for test in plan.tests:
        if test.scope != "node":
            continue
        for node in test.names():
            for each in test.expects:
                wanted = items.setdefault(node, set())
                wanted |= {(test.test, each.metric, device) for device in each.devices}
    return Expected("plan", {node: frozenset(wanted) for node, wanted in items.items()})


def _places(door: Door, path: Path | None) -> Places:
    """Return where nodes stand, by the file given or by the design of the workspace."""
    from millwright.build.judge.places import Places
    from millwright.cli.places import axes_of

    return Places(*axes_of(door, path))


def _keep(door: Door, folder: Path, document: VerdictDocument) -> None:
    from millwright.adapters.workspace import writing

    raw = document.model_dump_json(by_alias=True, indent=1).encode() + b"\n"
    workspace_of(door).replace_files({folder / "verdict.json": writing(raw)})


def _tell(door: Door, document: VerdictDocument, populations: bool) -> None:
    from millwright.reports.verdicts import headline, population_table, verdict_lines

    if door.json:
        door.ui.json(document.model_dump(mode="json", by_alias=True))
        return
    door.ui.data(headline(document))
    door.ui.raw(verdict_lines(document))
    if populations:
        door.ui.table(population_table(document))
    for note in document.notes:
        door.ui.say(note)
