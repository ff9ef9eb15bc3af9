"""`design check`: whether a spec is right, and whether it can be built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from millwright.cli import hardware
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import inputs_of
from millwright.errors import Exit, Infeasible

if TYPE_CHECKING:
    from millwright.model.finding import Finding

CHECK = "millwright.check/1"


def attach(app: typer.Typer) -> None:
    """Give the phase its verb."""
    app.command(
        "check",
        short_help="Check the spec and whether it can be built.",
        epilog="Example: millwright -C superpod design check",
    )(check)


@guarded
def check(context: typer.Context, json: Json = False) -> None:
    """Check the spec: every problem at once, and whether it can be built. Writes nothing."""
    door = door_of(context, json=json)
    inputs = inputs_of(door)
    try:
        findings = hardware.designed(inputs).cluster.findings
    except Infeasible as refusal:
        _refused(door, refusal)
        raise typer.Exit(int(Exit.NO)) from None
    counts = {s: sum(f.severity == s for f in findings) for s in ("error", "warn", "info")}
    if door.json:
        _answer(door, findings, buildable=True)
        return
    tell_findings(door, findings)
    told = ", ".join(f"{count} {severity}" for severity, count in counts.items() if count)
    door.ui.data(f"{inputs.workspace.factory_file}: valid{f' ({told})' if told else ''}")


def _answer(door: Door, findings: tuple[Finding, ...], *, buildable: bool) -> None:
    dumped = [finding.model_dump(mode="json") for finding in findings]
    door.ui.json({"schema": CHECK, "valid": True, "buildable": buildable, "findings": dumped})


def _refused(door: Door, refusal: Infeasible) -> None:
    from millwright.design.document import finding_of

    if door.json:
        _answer(door, (finding_of(refusal),), buildable=False)
    else:
        tell_refusal(door, refusal)


def tell_refusal(door: Door, refusal: Infeasible) -> None:
    """Say why a spec cannot be built: rule, place, reason, and what would do."""
    door.ui.complain(f"{refusal.rule}  {refusal.where}: {refusal.message}")
    if refusal.hint:
        door.ui.complain(f"  {refusal.hint}")


def tell_findings(door: Door, findings: tuple[Finding, ...]) -> None:
    """Say what a design has to say about itself, the gravest first."""
    from millwright.reports.summary import folded

    order = {"error": 0, "warn": 1, "info": 2}
    for finding in sorted(folded(findings), key=lambda f: (order[f.severity], f.rule)):
        door.ui.say(f"{finding.severity}  {finding.rule}  {finding.where}: {finding.message}")
        if finding.hint:
            door.ui.say(f"      {finding.hint}")
