"""`design size` and `design why`: hardware from workloads, and every number with its origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import inputs_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.cli.sizing import Sized
    from millwright.model.sizing import Change, Number, WorkloadSize
    from millwright.model.workload import Workload

SIZES = "millwright.sizes/1"
WHY = "millwright.why/1"

Server = Annotated[
    str | None, typer.Option(help="Size on this server, not on the spec's or the best that fits.")
]
After = Annotated[
    int, typer.Option(min=0, max=600, help="Months of the spec's growth that are counted in.")
]

Asked = Annotated[
    str,
    typer.Argument(
        metavar="PATH",
        help="workloads.NAME[.NUMBER]; tco, storage or design[.NUMBER] of what is solved.",
    ),
]


def attach(app: typer.Typer) -> None:
    """Give the phase its verbs."""
    app.command(
        "size",
        short_help="Size hardware from workloads.",
        epilog="Example: millwright -C hospital design size --server dgx-h100",
    )(size)
    app.command(
        "why",
        short_help="Say why a number is what it is.",
        epilog="Example: millwright -C hospital design why workloads.note-drafting.gpus",
    )(why)


@guarded
def size(
    context: typer.Context, server: Server = None, after: After = 0, json: Json = False
) -> None:
    """Size every workload of this site: how many GPUs, and what binds. Writes nothing.

    Most figures behind it are estimates until they are measured: `measured:` in a workload takes
    the place of one. `design why` tells each of them.
    """
    from millwright.cli.sizing import sized_of
    from millwright.design.placement.choose import on_site
    from millwright.design.sizing.size import size_factory
    from millwright.reports.sizing import size_table, totals

    door = door_of(context, json=json)
    sized = sized_of(door, inputs_of(door), server, after)
    local = on_site(sized.factory)
    found = size_factory(local, sized.ground, sized.loads)
    away = [each.name for each in sized.factory.workloads if each not in local.workloads]
    if away:
        door.ui.say(f"not on this site, and not counted: {', '.join(away)} (`design place`)")
    if door.json:
        document = found.model_dump(mode="json")
        head = {"schema": SIZES, "name": sized.factory.name, "after_months": after}
        door.ui.json({**head, **document})
    else:
        door.ui.table(size_table(found))
        for refusal in found.refused:
            door.ui.say(f"{refusal.rule}  {refusal.where}: {refusal.message}")
            door.ui.say(f"      {refusal.hint}")
        door.ui.data(totals(found) + (f" after {after} months, as is likely" if after else ""))
        door.ui.say("`design why workloads.NAME.gpus` tells formula, inputs and sources")
    if found.refused:
        raise typer.Exit(int(Exit.NO))


@guarded
def why(
    context: typer.Context, path: Asked, server: Server = None, after: After = 0, json: Json = False
) -> None:
    """Say why a number is what it is: formula, inputs, sources, confidence, what would change it.

    workloads.NAME lists all numbers of a workload; tco, storage and design list those of a solved
    design: its costs, its storage, and what it comes to. Each of them can be asked for.
    """
    from millwright.cli import designnumbers
    from millwright.cli.sizing import sized_of
    from millwright.design.sizing.changes import changes
    from millwright.design.sizing.size import least_replicas, size_workload
    from millwright.errors import Infeasible

    door = door_of(context, json=json)
    if path.partition(".")[0] in designnumbers.ROOTS:
        designnumbers.tell(door, path)
        return
    sized = sized_of(door, inputs_of(door), server, after)
    workload, key = _asked(sized, path)
    least, load = least_replicas(sized.factory, workload), sized.loads[workload.name]
    try:
        found = size_workload(workload, sized.ground, least, load)
    except Infeasible as refusal:
        raise _unsized(refusal) from None
    if key is None:
        _list(door, found)
        return
    if key not in found.numbers:
        raise MillwrightError(f"{path} is not known", hint=f"there are {', '.join(found.numbers)}")
    varied = changes(workload, sized.ground, least, found, load) if key == "gpus" else ()
    _tell(door, sized, (f"workloads.{workload.name}.{key}", key), (found, varied))


class Unsized(MillwrightError):
    """A workload that has no size, and so nothing to explain."""

    exit_status = Exit.NO


def _unsized(refusal: MillwrightError) -> Unsized:
    rule, where = getattr(refusal, "rule", ""), getattr(refusal, "where", "")
    return Unsized(f"{rule}  {where}: {refusal.message}", hint=refusal.hint)


def _asked(sized: Sized, path: str) -> tuple[Workload, str | None]:
    from millwright.adapters.explain import similar

    parts = path.split(".")
    if len(parts) not in (2, 3) or parts[0] != "workloads":
        raise MillwrightError(
            f"{path!r} is no number", hint="ask workloads.NAME.gpus, tco, storage or design"
        )
    known = {workload.name: workload for workload in sized.factory.workloads}
    if parts[1] not in known:
        hint = similar(parts[1], list(known)) or f"there are {', '.join(known)}"
        raise MillwrightError(f"there is no workload {parts[1]!r}", hint=hint)
    return known[parts[1]], parts[2] if len(parts) == 3 else None


def _list(door: Door, found: WorkloadSize) -> None:
    from millwright.reports.sizing import numbers_table

    if door.json:
        door.ui.json({"schema": WHY, **found.model_dump(mode="json")})
        return
    door.ui.table(numbers_table(f"numbers of workloads.{found.workload}", found.numbers))


def _tell(
    door: Door,
    sized: Sized,
    asked: tuple[str, str],
    answer: tuple[WorkloadSize, tuple[Change, ...]],
) -> None:
    from millwright.reports.sizing import inputs_of as made_of
    from millwright.reports.sizing import roots_of, why_lines

    (path, key), (found, varied) = asked, answer
    number = found.numbers[key]
    inputs, roots = made_of(number, found.numbers), roots_of(key, found.numbers)
    if door.json:
        door.ui.json(_document(path, found, (number, inputs, roots), varied))
        return
    for line in why_lines(path, number, found):
        door.ui.data(line)
    _tell_tables(door, sized, (inputs, roots), varied)


def _tell_tables(
    door: Door,
    sized: Sized,
    behind: tuple[dict[str, Number], dict[str, Number]],
    varied: tuple[Change, ...],
) -> None:
    from millwright.reports.sizing import changes_table, numbers_table, sources_told

    inputs, roots = behind
    shown = [numbers_table("made of", inputs)] if inputs else []
    if roots and roots != inputs:
        shown.append(numbers_table("in the end", roots))
    if varied:
        shown.append(changes_table(varied))
    told = sources_told(roots.values(), sized.inputs.loaded.catalog.sources)
    for table in (*shown, *((told,) if told else ())):
        door.ui.data("")
        door.ui.table(table)


def _document(
    path: str,
    found: WorkloadSize,
    numbers: tuple[Number, dict[str, Number], dict[str, Number]],
    varied: tuple[Change, ...],
) -> dict[str, object]:
    number, inputs, roots = numbers
    is_answer = path.endswith(".gpus")
    return {
        "schema": WHY,
        "path": path,
        **number.model_dump(mode="json"),
        "gpu": found.gpu,
        "binds": found.binds if is_answer else None,
        "because": found.because if is_answer else "",
        "made_of": {name: each.model_dump(mode="json") for name, each in inputs.items()},
        "in_the_end": {name: each.model_dump(mode="json") for name, each in roots.items()},
        "changes": [change.model_dump(mode="json") for change in varied],
    }
