"""`design candidates` and `design compare`: what else could be built, and what tells them apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.hardware import designed, wish_of
from millwright.cli.options import Csv, Json
from millwright.cli.wiring import Inputs, inputs_of
from millwright.errors import Exit, Infeasible, MillwrightError

if TYPE_CHECKING:
    from millwright.model.sizing import Candidate, Criterion
    from millwright.reports.table import Cell

CANDIDATES = "millwright.candidates/1"
COMPARED = "millwright.compared/1"

By = Annotated[
    str, typer.Option(help="What ranks: kw, rack-units, gpus, capex or tco (three years).")
]
After = Annotated[
    int, typer.Option(min=0, max=600, help="Months of the spec's growth that are counted in.")
]


def attach(app: typer.Typer) -> None:
    """Give the phase its verbs."""
    app.command(
        "candidates",
        short_help="List servers that can do it, and why others cannot.",
        epilog="Example: millwright -C hospital design candidates --by kw",
    )(candidates)
    app.command(
        "compare",
        short_help="Put servers or specs side by side.",
        epilog="Example: millwright -C hospital design compare dgx-b300 hgx-h100",
    )(compare)


def _criterion(by: str) -> Criterion:
    from millwright.adapters.explain import similar
    from millwright.model.sizing import CRITERIA

    found = next((each for each in CRITERIA if each == by), None)
    if found is None:
        hint = similar(by, list(CRITERIA)) or f"there are {', '.join(CRITERIA)}"
        raise MillwrightError(f"nothing is ranked by {by!r}", hint=hint)
    return found


@guarded
def candidates(context: typer.Context, by: By = "kw", after: After = 0, json: Json = False) -> None:
    """List every server of the catalogue that does all workloads within the site, ranked; and why
    the others fell out. Each of them is designed in earnest. Writes nothing.
    """
    from millwright.reports.candidates import candidates_table, fallen_table

    door = door_of(context, json=json)
    inputs = _with_workloads(inputs_of(door))
    criterion = _criterion(by)
    found = _found(inputs, criterion, after, ())
    fitting = [each for each in found if not each.refused]
    if door.json:
        dumped = [_dumped(each) for each in found]
        door.ui.json({"schema": CANDIDATES, "by": criterion, "candidates": dumped})
    else:
        door.ui.table(candidates_table(found, criterion))
        door.ui.data("")
        door.ui.table(fallen_table(found))
        door.ui.say("prices are estimates for ranking alone: catalog/*.yaml takes their place")
    if not fitting:
        raise typer.Exit(int(Exit.NO))


def _with_workloads(inputs: Inputs) -> Inputs:
    if not inputs.read.factory.workloads:
        raise MillwrightError(
            f"{inputs.workspace.factory_file} describes no workloads",
            hint="say what it is for under `workloads:`",
        )
    return inputs


def _found(
    inputs: Inputs, by: Criterion, after: int, names: tuple[str, ...]
) -> tuple[Candidate, ...]:
    from millwright.design.sizing.candidates import candidates as made
    from millwright.design.sizing.growing import loads_after

    return made(wish_of(inputs, loads_after(inputs.read.factory, after)), by, names)


def _dumped(candidate: Candidate) -> dict[str, object]:
    document = candidate.model_dump(mode="json", exclude={"size"})
    sizes = candidate.size.workloads if candidate.size else ()
    document["workloads"] = {
        each.workload: {"gpus": each.gpus, "replicas": each.replicas, "binds": each.binds}
        for each in sizes
    }
    return document


@guarded
def compare(
    context: typer.Context,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Servers, or folders with a spec.")
    ],
    after: After = 0,
    csv: Csv = False,
    json: Json = False,
) -> None:
    """Put servers side by side for the spec's workloads, or several specs, each in its folder.

    A server of the catalogue is tried for the workloads of this workspace; whatever else is named
    is a folder with a factory.yaml, which is designed as it stands.
    """
    from millwright.reports.candidates import beside

    door = door_of(context, json=json)
    told = {name: _figures(door, name, after) for name in names}
    if door.json:
        door.ui.json({"schema": COMPARED, "compared": told})
        return
    table = beside(told)
    if csv:
        door.ui.csv([column.title for column in table.columns], table.rows)
    else:
        door.ui.table(table)


def _figures(door: Door, name: str, after: int) -> dict[str, Cell]:
    from millwright.reports.candidates import design_figures, figures_of

    folder = Path(name)
    if (folder / "factory.yaml").is_file():
        try:
            return design_figures(designed(inputs_of(replace(door, root=folder))).cluster)
        except Infeasible as refusal:
            return {"falls out": f"{refusal.rule}: {refusal.message}"}
    inputs = inputs_of(door)
    if name not in inputs.loaded.catalog.servers:
        from millwright.adapters.explain import similar

        raise MillwrightError(
            f"{name!r} is neither a server nor a folder with a factory.yaml",
            hint=similar(name, sorted(inputs.loaded.catalog.servers)),
        )
    return figures_of(_found(_with_workloads(inputs), "kw", after, (name,))[0])
