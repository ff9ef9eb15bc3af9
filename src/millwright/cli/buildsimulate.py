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
    from collections.abc import Iterable

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
    _check_files((out, truth), fleets * len(levels))
    reports = []
    for level in levels:
        wishes = [_wish(nodes, seed + at, level, (fault, everybody)) for at in range(fleets)]
        reports.append(_tried(door, wishes, out, truth))
        if not door.json:
            _show(door, reports[-1])
    if not fault:
        _tell_untried(door, nodes)
    if door.json:
        door.ui.json(simulation_document(reports))


def _check_files(files: tuple[Path | None, Path | None], fleets: int) -> None:
    from millwright.adapters.simulationfiles import check_places

    if fleets > 1 and files != (None, None):
        raise MillwrightError(
            "--out and --truth take one fleet", hint="leave --fleets and say --noise"
        )
    check_places(*files)


def _tell_untried(door: Door, nodes: int) -> None:
    from millwright.build.simulate.planting import KINDS, everything

    tried = {wish.kind for wish in everything(nodes)}
    left = [kind for kind in KINDS if kind not in tried]
    if left:
        door.ui.say(f"not tried, for a fleet of {nodes} nodes does not bear it: {', '.join(left)}")


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
    from millwright.adapters.simulationfiles import lines, truth_text, write_all
    from millwright.build.simulate.rows import lines_of

    texts: dict[Path, Iterable[str]] = {}
    if out is not None:
        texts[out] = lines(lines_of(one.columns, one.places))
    if truth is not None:
        texts[truth] = (truth_text(one.truth),)
    write_all(texts)
    if out is not None:
        door.ui.say(f"written: {out} ({len(one.columns)} SIMULATED measurements)")
    if truth is not None:
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
    planted, said = read_truth(truth), said_by(read_foreign_verdict(verdict))
    if not set(planted.nodes) & set(said):
        raise MillwrightError(
            f"{verdict} judges none of the {len(planted.nodes)} nodes of {truth}",
            hint="a verdict over the measurements that `build simulate --out` wrote with it",
        )
    report = scored([(planted, said, None)])
    if door.json:
        door.ui.json(report.model_dump(mode="json", by_alias=True))
    else:
        _show(door, report)
