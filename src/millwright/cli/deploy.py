"""`deploy`: its commands in order of use, and here the first of them: trusting host keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli import (
    applying,
    bundle,
    cloud,
    deployment,
    deployreport,
    drills,
    export,
    handing,
    rollback,
    runs,
)
from millwright.cli.door import door_of, guarded
from millwright.cli.options import Json
from millwright.cli.reach import reach
from millwright.cli.trusting import Wish, leave, pinned_of, tell
from millwright.cli.wiring import workspace_of

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
                found += pinned_of(door, stage, Wish(yes or ca is not None, replace, ca), shell)
    if door.json:
        tell(door, found)
    leave(door, found, replace)


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
app.add_typer(cloud.app, name="cloud")
