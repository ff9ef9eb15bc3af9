"""`manage`: day 2. Running a command on nodes; each further subject has a module of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli import (
    managecomply,
    managedetect,
    managedrift,
    managedrill,
    managegrow,
    managehealth,
    manageincident,
    managemodels,
    manageremedy,
    managereport,
    managerules,
    managerunbook,
    managesimulate,
    manageslo,
    managetune,
    manageupdate,
    managewatch,
    managewindow,
)
from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import ground_of, workspace_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millwright.adapters.routes import Known
    from millwright.adapters.ssh import SshShell
    from millwright.ports import Answer, Limits, Shell

app = typer.Typer(help="Run and watch a factory.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(manageremedy.app, name="remedy")
app.add_typer(manageincident.app, name="incident")
app.add_typer(managedrift.app, name="drift")
app.add_typer(manageupdate.app, name="update")
app.add_typer(managegrow.app, name="grow")
app.add_typer(managedrill.app, name="drill")
app.add_typer(managemodels.app, name="models")
app.add_typer(managecomply.app, name="comply")


app.add_typer(managetune.app, name="tune")


app.command("runbook", short_help="Write runbooks of faults.")(managerunbook.runbook)


@app.callback()
def _manage() -> None:
    """Run and watch a factory."""


app.command("health", epilog="Example: millwright manage health 'gpu[001-127]'")(
    managehealth.health
)
app.command("status", epilog="Example: millwright manage status --json")(managehealth.status)
app.command("watch", epilog="Example: millwright manage watch --every 30")(managewatch.watch)
app.add_typer(managewindow.app, name="window")


@app.command(
    "exec",
    short_help="Run a command on nodes.",
    epilog="Example: millwright -C superpod manage exec 'gpu[001-127]' -- nvidia-smi -L",
)
@guarded
def exec_(
    context: typer.Context,
    nodes: Annotated[str, typer.Argument(help="A node set, such as gpu[001-127],mgmt-1.")],
    command: Annotated[list[str], typer.Argument(help="After --: the command and its words.")],
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for the command.")] = 60.0,
    run_timeout: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds for all nodes together.")
    ] = None,
    via: Annotated[
        str | None, typer.Option(help="direct or tree; by the number of nodes if not said.")
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Do not fold answers that differ in UUIDs only.")
    ] = False,
    json: Json = False,
) -> None:
    """Run a command on nodes; every answer is kept as evidence before it is shown."""
    from millwright.adapters.routes import known_nodes
    from millwright.model.nodeset import chosen
    from millwright.ports import Limits
    from millwright.reports.answers import worst

    door = door_of(context, json=json)
    known = known_nodes(workspace_of(door))
    order = Order(chosen(nodes, known.routes), command, Limits(timeout, run_timeout), via, exact)
    answers = _asked(door, known, order)
    raise typer.Exit(int(worst(answers)))


@dataclass(frozen=True, slots=True)
class Order:
    """What was said on the command line, read."""

    nodes: Sequence[str]
    argv: Sequence[str]
    limits: Limits
    via: str | None
    exact: bool


def _asked(door: Door, known: Known, order: Order) -> list[Answer]:
    """Ask, keep and show; an interrupt shows what was answered until then."""
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.recording import recorder
    from millwright.adapters.ssh import SshShell

    workspace = workspace_of(door)
    answers: list[Answer] = []
    with SshShell(known.routes, known_hosts(workspace), known.reach.become, door.root) as direct:
        shell = _by(order, known, direct, door)
        with recorder(workspace, "exec", simulated=known.simulated) as record:
            record.secrets = direct.secrets
            record.begin(order.argv, order.nodes)
            try:
                for answer in shell.run(order.nodes, order.argv, order.limits):
                    record.keep(answer)
                    answers.append(answer)
            except KeyboardInterrupt:
                if not door.json:
                    _show(door, answers, (record.folder.name, known.simulated), order.exact)
                raise
    _show(door, answers, (record.folder.name, known.simulated), order.exact)
    return answers


def _by(order: Order, known: Known, direct: SshShell, door: Door) -> Shell:
    """Return the shell that is asked for, or that suits the number of nodes."""
    via, count = order.via, len(order.nodes)
    if via not in (None, "direct", "tree"):
        raise MillwrightError(f"--via takes direct or tree, not {via!r}")
    tree = known.reach.tree
    if via == "direct" or (via is None and (tree is None or count < tree.from_nodes)):
        return direct
    from millwright.adapters.tree import TreeShell

    return TreeShell(ground_of(door, known), direct)


def _show(door: Door, answers: list[Answer], run: tuple[str, bool], exact: bool) -> None:
    from millwright.reports.answers import exec_document, grouped

    name, simulated = run
    if door.json:
        door.ui.json(exec_document(answers, name, simulated=simulated))
        return
    for group in grouped(answers, exact=exact):
        mark = "  SIMULATED" if simulated or group.simulated else ""
        alike = "  alike but for UUIDs" if group.alike else ""
        door.ui.heading(f"{group.nodes} ({group.count})  {group.ended}{alike}{mark}")
        for line in group.text.splitlines():
            door.ui.data(f"  {line}")
    door.ui.detail(f"evidence: runs/{name}")


app.command("detect", short_help="Find what degrades, in telemetry.")(managedetect.detect)
app.command("simulate", short_help="Try it on SIMULATED telemetry.")(managesimulate.simulate)
app.command("score", short_help="Hold findings against what was planted.")(managesimulate.score)
app.command("report", short_help="What every GPU-hour became.")(managereport.report)
app.command("rules", short_help="Write alerts and dashboards.")(managerules.rules)
app.command("slo", short_help="Hold tiers to what was promised.")(manageslo.slo)
