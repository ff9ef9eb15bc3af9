"""`iblinkinfo`: every port of the fabric, with its state and what it could do better."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "iblinkinfo"
_NODE = re.compile(r"(?P<kind>CA|Switch|Router): (?:(?P<guid>0x[0-9a-f]{16}) )?(?P<name>.*):$")
_PORT = re.compile(
    r"(?:(?P<guid>0x[0-9a-f]+) \"?.*?)?\s*(?P<lid>[0-9]+)\s+(?P<port>[0-9]+)\[[^]]*\] ==\(\s*"
    r"(?:(?P<width>[0-9]{1,2})X\s+(?P<lane>[0-9.]+) Gbps )?\s*"
    r"(?P<state>\w+)/\s*(?P<physical>\w+)\)==>\s+"
    r"(?:(?P<peer_lid>[0-9]+)\s+)?(?P<peer_port>[0-9]+)?\[[^]]*\] \"(?P<peer>.*)\" "
    r"\((?P<remark>.*)\)$"
)
_FAILURE = re.compile(r"ib(?:panic|warn|error|linkinfo)\b|\S+\.c:[0-9]+;")


@dataclass(frozen=True, slots=True)
class LinkedPort:
    """A port of a node. `could` is what the tool says that the link could do and does not."""

    node: str
    kind: str
    guid: str | None
    port: int
    state: str
    physical_state: str
    width: int | None
    gbps: float | None
    peer: str | None
    peer_port: int | None
    could: str | None


@dataclass(frozen=True, slots=True)
class Ports:
    """All ports that answered, in the order of the output."""

    ports: tuple[LinkedPort, ...]


def command() -> list[str]:
    """Return what to ask a node of the fabric."""
    return ["iblinkinfo"]


def read(text: str) -> Reading[Ports]:
    """Return every port; a line that is none, outside of the headings, is a problem."""
    told = output(text)
    ports: list[LinkedPort] = []
    problems = told.problems
    node: re.Match[str] | None = None
    lid: str | None = None
    for line in told.whole:
        words = line[1].strip()
        if found := _NODE.match(words):
            node, lid = found, None
        elif (found := _PORT.match(words)) and node and _fits(node, found, lid):
            lid = found["lid"]
            ports.append(_port(node, found))
        elif words:
            problems.append(_problem(line, words))
    if not ports:
        problems.append(Problem("no port is listed"))
    return Reading(TOOL, Ports(tuple(ports)), (), tuple(problems), is_simulated(text))


def _fits(node: re.Match[str], found: re.Match[str], lid: str | None) -> bool:
    """Return whether a port can be the node's: those of a switch share one lid and no GUID.

    Where a heading is lost, its ports stand below another node's.
    """
    if node["kind"] == "Switch":
        return found["guid"] is None and lid in (None, found["lid"])
    return found["guid"] is not None


def _problem(line: Line, words: str) -> Problem:
    return Problem(shown(words), line[0]) if _FAILURE.match(words) else not_understood(line)


def _port(node: re.Match[str], found: re.Match[str]) -> LinkedPort:
    lanes, lane = found["width"], number(found["lane"])
    return LinkedPort(
        node=node["name"],
        kind=node["kind"],
        guid=found["guid"] or node["guid"],
        port=int(found["port"][:9]),
        state=found["state"],
        physical_state=found["physical"],
        width=int(lanes) if lanes else None,
        gbps=lane * int(lanes) if lane is not None and lanes else None,
        peer=found["peer"] or None,
        peer_port=int(found["peer_port"][:9]) if found["peer_port"] else None,
        could=found["remark"].strip() or None,
    )
