"""`manage simulate` and `manage score`: the detector is tried on fleets whose faults are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import catalog_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.manage.score.trial import Wish
    from millwright.model.telemetrytruth import DetectionScore

MOST_FLEETS = 100
MOST_NODE_HOURS = 20_000
Faults = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="KIND[:SIZE[:COUNT]]", help="Plant it; all if not said."),
]


@guarded
def simulate(
    context: typer.Context,
    nodes: Annotated[int, typer.Option(min=8, max=4096, help="Nodes of eight GPUs.")] = 72,
    hours: Annotated[float, typer.Option(min=1, max=168, help="How long; a sample a minute.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same fleet.")] = 1,
    fault: Faults = None,
    healthy: Annotated[bool, typer.Option("--healthy", help="Plant nothing.")] = False,
    unlabelled: Annotated[
        bool, typer.Option("--unlabelled", help="Samples say no job and no rack.")
    ] = False,
    fleets: Annotated[
        int, typer.Option(min=1, max=MOST_FLEETS, help="How many; seeds count up.")
    ] = 1,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Write the telemetry there (.gz packs).")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="Write what was planted there.")] = None,
    json: Json = False,
) -> None:
    """Draw SIMULATED telemetry with planted faults, judge it, and say how well they were noticed.

    With --out or --truth it is only written, for `manage detect` and `manage score`. Beside the
    detector stands what fixed thresholds find on the same samples.

    Example: millwright manage simulate --nodes 72 --hours 8 --fault slow-gpu:5:4 --seed 7
    """
    door = door_of(context, json=json)
    if nodes * hours > MOST_NODE_HOURS:
        raise MillwrightError(f"at most {MOST_NODE_HOURS} node hours are drawn at once")
    if (out or truth) and fleets > 1:
        raise MillwrightError("--out and --truth take one fleet", hint="leave --fleets")
    if healthy and fault:
        raise MillwrightError("--healthy plants nothing: leave --fault")
    size = nodes, round(hours * 60)
    wishes = [_wish(size, seed + at, [] if healthy else fault, unlabelled) for at in range(fleets)]
    if out or truth:
        _write(door, wishes[0], out, truth)
        return
    _show(door, _tried(door, wishes))


def _wish(size: tuple[int, int], seed: int, faults: list[str] | None, unlabelled: bool) -> Wish:
    from millwright.manage.score.trial import Wish
    from millwright.manage.simulate.planting import everything, wished

    chosen = everything() if faults is None else tuple(map(wished, faults))
    return Wish(*size, seed, chosen, labelled=not unlabelled)


def _write(door: Door, wish: Wish, out: Path | None, truth: Path | None) -> None:
    from millwright.adapters.detectionfiles import write_samples, write_truth
    from millwright.manage.score.trial import simulated
    from millwright.manage.simulate.samples import lines_of

    told, planted = simulated(wish, catalog_of(door).catalog.signal_models)
    if out is not None:
        write_samples(out, lines_of(told))
        door.ui.say(f"written: {out} ({len(told)} SIMULATED samples)")
    if truth is not None:
        write_truth(truth, planted)
        door.ui.say(f"written: {truth} ({len(planted.faults)} planted)")


def _tried(door: Door, wishes: list[Wish]) -> DetectionScore:
    from millwright.manage.detect.judge import Terms
    from millwright.manage.score.scored import score
    from millwright.manage.score.trial import trial

    catalog = catalog_of(door).catalog
    terms = Terms(catalog.evidence_families)
    runs = []
    for wish in wishes:
        runs.append(trial(wish, catalog.signal_models, terms).run())
        door.ui.detail(f"seed {wish.seed} is judged")
    return score(runs)


def _show(door: Door, score: DetectionScore) -> None:
    from millwright.reports.detectionscore import judge_lines, noticed_table

    if door.json:
        door.ui.json(score.model_dump(mode="json", by_alias=True))
        return
    door.ui.table(noticed_table(score))
    door.ui.raw(judge_lines(score))


@guarded
def score(
    context: typer.Context,
    findings: Annotated[Path, typer.Option(help="Findings (JSON), ours or another judge's.")],
    truth: Annotated[Path, typer.Option(help="What was planted: `manage simulate --truth`.")],
    telemetry: Annotated[
        list[Path] | None, typer.Option(help="The samples: fixed thresholds are scored as well.")
    ] = None,
    json: Json = False,
) -> None:
    """Hold findings, of whomever, against what was planted.

    A finding says node and since; device, noticed and weight count where they are said. The truth
    lists faults: kind, size_percent, nodes, device, begin, end, and whether a finding is expected.

    Example: millwright manage score --truth truth.json --findings findings.json
    """
    from millwright.adapters.detectionfiles import read_findings, read_truth
    from millwright.adapters.telemetryfile import read_telemetry
    from millwright.manage.score.notices import notices_of
    from millwright.manage.score.scored import Run
    from millwright.manage.score.scored import score as scored
    from millwright.manage.score.thresholds import by_thresholds
    from millwright.manage.score.trial import THRESHOLDS

    door = door_of(context, json=json)
    try:
        said = {"findings": notices_of(read_findings(findings))}
    except MillwrightError as error:
        named = error.message.startswith(str(findings))
        told = error.message if named else f"{findings}: {error.message}"
        raise MillwrightError(told, hint=error.hint) from None
    if telemetry:
        said[THRESHOLDS] = by_thresholds(read_telemetry(tuple(telemetry)))
    _show(door, scored([Run(read_truth(truth), said)]))
