"""`lab`: a simulated cluster of real hosts on this machine, for rehearsals, training and tests."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.lab.boot import HostState
    from millwright.lab.faults import Kind, Place
    from millwright.lab.plan import LabPlan

app = typer.Typer(
    help="Run a simulated cluster of real hosts on this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def _lab() -> None:
    """Run a simulated cluster of real hosts on this machine."""


@app.command(
    "up",
    short_help="Boot the lab; what runs already is left alone.",
    epilog="Example: millwright -C mylab lab up --nodes 8",
)
@guarded
def up(
    context: typer.Context,
    nodes: Annotated[
        int | None, typer.Option(min=1, max=64, help="GPU nodes of a lab that begins here.")
    ] = None,
    os_name: Annotated[
        str | None, typer.Option("--os", help="debian-12 or debian-13; the spec's if not said.")
    ] = None,
    bare: Annotated[
        bool | None,
        typer.Option("--bare/--no-bare", help="Hosts without drivers, as installers leave them."),
    ] = None,
    gateways: Annotated[
        int | None, typer.Option(min=0, max=8, help="Put the nodes on a network behind gateways.")
    ] = None,
    json: Json = False,
) -> None:
    """Boot the lab of a workspace; in a folder without a factory.yaml, begin one.

    Every host is a real Debian machine with systemd and SSH; accelerators are simulated. Host keys
    are made here, and pinned. A lab comes up as it was unless --os, --bare or --gateways differ.
    """
    from millwright.lab import boot
    from millwright.lab.begin import ready, trust_own
    from millwright.lab.needs import check_machine
    from millwright.lab.wishes import Wished

    door = door_of(context, json=json)
    check_machine()
    lab = ready(workspace_of(door), Wished(nodes, os_name, bare, gateways), door.ui.say)
    _forget_former(door, boot.new(lab.plan))
    try:
        states = boot.up(lab, door.ui.say)
    except KeyboardInterrupt:
        door.ui.say(f"what was begun runs on; this ends it: {_command(door, 'down')}")
        raise
    trust_own(workspace_of(door), lab.plan)
    _show(door, lab.plan, states)
    door.ui.say(f"next: millwright -C {door.root} deploy apply")
    _leave(states)


def _forget_former(door: Door, hosts: Sequence[str]) -> None:
    from millwright.cli.former import forget

    if count := forget(door.root, hosts):
        door.ui.say(f"forgotten: what stood on {count} hosts of an earlier lab")


@app.command(
    "status",
    short_help="Show hosts, power and faults.",
    epilog="Example: millwright -C mylab lab status",
)
@guarded
def status(context: typer.Context, json: Json = False) -> None:
    """Show the hosts of the lab, whether they run and answer, and their faults."""
    from millwright.lab import boot

    door = door_of(context, json=json)
    plan = _plan(door)
    states = boot.states(plan)
    _show(door, plan, states)
    _leave(states)


@app.command("down", epilog="Example: millwright -C mylab lab down")
@guarded
def down(context: typer.Context, json: Json = False) -> None:
    """Stop the lab and leave the machine as it was."""
    from millwright.lab import boot
    from millwright.lab.plan import lab_id

    door = door_of(context, json=json)
    lab = lab_id(door.root)
    stood = boot.stands(lab)
    stopped = boot.down(lab, door.ui.say)
    if door.json:
        door.ui.json({"schema": "millwright.lab-down/1", "stopped": stopped})
    elif not stood:
        door.ui.data(f"no lab was up in {door.root}")
    else:
        door.ui.data(f"the lab is down: {stopped} hosts stopped, the machine is as it was")


@app.command("shell", epilog="Example: millwright -C mylab lab shell gpu3 -- nvidia-smi -L")
@guarded
def shell(
    context: typer.Context,
    node: Annotated[str, typer.Argument(help="A host of the lab.")],
    command: Annotated[
        list[str] | None, typer.Argument(help="After --: a command; a login shell if not said.")
    ] = None,
) -> None:
    """Open a host's console: works without network, keys or trust."""
    from millwright.lab import host
    from millwright.lab.needs import SEARCHED, check_machine

    door = door_of(context)
    check_machine()
    plan = _plan(door)
    words = host.entry(plan, plan.host(node).name)
    terminal = f"TERM={os.environ.get('TERM', 'dumb')}"
    words = [*words, terminal, *(command or ["bash", "--login"])]
    os.execvpe(words[0], words, {**os.environ, "PATH": SEARCHED})


