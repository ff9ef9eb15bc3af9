"""`perfquery` and `perfquery -x`: the counters of InfiniBand ports."""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "perfquery"
_HEAD = re.compile(
    r"# Port (?P<extended>extended )?counters: Lid (?P<lid>[0-9]{1,6}) port (?P<port>[0-9]{1,4})\b"
)
_COUNTER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_]*):\.*(?P<value>0x[0-9a-fA-F]+|[0-9]{1,20})$")
_FAILURE = re.compile(r"perfquery\b|ib(?:panic|warn|error)\b|\S+\.c:[0-9]+;|mad_rpc")
_MEASURED = {
    "LinkDownedCounter": metrics.IB_LINK_DOWNED,
    "LinkErrorRecoveryCounter": metrics.IB_LINK_RECOVERIES,
    "SymbolErrorCounter": metrics.IB_SYMBOL_ERRORS,
    "PortRcvErrors": metrics.IB_RECEIVE_ERRORS,
    "PortXmitDiscards": metrics.IB_TRANSMIT_DISCARDS,
    "PortXmitWait": metrics.IB_TRANSMIT_WAIT,
}


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter. Data counters count words of four bytes, as the standard has them."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class PortCounters:
    """The counters of one port, or of all ports of a switch together (port 255).

    `lid`, and `port` perhaps, are None where the heading of the port is lost.
    """

    lid: int | None
    port: int | None
    extended: bool
    counters: tuple[Counter, ...]

    def value(self, name: str) -> int | None:
        """Return a counter's value; None where the port does not have it."""
        return next((each.value for each in self.counters if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Counters:
    """All ports of an output, in its order."""

    ports: tuple[PortCounters, ...]


@dataclass(slots=True)
class _Draft:
    lid: int | None
    port: int | None
    extended: bool
    counters: dict[str, int]


def command() -> list[str]:
    """Return what to ask a node about its own port."""
    return ["perfquery", "-x"]


def read(text: str) -> Reading[Counters]:
    """Return the counters of every port; counters whose heading is lost are measured for none."""
    told = output(text)
    drafts: list[_Draft] = []
    problems = told.problems
    for line in told.whole:
        _take(line, drafts, problems)
    if not drafts:
        problems.append(Problem("no port is told"))
    ports = tuple(
        PortCounters(each.lid, each.port, each.extended, _counters(each)) for each in drafts
    )
    measurements = tuple(found for port in ports for found in _measurements(port))
    return Reading(TOOL, Counters(ports), measurements, tuple(problems), is_simulated(text))


def _take(line: Line, drafts: list[_Draft], problems: list[Problem]) -> None:
    at, text = line[0], line[1].strip()
    if not text:
        return
    if found := _HEAD.match(text):
        drafts.append(_Draft(int(found["lid"]), int(found["port"]), bool(found["extended"]), {}))
    elif _FAILURE.match(text):
        problems.append(Problem(shown(text), at))
    elif (found := _COUNTER.match(text)) and drafts:
        _count(found, drafts, at, problems)
    else:
        problems.append(not_understood(line))


def _count(found: re.Match[str], drafts: list[_Draft], at: int, problems: list[Problem]) -> None:
    name, value = found["name"], int(found["value"], 0 if found["value"][:2] == "0x" else 10)
    port = drafts[-1]
    if (name, value) in list(port.counters.items())[-1:]:
        return
    # Where a heading is lost, what follows belongs to no port that was told.
    if name == "PortSelect" and value != port.port:
        problems.append(Problem(f"counters of port {value} stand under port {port.port}", at))
        drafts.append(_Draft(None, value, port.extended, {}))
    elif name in port.counters:
        problems.append(Problem(f"{name} stands a second time under port {port.port}", at))
        drafts.append(_Draft(None, None, port.extended, {}))
    drafts[-1].counters[name] = value


def _counters(draft: _Draft) -> tuple[Counter, ...]:
    return tuple(
        Counter(name, value) for name, value in draft.counters.items() if "Select" not in name
    )


def _measurements(port: PortCounters) -> list[Measurement]:
    if port.lid is None or port.port is None:
        return []
    return [
        _MEASURED[each.name].of(each.value, f"lid {port.lid}", port=port.port)
        for each in port.counters
        if each.name in _MEASURED
    ]
