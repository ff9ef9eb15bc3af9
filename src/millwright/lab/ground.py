"""What a lab changes on the machine itself: limits, bridges, routes and packet rules.

Values that are overwritten are recorded first, on the disk, and put back when the last lab that
needs them goes. Everything else carries the lab's own name, so that it is found and removed
whether or not the call that made it lived to tell.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from ipaddress import ip_network
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.lab.home import STATE, put
from millwright.lab.plan import EDGE, LabPlan
from millwright.lab.tool import asked, tool

LEDGER = STATE / "limits.json"

LIMITS = {
    "fs.inotify.max_user_instances": 8192,
    "fs.inotify.max_user_watches": 524288,
    "kernel.keys.maxkeys": 2000,
    "kernel.keys.maxbytes": 200000,
    "net.ipv4.ip_forward": 1,
}
"""Limits of the machine that many booting hosts exhaust, and the least that serves them."""


def prepare(plan: LabPlan) -> None:
    """Lift limits, build the bridges and the rules; what is there already is left alone."""
    _check_networks(plan)
    _lift(plan.id)
    inner = None if plan.gateways else _gateway_of(plan.inband)
    _bridge(plan.bridge, inner)
    _keep_inside(plan.inband)
    if plan.gateways:
        _bridge(plan.edge_bridge, f"{EDGE[1]}/{EDGE.prefixlen}")
        _keep_inside(str(EDGE))
    _bridge(plan.bmc_bridge, None)
    for host in plan.hosts:
        if host.bmc:
            tool(["ip", "address", "replace", f"{host.bmc}/32", "dev", plan.bmc_bridge])
    if asked(["nft", "list", "table", "inet", plan.table]).returncode:
        tool(["nft", "-f", "-"], given=_rules(plan))


def clear(plan: LabPlan) -> None:
    """Undo everything that `prepare` did, whatever of it there is."""
    asked(["nft", "delete", "table", "inet", plan.table])
    asked(["nft", "delete", "table", "bridge", plan.table])
    for link in (plan.bridge, plan.edge_bridge, plan.bmc_bridge):
        if (Path("/sys/class/net") / link).exists():
            tool(["ip", "link", "delete", link])
    for net in (plan.inband, str(EDGE)):
        asked(["ip", "route", "delete", "unreachable", net, "metric", _METRIC])
    _lower(plan.id)


_METRIC = "4278198272"


def _gateway_of(network: str) -> str:
    net = ip_network(network)
    return f"{net[1]}/{net.prefixlen}"


def _check_networks(plan: LabPlan) -> None:
    """Refuse networks that the machine already knows a way to: the lab would cut it off."""
    ours = [ip_network(plan.inband), ip_network(plan.oob), *([EDGE] if plan.gateways else [])]
    for line in tool(["ip", "-4", "route", "show"]).splitlines():
        words = line.split()
        own = any(link in words for link in (plan.bridge, plan.edge_bridge, plan.bmc_bridge))
        if own or not words or words[0] in ("default", "unreachable"):
            continue
        there = ip_network(words[0], strict=False)
        for net in ours:
            if net.overlaps(there):
                raise MillwrightError(
                    f"the lab's network {net} overlaps {there}, which this machine uses",
                    hint="give the factory other `networks` (inband, oob) in factory.yaml",
                )


def _bridge(name: str, address: str | None) -> None:
    if not (Path("/sys/class/net") / name).exists():
        tool(["ip", "link", "add", name, "type", "bridge"])
    if address:
        tool(["ip", "address", "replace", address, "dev", name])
    tool(["ip", "link", "set", name, "up"])


def _keep_inside(network: str) -> None:
    """Let nothing for the lab leave the machine when the bridge is gone."""
    tool(["ip", "route", "replace", "unreachable", network, "metric", _METRIC])


def _rules(plan: LabPlan) -> str:
    """Return the packet rules: a way out for packages, and a set of hosts that hear nothing."""
    table = plan.table
    return f"""\
table inet {table} {{
  set unheard {{ type ipv4_addr; }}
  chain out {{
    type filter hook output priority 0;
    ip daddr @unheard drop
  }}
  chain forward {{
    type filter hook forward priority 0;
    ip daddr @unheard drop
    ip saddr @unheard drop
  }}
  chain nat {{
    type nat hook postrouting priority 100;
    ip saddr {plan.inband} ip daddr != {plan.inband} masquerade
    ip saddr {EDGE} ip daddr != {EDGE} masquerade
  }}
}}
table bridge {table} {{
  set unheard {{ type ipv4_addr; }}
  chain forward {{
    type filter hook forward priority 0;
    ip daddr @unheard drop
    ip saddr @unheard drop
  }}
}}
"""


def unheard(plan: LabPlan, address: str, silent: bool) -> None:
    """Drop every packet to and from a host, or let them through again."""
    verb = "add" if silent else "delete"
    for family in ("inet", "bridge"):
        words = ["nft", verb, "element", family, plan.table, "unheard", f"{{ {address} }}"]
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


def _lift(lab: str) -> None:
    ledger = _ledger()
    for name, least in LIMITS.items():
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
            _file_of(name).write_text(str(limit.was), encoding="ascii")
            del ledger[name]
    if ledger:
        _keep_ledger(ledger)
    else:
        LEDGER.unlink(missing_ok=True)


def _file_of(limit: str) -> Path:
    return Path("/proc/sys") / limit.replace(".", "/")
