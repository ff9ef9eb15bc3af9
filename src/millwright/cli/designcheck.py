"""`design check`: whether a spec is right, and whether it can be built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli import hardware
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import inputs_of
from millwright.errors import Exit, Infeasible

if TYPE_CHECKING:
    from collections.abc import Sequence

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
def check(
    context: typer.Context,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write it for a CI system too.")
    ] = None,
    json: Json = False,
) -> None:
    """Check the spec: every problem at once, and whether it can be built. Writes nothing else."""
    door = door_of(context, json=json)
    inputs = inputs_of(door)
    try:
        findings = hardware.designed(inputs).cluster.findings
        _for_ci(junit, inputs.read.factory.name, findings)
    except Infeasible as refusal:
        _for_ci(junit, inputs.read.factory.name, (_refusal(refusal),))
        _refused(door, refusal)
        raise typer.Exit(int(Exit.NO)) from None
    counts = {s: sum(f.severity == s for f in findings) for s in ("error", "warn", "info")}
    if door.json:
        _answer(door, findings, buildable=True)
        return
    tell_findings(door, findings)
    told = ", ".join(f"{count} {severity}" for severity, count in counts.items() if count)
    door.ui.data(f"{inputs.workspace.factory_file}: valid{f' ({told})' if told else ''}")


def _for_ci(path: Path | None, name: str, findings: Sequence[Finding]) -> None:
    from millwright.adapters.workspace import folder_of, writing
    from millwright.reports.findingsjunit import findings_junit

    if path is not None:
        text = findings_junit(name, findings).encode("utf-8", "replace")
        folder_of(path).replace_files({path: writing(text)})


def _refusal(refusal: Infeasible) -> Finding:
    from millwright.design.document import finding_of

    return finding_of(refusal)


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
