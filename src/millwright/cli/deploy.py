"""`deploy`: provisioning. What is built of it: trusting host keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.adapters.hostkeys import HostKey

app = typer.Typer(help="Provision a factory.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _deploy() -> None:
    """Provision a factory."""


@app.command(
    "trust",
    short_help="Pin the host keys of nodes.",
    epilog="Example: millwright -C superpod deploy trust 'gpu[001-127]'",
)
@guarded
def trust(
    context: typer.Context,
    nodes: Annotated[str | None, typer.Argument(help="A node set; all nodes if not said.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Pin new keys without asking.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also pin keys that differ from the pinned ones.")
    ] = False,
    json: Json = False,
) -> None:
    """Show the host keys of nodes and pin them; from then on no other key is accepted."""
    from millwright.adapters.hostkeys import pin, scan
    from millwright.adapters.routes import known_nodes
    from millwright.model.nodeset import chosen

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    routes = known_nodes(workspace).routes
    names = chosen(nodes, routes) if nodes else tuple(routes)
    found = scan(workspace, [routes[name] for name in names], timeout_s=10.0)
    wanted = [k for k in found if k.standing == "new" or (replace and k.standing == "changed")]
    if door.json and wanted and not yes:
        raise _unasked(len(wanted))
    _tell(door, found)
    if wanted and not yes:
        _confirm(door, len(wanted))
    pin(workspace, wanted)
    door.ui.say(f"{len(wanted)} host keys pinned")
    _leave(door, found, replace)


def _tell(door: Door, found: list[HostKey]) -> None:
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
    import sys

    if not sys.stdin.isatty():
        raise _unasked(count)
    if not typer.confirm(f"Pin these {count} keys?", err=True):
        door.ui.say("nothing was pinned")
        raise typer.Exit(int(Exit.NO))


def _unasked(count: int) -> MillwrightError:
    return MillwrightError(
        f"{count} host keys wait to be trusted", hint="compare the fingerprints, then say --yes"
    )


def _leave(door: Door, found: list[HostKey], replace: bool) -> None:
    changed = [host.node for host in found if host.standing == "changed"]
    if changed and not replace:
        if not door.json:
            names = ", ".join(changed)
            door.ui.complain(f"the host keys of {names} are not the pinned ones: refused")
            door.ui.complain("  find out why; --replace pins the new ones")
        raise typer.Exit(int(Exit.NO))
    if any(host.standing == "unreachable" for host in found):
        raise typer.Exit(int(Exit.UNANSWERED))
