"""Host keys shown and pinned: the deliberate act before anything is asked of a node."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from millwright.cli.door import Door
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.adapters.hostkeys import HostKey
    from millwright.adapters.ssh import SshShell
    from millwright.model.reach import Route


@dataclass(frozen=True, slots=True)
class Wish:
    """What was said: to pin without asking, to replace, and who vouches."""

    yes: bool
    replace: bool
    ca: Path | None


def pinned_of(door: Door, routes: list[Route], wish: Wish, shell: SshShell) -> list[HostKey]:
    """Scan hosts, show what was found and pin what is wanted."""
    from millwright.adapters.hostcertificates import certified_by
    from millwright.adapters.hostkeys import pin, scan, shown_by

    workspace = workspace_of(door)
    show = certified_by(wish.ca, 10.0) if wish.ca else shown_by(shell, 10.0)
    found = scan(workspace, routes, show)
    wanted = [k for k in found if k.standing == "new" or (wish.replace and k.standing == "changed")]
    if door.json and wanted and not wish.yes:
        raise _unasked(len(wanted))
    if not door.json:
        tell(door, found)
    if wanted and not wish.yes:
        _confirm(door, len(wanted))
    if wanted:
        pin(workspace, wanted)
    door.ui.say(f"{len(wanted)} host keys pinned")
    return found


def tell(door: Door, found: list[HostKey]) -> None:
    """Show what hosts showed, and how that stands to what is pinned."""
    from millwright.reports.table import Table, left

    if door.json:
        keys = ("node", "address", "standing", "fingerprint", "was", "reason")
        told = [{key: getattr(host, key) for key in keys} for host in found]
        door.ui.json({"schema": "millwright.trust/1", "hosts": told})
        return
    rows = tuple(
        (host.node, host.address, host.standing, host.fingerprint or host.reason, host.was)
        for host in found
    )
    columns = left("node", "address", "standing", "fingerprint", "pinned")
    door.ui.table(Table("Host keys", columns, rows))


def _confirm(door: Door, count: int) -> None:
    if not sys.stdin.isatty():
        raise _unasked(count)
    if not typer.confirm(f"Pin {count} host keys?", err=True):
        door.ui.say("nothing was pinned")
        raise typer.Exit(int(Exit.NO))


def _unasked(count: int) -> MillwrightError:
    return MillwrightError(
        f"{count} host keys wait to be trusted", hint="compare the fingerprints, then say --yes"
    )


def leave(door: Door, found: list[HostKey], replace: bool) -> None:
    """Leave with a status where a key is another one, or a host showed none."""
    changed = [host.node for host in found if host.standing == "changed"]
    if changed and not replace:
        if not door.json:
            names = ", ".join(changed)
            door.ui.complain(f"the host keys of {names} are not the pinned ones: refused")
            door.ui.complain("  find out why; --replace pins the new ones")
        raise typer.Exit(int(Exit.NO))
    if any(host.standing == "uncertified" for host in found):
        raise typer.Exit(int(Exit.NO))
    if any(host.standing == "unreachable" for host in found):
        raise typer.Exit(int(Exit.UNANSWERED))
