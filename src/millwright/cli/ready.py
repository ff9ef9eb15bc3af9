"""`ready`: whether a workload may leave the pilot, by what the workspace recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.model.readiness import ReadyDocument
    from millwright.model.workload import Workload


@guarded
def ready(
    context: typer.Context,
    workload: Annotated[
        str | None, typer.Argument(help="A workload of the spec; all, in a table, if not said.")
    ] = None,
    slo: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Answers of Prometheus; slo.json if not said."),
    ] = None,
    json: Json = False,
) -> None:
    """Hold a workload against the gates of production: what is missing, and whose it is.

    Capacity, redundancy, acceptance, monitoring, downtime procedure, compliance, model sign-off:
    each is answered by records of the workspace (design, verdicts of burn-ins, the ledger of
    deployment, drills, answers that `manage slo --record slo.json` kept, the trail of models) and
    by nothing else. What nobody recorded is UNKNOWN, never ready. owners.yaml names who answers
    for a gate. Asks no node. Ends with 0 where all are ready, 1 where one is missing, 3 where the
    worst is unknown.
    """
    from millwright.reports.ready import ready_lines, ready_table

    door = door_of(context, json=json)
    document = _document(door, workload, slo)
    if door.json:
        door.ui.json(document.model_dump(mode="json", by_alias=True))
    elif workload is None:
        door.ui.table(ready_table(document))
        door.ui.say("`millwright ready WORKLOAD` tells every gate")
    else:
        door.ui.raw(ready_lines(document))
    answers = {each.answer for each in document.workloads}
    if "missing" in answers:
        raise typer.Exit(int(Exit.NO))
    if "unknown" in answers:
        raise typer.Exit(int(Exit.UNANSWERED))


def _document(door: Door, named: str | None, slo: Path | None) -> ReadyDocument:
    from millwright.adapters.windowbook import moment
    from millwright.cli.readying import records_of
    from millwright.cli.wiring import inputs_of
    from millwright.manage.ready.gates import readiness
    from millwright.model.readiness import ReadyDocument

    inputs = inputs_of(door)
    wanted = _wanted(inputs.read.factory.workloads, named)
    records = records_of(inputs, slo)
    return ReadyDocument(
        at=moment(records.now),
        factory=inputs.read.factory.name,
        simulated=records.cluster is not None and records.cluster.simulated,
        workloads=tuple(readiness(records, each) for each in wanted),
    )


def _wanted(workloads: Sequence[Workload], named: str | None) -> tuple[Workload, ...]:
    from millwright.adapters.explain import similar

    if not workloads:
        raise MillwrightError("the spec has no workloads", hint="say what it is for: `workloads:`")
    if named is None:
        return tuple(workloads)
    found = tuple(each for each in workloads if each.name == named)
    if not found:
        names = [each.name for each in workloads]
        hint = similar(named, names) or f"there are {', '.join(names)}"
        raise MillwrightError(f"there is no workload {named!r}", hint=hint)
    return found
