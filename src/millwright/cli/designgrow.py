"""`design grow`: what is bought when, what is kept free for it, and that nothing moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli import designcheck
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Csv, Json
from millwright.cli.wiring import Inputs, inputs_of
from millwright.errors import Exit, Infeasible, MillwrightError

if TYPE_CHECKING:
    from millwright.model.stages import GrowthCase, GrowthStages
    from millwright.reports.table import Table

SHOWN = ("overview", "bought", "reserved", "moves")

Case = Annotated[str, typer.Option(help="low, likely or high: which guess of growth is planned.")]
Way = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="Plan another way: its name, or `best`. Else as the spec is."
    ),
]
Show = Annotated[
    str, typer.Option(help="overview, bought, reserved or moves: a summary, or every single one.")
]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="End with 1 where something installed would move.")
]


def attach(app: typer.Typer) -> None:
    """Give the phase its verb."""
    app.command(
        "grow",
        short_help="Plan growth in stages that moves nothing installed.",
        epilog="Example: millwright -C hospital design grow --case high --show reserved --csv",
    )(grow)


@guarded
def grow(
    context: typer.Context,
    case: Case = "likely",
    way: Way = "",
    show: Show = "overview",
    exit_code: ExitCode = False,
    csv: Csv = False,
    json: Json = False,
) -> None:
    """Plan the stages of the spec's `growth`: what each buys, what is kept free for it from day
    one, and what of the installed would move. Writes nothing.

    Every stage is designed in full and compared with the one before: each cable by both its ends,
    part and length; each device, rack and address. Where something moves, the reason is told, and
    other ways to build from day one are walked the same way, with their difference in price.
    """
    door = door_of(context, json=json)
    chosen, guess = _chosen(show, SHOWN, "--show"), _case(case)
    inputs = inputs_of(door)
    try:
        plan = planned(inputs, guess, way)
    except Infeasible as refusal:
        _refuse(door, refusal)
        raise typer.Exit(int(Exit.NO)) from None
    if door.json:
        door.ui.json(plan.model_dump(mode="json", by_alias=True))
    else:
        _tell(door, plan, chosen, csv=csv)
    if plan.refused or (exit_code and plan.moved):
        raise typer.Exit(int(Exit.NO))


def planned(inputs: Inputs, case: GrowthCase = "likely", way: str = "") -> GrowthStages:
    """Return the stages of a workspace's spec.

    Raises Infeasible where day one cannot be built, or no growth is foreseen.
    """
    from millwright.cli.hardware import buildable, wish_of
    from millwright.design.stages.grow import Ask
    from millwright.design.stages.grow import grow as stages_of

    return stages_of(Ask(wish_of(inputs), buildable(inputs)[0], case, way))


def _case(text: str) -> GrowthCase:
    from typing import get_args

    from millwright.model.stages import GrowthCase

    known: dict[str, GrowthCase] = {each: each for each in get_args(GrowthCase)}
    return known[_chosen(text, tuple(known), "--case")]


def _chosen(text: str, known: tuple[str, ...], option: str) -> str:
    from millwright.adapters.explain import similar

    if text in known:
        return text
    hint = similar(text, list(known)) or f"there are {', '.join(known)}"
    raise MillwrightError(f"{option} does not know {text!r}", hint=hint)


def _refuse(door: Door, refusal: Infeasible) -> None:
    from millwright.design.document import finding_of
    from millwright.model.stages import SCHEMA

    if door.json:
        finding = finding_of(refusal).model_dump(mode="json")
        door.ui.json({"schema": SCHEMA, "stages": None, "findings": [finding]})
    else:
        designcheck.tell_refusal(door, refusal)


def _tell(door: Door, plan: GrowthStages, show: str, *, csv: bool) -> None:
    from millwright.reports import stagelists, stages

    single = {
        "overview": stages.stages_table,
        "bought": stagelists.purchases_table,
        "reserved": stagelists.reserved_table,
        "moves": stagelists.moves_table,
    }
    if csv:
        table = single[show](plan)
        door.ui.csv([column.title for column in table.columns], table.rows)
    elif show != "overview":
        _one(door, single[show](plan))
    else:
        view = stages.stages_view(plan)
        door.ui.heading(view.heading)
        door.ui.raw(f"  {line}" for line in view.lines)
        for each in view.tables:
            door.ui.data("")
            door.ui.table(each)
        door.ui.data("")
        door.ui.raw(view.verdict)


def _one(door: Door, table: Table) -> None:
    if table.rows:
        door.ui.table(table)
    else:
        door.ui.data("none")
