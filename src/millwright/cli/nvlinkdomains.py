"""`build cables --format nvlink`: the NVLink domains that GPUs name, against the racks planned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import typer

from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.cli.door import Door
    from millwright.model.nvlinkdomain import Joined
    from millwright.probes.nvidia_smi_gpu import Machine
    from millwright.probes.reading import Reading


def compare_nvlink(door: Door, observed: Path | None) -> None:
    """Compare domains as recorded (NODE/nvidia-smi-xml.txt) or as every node tells them now.

    Ends with 1 where a node is in no domain or in another one than planned, with 3 where nodes
    said nothing. Raises MillwrightError where the design has no rack that is one machine.
    """
    from millwright.adapters.artefacts import check_fresh, read_cluster
    from millwright.build.domains import compare_domains, planned_domains
    from millwright.cli.wiring import inputs_of
    from millwright.reports.domains import domain_lines, domains_document

    inputs = inputs_of(door)
    cluster = read_cluster(inputs.workspace, check_fresh(inputs.workspace, inputs.lock()))
    plan = planned_domains(cluster, inputs.loaded.catalog)
    if not plan:
        raise MillwrightError(
            "the design has no rack that is one NVLink domain",
            hint="inside a server, `build run` measures NVLink itself",
        )
    wanted = tuple(node for nodes in plan.values() for node in nodes)
    told = _asked(door, wanted) if observed is None else _recorded(observed)
    seen = {node: _joined(reading) for node, reading in told.items()}
    problems = [f"{node}: {problem.message}" for node, r in told.items() for problem in r.problems]
    simulated = any(reading.simulated for reading in told.values())
    found = compare_domains(plan, seen)
    if door.json:
        door.ui.json(domains_document(found, problems, simulated=simulated))
    else:
        door.ui.raw(domain_lines(found, simulated=simulated))
        for problem in problems[:20]:
            door.ui.complain(f"problem: {problem}")
    if found.findings:
        raise typer.Exit(int(Exit.NO))
    if found.not_observed or problems:
        raise typer.Exit(int(Exit.UNANSWERED))


def _joined(reading: Reading[Machine]) -> tuple[Joined, ...]:
    """Return what each GPU says of its fabric; a lost GPU says nothing, which is not joined."""
    from millwright.model.nvlinkdomain import Joined

    return tuple(
        Joined(g.index, g.fabric.cluster_uuid, g.fabric.clique, g.fabric.state, g.fabric.ailments)
        for g in reading.facts.gpus
    )


def _recorded(path: Path) -> Mapping[str, Reading[Machine]]:
    from millwright.adapters.toolfile import read_recorded
    from millwright.probes import nvidia_smi_xml
    from millwright.probes.registry import named

    found: dict[str, Reading[Machine]] = {}
    for name, text in read_recorded(path).items():
        place = PurePosixPath(name)
        tool = named(place.stem)
        if tool is not None and tool.name == nvidia_smi_xml.TOOL and place.parent.name:
            found[place.parent.name] = nvidia_smi_xml.read(text)
    if not found:
        raise MillwrightError(
            f"{path} holds no output of `nvidia-smi -q -x`",
            hint="name files like gpu001/nvidia-smi-xml.txt",
        )
    return found


def _asked(door: Door, wanted: tuple[str, ...]) -> Mapping[str, Reading[Machine]]:
    """Ask the nodes of rack-scale machines; each answer is kept before it is read."""
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.recording import recorder
    from millwright.adapters.routes import known_nodes
    from millwright.adapters.ssh import SshShell
    from millwright.cli.wiring import workspace_of
    from millwright.ports import Limits
    from millwright.probes import nvidia_smi_xml

    workspace = workspace_of(door)
    known = known_nodes(workspace)
    nodes = tuple(node for node in wanted if node in known.routes)
    found: dict[str, Reading[Machine]] = {}
    with (
        SshShell(known.routes, known_hosts(workspace), known.reach.become, door.root) as shell,
        recorder(workspace, "cables", simulated=known.simulated) as record,
    ):
        record.secrets = shell.secrets
        record.begin(("millwright", "build", "cables", "--format", "nvlink"), nodes)
        limits = Limits(output_bytes=16 << 20)
        for answer in shell.run(nodes, nvidia_smi_xml.command(), limits):
            record.keep(answer)
            if answer.succeeded:
                text = answer.stdout.decode("utf-8", "backslashreplace")
                found[answer.node] = nvidia_smi_xml.read(text)
    return found
