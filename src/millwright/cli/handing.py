"""`deploy secret`: takes what no program may draw, by standard input alone."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.wiring import workspace_of
from millwright.errors import MillwrightError

MOST_BYTES = 1024


@guarded
def secret(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Which: identity-bind.")],
) -> None:
    """Take a secret from standard input, and keep it encrypted among the workspace's own.

    Roles that lay it are done again by the next apply; none may be at work meanwhile.
    """
    from millwright.adapters.orderfile import alone
    from millwright.adapters.secretfiles import take
    from millwright.deploy.roles import ROLES

    door = door_of(context)
    laid = {role.name: s for role in ROLES for s in role.secrets if s.given and s.name == name}
    if not laid:
        known = ", ".join(sorted({s.name for role in ROLES for s in role.secrets if s.given}))
        raise MillwrightError(f"no role takes a secret {name[:40]!r}", hint=f"known: {known}")
    if sys.stdin.isatty():
        raise MillwrightError(
            "it is read from standard input, and would be seen on a terminal",
            hint=f"millwright deploy secret {name} < FILE",
        )
    content = sys.stdin.buffer.read(MOST_BYTES + 1).rstrip(b"\r\n")
    if len(content) > MOST_BYTES or not re.fullmatch(rb"[!-~]([ -~]*[!-~])?", content):
        raise MillwrightError(
            "that is no password",
            hint=f"one line of printable ASCII, at most {MOST_BYTES} letters, no blanks around",
        )
    workspace = workspace_of(door)
    # Marked before it is kept: nothing that stands on the old one is called proven at any time.
    with alone(workspace):
        again = _again(workspace.root, tuple(laid))
        take(workspace, name, content)
    told = "; deploy apply lays it anew" if again else ""
    door.ui.data(f"kept: {name}, encrypted{told}")


def _again(root: Path, roles: tuple[str, ...]) -> bool:
    """Have roles done again that laid what is no longer so; return whether there are any."""
    from contextlib import closing
    from dataclasses import replace
    from datetime import UTC, datetime

    from millwright.adapters.ledger import ledger_of

    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    detail = "its secret was handed over anew"
    with closing(ledger_of(root)) as ledger:
        stood = [
            replace(done, standing="unknown", at=at, detail=detail)
            for (_, role), done in ledger.rows().items()
            if role in roles
        ]
        if stood:
            ledger.put(*stood)
    return bool(stood)
