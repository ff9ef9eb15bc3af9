"""`nv-fabricmanager --version`: which version drives the NVSwitches of a node."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.endings import not_understood, output
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "nv-fabricmanager"
_VERSION = re.compile(r"Fabric Manager version is\s*:\s*(?P<version>\d{1,4}(?:\.\d{1,4}){1,3})$")


@dataclass(frozen=True, slots=True)
class FabricManager:
    """Its version; a driver works with the very same one only."""

    version: str | None


def command() -> list[str]:
    """Return what to ask a node."""
    return ["nv-fabricmanager", "--version"]


def read(text: str) -> Reading[FabricManager]:
    """Return the version; an output that tells none, or two, is a problem."""
    told = output(text)
    problems = told.problems
    versions = set()
    for line in told.whole:
        words = line[1].strip()
        if found := _VERSION.match(words):
            versions.add(found["version"])
        elif words:
            problems.append(not_understood(line))
    if len(versions) != 1:
        problems.append(Problem("no version is told" if not versions else "two versions are told"))
    version = versions.pop() if len(versions) == 1 else None
    return Reading(TOOL, FabricManager(version), (), tuple(problems), is_simulated(text))
