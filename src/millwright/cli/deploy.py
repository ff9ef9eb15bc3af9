"""`deploy`: its commands in order of use, and here the first of them: trusting host keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli import (
    applying,
    bundle,
    deployment,
    deployreport,
    drills,
    export,
    handing,
    rollback,
    runs,
)
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.reach import reach
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.adapters.hostkeys import HostKey
    from millwright.adapters.ssh import SshShell
    from millwright.model.reach import Route

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
    ca: Annotated[
        Path | None, typer.Option(help="Public key of an SSH authority that vouches for hosts.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the host keys of nodes and pin them; from then on no other key is accepted.

    Nodes behind a jump host are asked through it, once its own key is pinned.
    """
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.routes import known_nodes
    from millwright.adapters.ssh import SshShell
    from millwright.model.nodeset import chosen

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    routes = known_nodes(workspace).routes
    names = tuple(routes) if nodes is None else chosen(nodes, routes)
    asked = [routes[name] for name in names]
    found: list[HostKey] = []
    with SshShell(routes, known_hosts(workspace), None, door.root) as shell:
        for behind in (False, True):
            stage = [route for route in asked if bool(route.jump) is behind]
            if stage:
                found += _stage(door, stage, _Wish(yes or ca is not None, replace, ca), shell)
    if door.json:
        _tell(door, found)
    _leave(door, found, replace)


app.command(
    "reach",
    short_help="Prove that Ansible reaches nodes.",
    epilog="Example: millwright -C superpod deploy reach 'gpu[001-127]' --via runners",
)(reach)

for _name, _command, _told in (
    ("check", deployment.check, "Look whether hosts are ready."),
    ("plan", deployment.plan, "Show what has to be done."),
    ("apply", applying.apply, "Do it, each role proven."),
    ("resume", applying.resume, "Go on with a run that was ended."),
    ("status", deployment.status, "Show how roles stand."),
    ("verify", deployment.verify, "Prove all roles again."),
    ("runs", runs.runs, "List earlier runs."),
    ("replay", runs.replay, "Show an earlier run again."),
    ("rollback", rollback.rollback, "Put back the files that a run changed."),
    ("forget", runs.forget, "Take nodes out of the ledger."),
    ("secret", handing.secret, "Hand over a secret that nobody draws."),
    ("restore-drill", drills.restore_drill, "Try whether backups can be restored."),
):
    _words = {
        "replay": " 20260105T1000",
        "rollback": " 20260105T1000",
        "forget": " gpu128 --yes",
    }.get(_name, "")
    _example = f"Example: millwright -C site deploy {_name}{_words}"
    app.command(_name, short_help=_told, epilog=_example)(_command)


app.add_typer(export.app, name="export", short_help="Write the design for other tools.")
app.add_typer(bundle.app, name="bundle")
app.add_typer(deployreport.app, name="report")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was said: to pin without asking, to replace, and who vouches."""

    yes: bool
    replace: bool
    ca: Path | None


def _stage(door: Door, routes: list[Route], wish: _Wish, shell: SshShell) -> list[HostKey]:
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
        _tell(door, found)
    if wanted and not wish.yes:
        _confirm(door, len(wanted))
    if wanted:
        pin(workspace, wanted)
    door.ui.say(f"{len(wanted)} host keys pinned")
    return found


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
    if not typer.confirm(f"Pin {count} host keys?", err=True):
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
    if any(host.standing == "uncertified" for host in found):
        raise typer.Exit(int(Exit.NO))
    if any(host.standing == "unreachable" for host in found):
        raise typer.Exit(int(Exit.UNANSWERED))
