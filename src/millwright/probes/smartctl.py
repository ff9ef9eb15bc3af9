"""`smartctl`: the health of SATA, SAS and NVMe drives, as text (-a, -x) or JSON (-j), and --scan.

An object that maps names to documents, as an archive of many drives gives it, is read as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from millwright.probes import smartctl_json, smartctl_text
from millwright.probes.json_node import Node, document
from millwright.probes.reading import Problem, Reading, is_simulated
from millwright.probes.smartctl_facts import Drive, Drives, measured

TOOL = "smartctl"


def command(device: str) -> list[str]:
    """Return what to ask a node about a drive, as root."""
    return ["smartctl", "-x", "-j", device]


def read(text: str) -> Reading[Drives]:
    """Return every drive; one that should tell its health and does not is a problem."""
    told = text.removeprefix("\ufeff").lstrip()
    if told.startswith("{") or "\n{" in told:
        tree, problems = document(text, expected=lambda node: bool(list(_documents(node))))
        drives = [each for one in _documents(tree) for each in smartctl_json.drives(one, problems)]
    else:
        drives, problems = smartctl_text.drives(text)
    problems += [_silent(drive) for drive in drives if not (drive.scanned or drive.health_told)]
    if not drives and not problems:
        problems.append(Problem("no drive is told"))
    measurements = tuple(found for drive in drives for found in measured(drive))
    return Reading(TOOL, Drives(tuple(drives)), measurements, tuple(problems), is_simulated(text))


def _silent(drive: Drive) -> Problem:
    return Problem(f"{drive.device or drive.serial or 'a drive'} does not tell its health")


def _documents(node: Node) -> Iterator[Node]:
    """Yield the documents of smartctl: this one, or the members of a mapping."""
    if smartctl_json.is_document(node):
        yield node
    else:
        yield from (each for _, each in node.members if smartctl_json.is_document(each))
