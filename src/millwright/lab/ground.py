"""What a lab changes on the machine itself: limits, bridges, routes and packet rules.

Values that are overwritten are recorded first, on the disk, and put back when the last lab that
needs them goes. Everything else carries the lab's own name, so that it is found and removed
whether or not the call that made it lived to tell.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from ipaddress import ip_network
from pathlib import Path

from millwright.lab.home import STATE, put
from millwright.lab.marks import Marks
from millwright.lab.plan import EDGE, LabPlan
from millwright.lab.rules import FAMILIES, rules
from millwright.lab.tool import asked, tool

LEDGER = STATE / "limits.json"

LIMITS = {
    "fs.inotify.max_user_instances": 8192,
    "fs.inotify.max_user_watches": 524288,
    "kernel.keys.maxkeys": 2000,
    "kernel.keys.maxbytes": 200000,
}
"""Limits of the machine that many booting hosts exhaust, and the least that serves them."""


def prepare(plan: LabPlan) -> None:
    """Lift limits, build the bridges and the rules; what is there already is left alone."""
    _lift(plan.id, {**LIMITS, **_ways_out()})
    marks = plan.marks
    _bridge(marks.bridge, None if plan.gateways else _gateway_of(plan.inband))
    _keep_inside(plan.inband, marks)
    if plan.gateways:
        _bridge(marks.edge_bridge, f"{EDGE[1]}/{EDGE.prefixlen}")
        _keep_inside(str(EDGE), marks)
    _bridge(marks.bmc_bridge, None)
    for host in plan.hosts:
        if host.bmc:
            tool(["ip", "address", "replace", f"{host.bmc}/32", "dev", marks.bmc_bridge])
    if any(asked(["nft", "list", "table", kind, marks.table]).returncode for kind in FAMILIES):
        tool(["nft", "-f", "-"], given=rules(plan, uplinks()))


def clear(marks: Marks) -> None:
    """Undo everything that `prepare` did, whatever of it there is."""
    for kind in FAMILIES:
        asked(["nft", "delete", "table", kind, marks.table])
    for bridge in marks.bridges:
        _remove(bridge)
    for line in tool(["ip", "-4", "route", "show", "type", "unreachable"]).splitlines():
        words = line.split()
        if words[-2:] == ["metric", marks.metric]:
            tool(["ip", "route", "delete", "unreachable", words[1], "metric", marks.metric])
    _lower(marks.lab)


def _ways_out() -> dict[str, int]:
    """Return what lets packets of hosts through the machine's own way to the world.

    Only the links that lead there are told to forward. `net.ipv4.ip_forward` would change every
    link of the machine, and switching it back would not bring back what they were set to.
    """
    return {_forwarding(link): 1 for link in uplinks()}


def uplinks() -> list[str]:
    """Return the links that lead from the machine to the world."""
    ways = (line.split() for line in tool(["ip", "-4", "route", "show", "default"]).splitlines())
    return sorted({way[way.index("dev") + 1] for way in ways if "dev" in way})


def _forwarding(link: str) -> str:
    return f"net.ipv4.conf.{link.replace('.', '/')}.forwarding"


def _remove(bridge: str) -> None:
    """Remove a bridge with the links on it; those would outlive their hosts for a moment."""
    place = Path("/sys/class/net") / bridge
    if not place.exists():
        return
    for link in os.listdir(place / "brif"):
        asked(["ip", "link", "delete", link])
    tool(["ip", "link", "delete", bridge])


def _gateway_of(network: str) -> str:
    net = ip_network(network)
    return f"{net[1]}/{net.prefixlen}"


def _bridge(name: str, address: str | None) -> None:
    if not (Path("/sys/class/net") / name).exists():
        tool(["ip", "link", "add", name, "type", "bridge"])
    if address:
        tool(["ip", "address", "replace", address, "dev", name])
    _file_of(_forwarding(name)).write_text("1", encoding="ascii")
    tool(["ip", "link", "set", name, "up"])


def _keep_inside(network: str, marks: Marks) -> None:
    """Let nothing for the lab leave the machine when the bridge is gone."""
    tool(["ip", "route", "replace", "unreachable", network, "metric", marks.metric])


def unheard(plan: LabPlan, address: str, silent: bool) -> None:
    """Drop every packet to and from a host, or let them through again."""
    verb = "add" if silent else "delete"
    for family in FAMILIES:
        words = ["nft", verb, "element", family, plan.marks.table, "unheard", f"{{ {address} }}"]
        (tool if silent else asked)(words)


@dataclass(slots=True)
class _Limit:
    """A limit that was lifted: what it was before the first lab, and which labs stand on it."""

    was: int
    labs: list[str]


def _ledger() -> dict[str, _Limit]:
    try:
        entries = json.loads(LEDGER.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {name: _Limit(**entry) for name, entry in entries.items()}


def _keep_ledger(ledger: dict[str, _Limit]) -> None:
    put(LEDGER, json.dumps({n: asdict(limit) for n, limit in ledger.items()}, indent=1) + "\n")


def _lift(lab: str, wanted: Mapping[str, int]) -> None:
    ledger = _ledger()
    for name, least in wanted.items():
        file = _file_of(name)
        now = int(file.read_text(encoding="ascii"))
        limit = ledger.setdefault(name, _Limit(now, []))
        limit.labs = sorted({*limit.labs, lab})
        _keep_ledger(ledger)
        if now < least:
            file.write_text(str(least), encoding="ascii")


def _lower(lab: str) -> None:
    """Put back what was overwritten, unless another lab stands on it."""
    ledger = _ledger()
    for name, limit in list(ledger.items()):
        limit.labs = [other for other in limit.labs if other != lab]
        if not limit.labs:
            with contextlib.suppress(FileNotFoundError):
                _file_of(name).write_text(str(limit.was), encoding="ascii")
            del ledger[name]
    if ledger:
        _keep_ledger(ledger)
    else:
        LEDGER.unlink(missing_ok=True)


def _file_of(limit: str) -> Path:
    """Return a limit's file; a dot within a link's name is a slash there, as sysctl writes it."""
    return Path("/proc/sys") / limit.translate(str.maketrans("./", "/."))
