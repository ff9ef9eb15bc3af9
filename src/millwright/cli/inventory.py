"""Reads what a site holds: from its nodes over SSH, or from outputs that somebody recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from millwright.build.assets import assets_of
from millwright.cli.door import Door
from millwright.errors import MillwrightError
from millwright.model.asset import Assets
from millwright.ports import Answer, Limits, Shell
from millwright.probes import (
    dmidecode,
    fabric_manager,
    ibstat,
    ip_link,
    ipmitool,
    lsblk,
    nvidia_smi_xml,
)
from millwright.probes.reading import Reading
from millwright.probes.registry import named

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTIONS: Sequence[tuple[str, Sequence[str]]] = (
    (dmidecode.TOOL, dmidecode.command()),
    (nvidia_smi_xml.TOOL, nvidia_smi_xml.command()),
    (fabric_manager.TOOL, fabric_manager.command()),
    (ibstat.TOOL, ibstat.command()),
    (ip_link.TOOL, ip_link.command()),
    (lsblk.TOOL, lsblk.command()),
    (ipmitool.TOOL, ipmitool.command("lan", "print")),
    (ipmitool.TOOL, ipmitool.command("mc", "info")),
)
"""What every node is asked; two answers of one tool are read as one."""
_OPTIONAL = frozenset({fabric_manager.TOOL, ipmitool.TOOL, nvidia_smi_xml.TOOL, ibstat.TOOL})
"""Tools that a node without the hardware does not have: their absence is no news."""
_NOT_FOUND = 127
_LIMITS = Limits(command_s=60.0, output_bytes=16 << 20)


def recorded(path: Path, nodes: str | None = None) -> Assets:
    """Return what recorded outputs of these nodes hold: NODE/TOOL.txt in a folder or an archive.

    Other nodes' outputs are as if they were not there: neither their items nor their problems are
    told. Raises MillwrightError where no output is of a tool that is known.
    """
    from millwright.adapters.toolfile import read_recorded
    from millwright.model.nodeset import chosen

    readings: dict[str, dict[str, Reading[Any]]] = {}
    strangers: dict[str, list[str]] = {}
    for name, text in read_recorded(path).items():
        place = PurePosixPath(name)
        tool = named(place.stem)
        if tool is None or not place.parent.name:
            told = f"{name}: it is not NODE/TOOL of a tool that is known"
            strangers.setdefault(place.parent.name, []).append(told)
        else:
            readings.setdefault(place.parent.name, {})[tool.name] = tool.read(text)
    if not readings:
        raise MillwrightError(
            f"{path} holds no output of a tool that is known",
            hint="name files like gpu001/dmidecode.txt; `millwright read --list` shows tools",
        )
    wanted = set(chosen(nodes, readings)) if nodes is not None else {*readings, *strangers}
    return assets_of(
        {node: told for node, told in readings.items() if node in wanted},
        [told for node, own in strangers.items() if node in wanted for told in own],
    )


def kept(folder: Path) -> Assets:
    """Return what nodes told in an earlier run, from its evidence; no node is asked."""
    from millwright.adapters.keptanswers import answers_of

    by_command = {tuple(argv): tool for tool, argv in QUESTIONS}
    texts: dict[str, dict[str, str]] = {}
    silent = []
    for node, argv, ended, text in answers_of(folder):
        tool = by_command.get(argv)
        if tool is None or text is None:
            silent += [f"{node}: {ended}"] if text is None and ended == "lost" else []
            continue
        told = texts.setdefault(node, {})
        told[tool] = told.get(tool, "") + text
    return assets_of(_readings(texts), list(dict.fromkeys(silent)))


def _readings(texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, Reading[Any]]]:
    return {
        node: {tool: kind.read(text) for tool, text in told.items() if (kind := named(tool))}
        for node, told in texts.items()
    }


def asked(door: Door, nodes: str | None) -> Assets:
    """Return what nodes hold, each answer kept as evidence."""
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.recording import recorder
    from millwright.adapters.routes import known_nodes
    from millwright.adapters.ssh import SshShell
    from millwright.cli.wiring import workspace_of
    from millwright.model.nodeset import chosen

    workspace = workspace_of(door)
    known = known_nodes(workspace)
    names = tuple(known.routes) if nodes is None else chosen(nodes, known.routes)
    with (
        SshShell(known.routes, known_hosts(workspace), known.reach.become, door.root) as shell,
        recorder(workspace, "assets", simulated=known.simulated) as record,
    ):
        record.secrets = shell.secrets
        record.begin(("millwright", "build", "assets"), names)
        return ask(shell, names, record.keep)


def ask(shell: Shell, names: Sequence[str], keep: Callable[[Answer], object]) -> Assets:
    """Return what nodes hold; who could not be asked, and what failed, is said."""
    texts: dict[str, dict[str, str]] = {}
    silent: list[str] = []
    lost: set[str] = set()
    for tool, argv in QUESTIONS:
        for answer in shell.run([name for name in names if name not in lost], argv, _LIMITS):
            keep(answer)
            if answer.ended == "lost":
                lost.add(answer.node)
                silent.append(f"{answer.node} did not answer: {answer.reason}")
            elif answer.succeeded:
                told = texts.setdefault(answer.node, {})
                text = answer.stdout.decode("utf-8", "backslashreplace")
                told[tool] = told.get(tool, "") + text
            elif not (tool in _OPTIONAL and answer.exit_status == _NOT_FOUND):
                silent.append(f"{answer.node}: {tool}: {_why(answer)}")
    return assets_of(_readings(texts), silent)


def _why(answer: Answer) -> str:
    said = answer.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
    return (said[-1] if said else answer.reason or f"exit {answer.exit_status}")[:160]