@app.command(
    "break",
    short_help="Do faults to hosts.",
    epilog="Example: millwright -C mylab lab break gpu3 xid:79",
)
@guarded
def break_(
    context: typer.Context,
    nodes: Annotated[str | None, typer.Argument(help="A node set, such as gpu[1-3].")] = None,
    faults: Annotated[
        list[str] | None, typer.Argument(help="Such as xid:79 or link-down:mlx5_2.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the faults.")] = False,
    json: Json = False,
) -> None:
    """Do faults to hosts of the lab, so that finding and repairing them can be rehearsed."""
    from millwright.lab.breaking import break_, check, read_fault
    from millwright.lab.faults import KINDS

    door = door_of(context, json=json)
    if listed:
        _show_kinds(door, KINDS)
        return
    if not nodes or not faults:
        raise MillwrightError("say hosts and faults", hint="`lab break --list` shows the faults")
    wanted = [read_fault(words) for words in faults]
    places = _places(door, nodes)
    for place in places:
        check(place, wanted)
    done = [(p.host.name, fault.id, break_(p, fault)) for p in places for fault in wanted]
    _show_acts(door, "broken", done)


@app.command("heal", epilog="Example: millwright -C mylab lab heal gpu3")
@guarded
def heal_(
    context: typer.Context,
    nodes: Annotated[str, typer.Argument(help="A node set, such as gpu[1-3].")],
    fault: Annotated[str | None, typer.Argument(help="The fault; all of them if not said.")] = None,
    json: Json = False,
) -> None:
    """Undo faults, power included."""
    from millwright.lab.breaking import heal

    door = door_of(context, json=json)
    done = [
        (place.host.name, undone.id, True)
        for place in _places(door, nodes)
        for undone in heal(place, fault)
    ]
    _show_acts(door, "healed", done)


def _places(door: Door, nodes: str) -> list[Place]:
    from millwright.lab.faults import Place
    from millwright.lab.home import Home
    from millwright.lab.needs import check_machine
    from millwright.model.nodeset import chosen

    check_machine()
    plan = _plan(door)
    names = chosen(nodes, {host.name: None for host in plan.hosts})
    return [Place(Home(plan.id), plan, plan.host(name)) for name in names]


def _show_acts(door: Door, verb: str, done: list[tuple[str, str, bool]]) -> None:
    if door.json:
        acts = [{"host": h, "fault": f, "changed": c} for h, f, c in done]
        door.ui.json({"schema": "millwright.lab-faults/1", "simulated": True, verb: acts})
        return
    for host, fault, changed in done:
        door.ui.data(f"{host}  {fault}  {verb if changed else 'had it already'}  SIMULATED")
    if not done:
        door.ui.data("nothing to heal")


def _show_kinds(door: Door, kinds: Sequence[Kind]) -> None:
    from millwright.lab.report import kinds_document, kinds_table

    if door.json:
        door.ui.json(kinds_document(kinds))
        return
    door.ui.table(kinds_table(kinds))


def _plan(door: Door) -> LabPlan:
    """Return the plan of the workspace's lab. Raises MillwrightError where none is up."""
    from millwright.lab.home import Home
    from millwright.lab.plan import lab_id

    plan = Home(lab_id(door.root)).plan()
    if plan is None:
        begun = workspace_of(door).factory_file.exists()
        hint = _command(door, "up", *([] if begun else ["--nodes", "4"]))
        raise MillwrightError(f"no lab is up in {door.root}", hint=hint)
    return plan


def _command(door: Door, *words: str) -> str:
    """Return a command of `lab` for the folder that was named, as it was named."""
    return shlex.join(["millwright", "-C", str(door.root), "lab", *words])


def _show(door: Door, plan: LabPlan, states: list[HostState]) -> None:
    from millwright.lab.report import lab_document, lab_table

    if door.json:
        door.ui.json(lab_document(plan, states))
        return
    door.ui.table(lab_table(plan, states))


def _leave(states: list[HostState]) -> None:
    if not all(state.answers for state in states):
        raise typer.Exit(int(Exit.UNANSWERED))
