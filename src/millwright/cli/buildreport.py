"""`build report`: the acceptance report of a run, or of a verdict over anybody's measurements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.judged import check_belonging
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.reports.acceptance import Case

SCHEMA = "millwright.build-report/1"
STEM = "acceptance"


@guarded
def report(
    context: typer.Context,
    run: Annotated[
        str | None, typer.Option("--run", help="A run; the last one if not said.")
    ] = None,
    verdict: Annotated[
        Path | None, typer.Option("--verdict", metavar="FILE", help="A verdict (JSON).")
    ] = None,
    measurements: Annotated[
        list[Path] | None,
        typer.Option("--measurements", metavar="FILE", help="What it was made from (JSON lines)."),
    ] = None,
    waivers: Annotated[Path | None, typer.Option(help="The waivers it was given.")] = None,
    name: Annotated[str, typer.Option(help="What was accepted.")] = "",
    ocptv: Annotated[
        bool, typer.Option("--ocptv", help="Also OCP test-and-validation lines, a file a node.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--out", "--output", help="The folder to write to.")
    ] = None,
    json: Json = False,
) -> None:
    """Write the acceptance report: HTML, PDF, JUnit and CSV, with digests of all files.

    Without --verdict it is that of a run: its plan, its measurements and its verdict.json.
    """
    from millwright.adapters.acceptance import accepted_files
    from millwright.adapters.workspace import Workspace, writing

    door = door_of(context, json=json)
    folder = _run(door, run, verdict)
    given = _given(folder, verdict, tuple(measurements or ()))
    told, metrics = case(door, folder, given, (waivers, name))
    target = output or (folder / "report" if folder is not None else door.root / "build")
    files = accepted_files(STEM, told, metrics) | (_streams(told, given[1]) if ocptv else {})
    place = workspace_of(door) if output is None else Workspace(target)
    place.replace_files({target / name: writing(raw) for name, raw in files.items()})
    _answer(door, told, [target / name for name in files])


def _run(door: Door, name: str | None, verdict: Path | None) -> Path | None:
    """Return the folder of the run that was meant; with a verdict of its own there is none."""
    from millwright.adapters.buildruns import build_runs, last_run

    if verdict is not None and name is not None:
        raise MillwrightError(
            "--run and --verdict are two verdicts, and a report is of one", hint="say one of them"
        )
    if verdict is not None:
        return None
    workspace = workspace_of(door)
    if name is None:
        return last_run(workspace)
    found = [path for path in build_runs(workspace) if path.name == name]
    if not found:
        known = ", ".join(path.name for path in build_runs(workspace)[-3:])
        raise MillwrightError(f"no burn-in is called {name}", hint=f"the last ones: {known}")
    return found[0]


def _given(
    folder: Path | None, verdict: Path | None, measurements: tuple[Path, ...]
) -> tuple[Path, tuple[Path, ...]]:
    """Return the file of the verdict and those of the measurements."""
    from millwright.adapters.buildruns import MEASUREMENTS

    if folder is None:
        assert verdict is not None
        return verdict, measurements
    if not (folder / "verdict.json").is_file():
        raise MillwrightError(
            f"{folder} has not been judged", hint="first: millwright build verdict"
        )
    return folder / "verdict.json", measurements or (folder / MEASUREMENTS,)


def case(
    door: Door,
    folder: Path | None,
    given: tuple[Path, tuple[Path, ...]],
    said: tuple[Path | None, str],
) -> tuple[Case, dict[str, set[str]]]:
    """Return what a report is made from, and what was measured; `said` is waivers and a name."""
    from millwright import __version__
    from millwright.adapters.buildruns import PLAN, outcomes, read_plan
    from millwright.adapters.casefiles import manifest, read_judgement
    from millwright.adapters.judgefiles import read_waivers
    from millwright.adapters.measuredlots import measured_lots
    from millwright.reports.acceptance import Case

    waivers, name = said
    judged = read_judgement(given[0])
    measured, metrics = measured_lots(given[1])
    if given[1]:
        check_belonging(given[0], judged, given[1], metrics)
    plan = read_plan(folder / PLAN) if folder is not None else None
    files = [*given[1], given[0], *([waivers] if waivers else [])]
    if folder is not None:
        files = sorted(
            path for path in folder.rglob("*") if path.is_file() and "report" not in path.parts
        )
    made = Case(
        name=name or (plan.factory if plan is not None else door.root.resolve().name),
        judged=judged,
        measured=measured,
        plan=plan,
        outcomes=outcomes(folder) if folder is not None else (),
        waivers=read_waivers(waivers) if waivers is not None else (),
        files=manifest(door.root, files),
        by=f"millwright {__version__}",
    )
    return made, metrics


def _streams(case: Case, measurements: tuple[Path, ...]) -> dict[str, bytes]:
    """Return a stream of OCP test and validation for each node, all written at this moment."""
    from datetime import UTC, datetime

    from millwright import __version__
    from millwright.adapters.ocptvfiles import ocptv_files
    from millwright.reports.ocptv import Head

    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    head = Head("millwright build", __version__, at, case.judged.platform, case.simulated)
    return ocptv_files(head, case.judged, measurements)


def _answer(door: Door, case: Case, files: list[Path]) -> None:
    from millwright.reports.acceptance import first_line

    if door.json:
        told = {
            "schema": SCHEMA,
            "verdict": case.judged.verdict,
            "completeness": case.judged.completeness,
            "simulated": case.simulated,
            "files": [str(path) for path in files],
        }
        door.ui.json(told)
        return
    door.ui.raw(str(path) for path in files)
    mark = "SIMULATED  " if case.simulated else ""
    door.ui.say(f"{mark}{first_line(case.judged)}")
