"""Networks that the machine uses already, and whose they are: another lab's, or its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network

from millwright.errors import MillwrightError
from millwright.lab.home import Home
from millwright.lab.marks import FIRST_METRIC, PREFIXES
from millwright.lab.plan import EDGE, LabPlan
from millwright.lab.tool import tool

HINT = (
    "give the factory other networks in factory.yaml, such as networks: "
    "[{name: inband, cidr: 10.160.0.0/16}, {name: oob, cidr: 10.161.0.0/16}]"
)


CLOSED = ("unreachable", "blackhole", "prohibit", "throw")
"""Routes to nowhere: the machine uses nothing there, unless a lab keeps its own inside so."""


@dataclass(frozen=True, slots=True)
class Used:
    """A network in use; `lab` is the name of the lab that uses it, if one does."""

    network: IPv4Network
    lab: str | None


def check_networks(plan: LabPlan) -> None:
    """Refuse networks that the machine already knows a way to: the lab would cut it off.

    Changes nothing. Raises MillwrightError, which says whose they are.
    """
    ours = [ip_network(plan.inband), ip_network(plan.oob), *([EDGE] if plan.gateways else [])]
    for used in _used():
        for net in ours:
            if used.lab != plan.id and net.overlaps(used.network):
                raise _overlap(str(net), used)


def _overlap(ours: str, used: Used) -> MillwrightError:
    whose = "which this machine uses" if used.lab is None else _of_lab(used.lab)
    message = f"the lab's network {ours} overlaps {used.network}, {whose}"
    if ours == str(EDGE):
        return MillwrightError(message, hint="only one lab at a time has gateways")
    return MillwrightError(message, hint=HINT)


def _of_lab(lab: str) -> str:
    """Return whose lab it is, in words; the folder where its plan can be read."""
    with contextlib.suppress(MillwrightError):
        if (plan := Home(lab).plan()) is not None:
            return f"of another lab of millwright, the one of {plan.workspace}"
    return "of another lab of millwright"


def _used() -> Iterator[Used]:
    """Yield the networks of routes, and addresses such as those of BMCs."""
    for line in tool(["ip", "-4", "route", "show"]).splitlines():
        words = line.split()
        if not words or words[0] == "default":
            continue
        lab, closed = _lab_of(words), words[0] in CLOSED
        if lab or not closed:
            yield Used(IPv4Network(words[closed], strict=False), lab)
    for line in tool(["ip", "-4", "-o", "address", "show"]).splitlines():
        words = line.split()
        yield Used(IPv4Network(words[3], strict=False), _lab_of(words))


def _lab_of(words: list[str]) -> str | None:
    """Return the lab whose bridge or metric is among the words of a line."""
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word[:4] in PREFIXES:
            return word[4:]
        if word == "metric" and int(after) >= FIRST_METRIC:
            return f"{int(after) - FIRST_METRIC:06x}"
    return None
