"""Tells how roles came out on hosts: folded, with the cause where it is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from millwright.cli.door import Door
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit

if TYPE_CHECKING:
    from millwright.deploy.hands import Outcome
    from millwright.model.knownerror import KnownError


def known_here(door: Door) -> tuple[KnownError, ...]:
    """Return the known errors of this workspace."""
    from millwright.adapters.knownerrors import known_errors

    return known_errors(workspace_of(door).catalog_dir)


def tell_outcomes(door: Door, outcomes: Sequence[Outcome], *, simulated: bool) -> None:
    """Print outcomes: one document, or a line for hosts that came out alike."""
    from millwright.reports.deployment import outcome_lines

    known = known_here(door)
    told = [(o.role, o.host, o.verdict.standing, o.verdict.detail) for o in outcomes]
    if door.json:
        head = {"schema": "millwright.deploy-run/1", "simulated": simulated}
        door.ui.json({**head, "outcomes": [_document(each, known) for each in told]})
        return
    mark = "  SIMULATED" if simulated else ""
    door.ui.raw(f"{line}{mark}" for line in outcome_lines(told, known))


def _document(told: tuple[str, str, str, str], known: Sequence[KnownError]) -> dict[str, Any]:
    from millwright.model.knownerror import cause_of

    document: dict[str, Any] = dict(zip(("role", "host", "standing", "detail"), told, strict=True))
    cause = cause_of(told[3], known) if told[2] in ("failed", "unknown") else None
    if cause is not None:
        document |= {"cause": cause.name, "means": cause.means, "fix": cause.fix}
    return document


def leave(standings: set[str]) -> None:
    """End with the status that these standings come to."""
    if "failed" in standings:
        raise typer.Exit(int(Exit.NO))
    if "unknown" in standings:
        raise typer.Exit(int(Exit.UNANSWERED))
