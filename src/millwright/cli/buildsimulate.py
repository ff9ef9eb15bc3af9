"""`build simulate` and `build score`: the judge is tried on fleets whose faults are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import catalog_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.build.simulate.trial import Trial, Wish
    from millwright.model.fleet import Noise, Report

MOST_FLEETS = 100
Faults = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="KIND:SIZE[:COUNT]", help="Plant it; all kinds if not said."),
]


@guarded
def simulate(
    context: typer.Context,
    nodes: Annotated[int, typer.Option(help="Nodes of eight GPUs, 8 and more.")] = 1024,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same fleet.")] = 1,
    fault: Faults = None,
    noise: Annotated[str, typer.Option(help="A name of the catalogue, or all.")] = "typical",
    fleets: Annotated[
        int, typer.Option(min=1, max=MOST_FLEETS, help="How many; seeds count up.")
    ] = 1,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="Measure all three times, not who is suspected.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write the measurements there.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write what was planted there.")] = None,
    json: Json = False,
) -> None:
    """Draw a SIMULATED fleet with planted faults, judge it, and say how well they were found.

    Beside it stands what a rule of mean +/- 5 % finds on the same data. It is a self-test:
    precision in the field is unknown until it is measured on yours.

    Example: millwright build simulate --nodes 1024 --fault slow-gpu:5:8 --seed 7
    """
    from millwright.reports.simulation import simulation_document

    door = door_of(context, json=json)
    levels = _levels(door, noise)
    if (out or truth) and (fleets > 1 or len(levels) > 1):
        raise MillwrightError(
            "--out and --truth take one fleet", hint="leave --fleets and say --noise"
        )
    reports = []
    for level in levels:
        wishes = [_wish(nodes, seed + at, level, (fault, everybody)) for at in range(fleets)]
        reports.append(_tried(door, wishes, out, truth))
        if not door.json:
            _show(door, reports[-1])
    if door.json:
        door.ui.json(simulation_document(reports))


def _levels(door: Door, noise: str) -> tuple[Noise, ...]:
    known = catalog_of(door).catalog.noises
    if noise == "all":
        return tuple(known.values())
    if noise not in known:
        raise MillwrightError(
            f"no noise {noise!r} is known", hint=f"known: all, {', '.join(known)}"
        )
    return (known[noise],)


def _wish(nodes: int, seed: int, noise: Noise, said: tuple[list[str] | None, bool]) -> Wish:
    from millwright.build.simulate.planting import everything, wished
    from millwright.build.simulate.trial import Wish

    faults, everybody = said
    chosen = tuple(map(wished, faults)) if faults else everything(nodes)
    return Wish(nodes, seed, noise, chosen, everybody)


def _tried(door: Door, wishes: list[Wish], out: Path | None, truth: Path | None) -> Report:
    from millwright.build.simulate.score import scored
    from millwright.build.simulate.trial import trial

    told, named = [], []
    for wish in wishes:
        one = trial(wish)
        told.append((one.truth, one.said, one.plain))
        named += one.groups()
        _write(door, one, out, truth)
    return scored(told, named)


def _write(door: Door, one: Trial, out: Path | None, truth: Path | None) -> None:
    from millwright.adapters.simulationfiles import write_lines, write_truth
    from millwright.build.simulate.rows import lines_of

    if out is not None:
        write_lines(out, lines_of(one.columns, one.places))
        door.ui.say(f"written: {out} ({len(one.columns)} SIMULATED measurements)")
    if truth is not None:
        write_truth(truth, one.truth)
        door.ui.say(f"written: {truth}")


def _show(door: Door, report: Report) -> None:
    from millwright.reports.simulation import score_lines, score_table

    door.ui.table(score_table(report))
    door.ui.raw(score_lines(report))


@guarded
def score(
    context: typer.Context,
    verdict: Annotated[Path, typer.Argument(help="A verdict (JSON), ours or another judge's.")],
    truth: Annotated[Path, typer.Option(help="What was planted: `build simulate --truth`.")],
    json: Json = False,
) -> None:
    """Hold a verdict against what was planted in a SIMULATED fleet.

    Example: millwright build score verdict.json --truth truth.json
    """
    from millwright.adapters.simulationfiles import read_foreign_verdict, read_truth
    from millwright.build.simulate.score import said_by, scored

    door = door_of(context, json=json)
    report = scored([(read_truth(truth), said_by(read_foreign_verdict(verdict)), None)])
    if door.json:
        door.ui.json(report.model_dump(mode="json", by_alias=True))
    else:
        _show(door, report)
