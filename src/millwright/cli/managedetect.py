"""`manage detect`: what stands out in telemetry, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import catalog_of, workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.manage.detect.judge import Terms
    from millwright.model.detection import FindingsDocument
    from millwright.model.telemetry import Telemetry

STEP_S = 60.0
Files = Annotated[
    list[Path] | None,
    typer.Option("--telemetry", metavar="FILE", help="JSON lines, also .gz; - is standard input."),
]

Credentials = Annotated[
    Path | None, typer.Option(help="A file of mode 600: TOKEN or USER:PASSWORD.")
]
Serials = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A recording that tells which serial number is where."),
]


@guarded
def detect(
    context: typer.Context,
    telemetry: Files = None,
    prometheus: Annotated[
        str | None, typer.Option(metavar="URL", help="Ask a Prometheus instead.")
    ] = None,
    hours: Annotated[float, typer.Option(min=0.1, help="How far back to ask Prometheus.")] = 6.0,
    ca: Annotated[Path | None, typer.Option(help="Its certificate authority (PEM).")] = None,
    credentials: Credentials = None,
    maintenance: Annotated[
        Path | None, typer.Option(help="Who is worked at; maintenance.yaml if not said.")
    ] = None,
    places: Annotated[Path | None, typer.Option(help="Rack, leaf, rail, ... by node.")] = None,
    serials: Serials = None,
    window: Annotated[
        float | None, typer.Option(min=1, help="Seconds of a window; by the data if not said.")
    ] = None,
    json: Json = False,
) -> None:
    """Find what degrades in telemetry: against peers, own history and acceptance.

    Ends with 1 where a finding says act (two families of evidence, or one hard fact); with 3 where
    none does, but something is silent, stands still or could not be read; else with 0: what is
    only to be watched changes nothing by itself.

    Example: millwright manage detect --telemetry minute.jsonl --json
    """
    from millwright.manage.detect.judge import detect as detected

    door = door_of(context, json=json)
    if bool(telemetry) == bool(prometheus):
        raise MillwrightError("say either --telemetry FILE or --prometheus URL")
    terms = _terms(door, maintenance, places, window)
    told = (
        _read(tuple(telemetry)) if telemetry else _asked(str(prometheus), hours, (ca, credentials))
    )
    document = detected(told, _with_accepted(door, terms, told, serials))
    _tell(door, document)
    raise typer.Exit(int(status_of(document)))


def status_of(document: FindingsDocument) -> Exit:
    """Return how the command ends: by the heaviest finding.

    Too few windows show nothing, which is no answer and not a good one.
    """
    from millwright.model.detection import PERSISTS

    weights = {found.weight for found in document.findings}
    if "act" in weights:
        return Exit.NO
    told = document.series and document.windows >= PERSISTS and not document.problems
    return Exit.DONE if told and "unknown" not in weights else Exit.UNANSWERED


def _read(files: tuple[Path, ...]) -> Telemetry:
    from millwright.adapters.telemetryfile import read_telemetry

    return read_telemetry(files)


def _asked(url: str, hours: float, files: tuple[Path | None, Path | None]) -> Telemetry:
    import time

    from millwright.adapters.prometheus import Server, Span, read_prometheus
    from millwright.probes.metrics import ALL

    now = time.time()
    names = sorted({metric.name for metric in ALL}.union(a.name for m in ALL for a in m.aliases))
    span = Span(now - hours * 3600, now, STEP_S)
    return read_prometheus(Server(url, *files), names, span)


def _terms(
    door: Door, maintenance: Path | None, places: Path | None, window: float | None
) -> Terms:
    from millwright.adapters.maintenancefile import read_maintenance
    from millwright.adapters.windowbook import FILE
    from millwright.cli.places import axes_of
    from millwright.manage.detect.causes import Places
    from millwright.manage.detect.judge import Terms

    kept = workspace_of(door).root / FILE
    return Terms(
        catalog_of(door).catalog.evidence_families,
        maintenance=read_maintenance(maintenance or kept) if maintenance or kept.is_file() else (),
        places=Places(*axes_of(door, places)),
        window_s=window,
    )


def _with_accepted(door: Door, terms: Terms, told: Telemetry, serials: Path | None) -> Terms:
    """Return terms with what parts were accepted with, where the workspace keeps fingerprints."""
    from dataclasses import replace

    from millwright.adapters.fingerprintbook import SqlFingerprints
    from millwright.adapters.ledger import ledger_of
    from millwright.cli.sweeps import Look, heard_of
    from millwright.manage.detect.acceptance import joined, serials_heard, serials_of

    heard = serials_heard(heard_of(door, Look(source=serials)).recording) if serials else {}
    if not (workspace_of(door).root / "state.db").is_file():
        return terms
    ledger = ledger_of(workspace_of(door).root)
    kept = SqlFingerprints(ledger).latest()
    ledger.close()
    places = [(node, device) for node, device, _ in told.series]
    found = joined(kept, places, {**heard, **serials_of(told)})
    return replace(terms, accepted=found.accepted, notes=found.notes)


def _tell(door: Door, document: FindingsDocument) -> None:
    from millwright.reports.detection import detection_headline, detection_lines

    for problem in document.problems:
        door.ui.complain(problem)
    if door.json:
        door.ui.json(document.model_dump(mode="json", by_alias=True))
        return
    door.ui.data(detection_headline(document))
    door.ui.raw(detection_lines(document))
    for note in document.notes:
        door.ui.say(note)
