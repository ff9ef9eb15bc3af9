"""The role that closes hosts: nothing listens, and nothing is let in, but what the table says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

from millwright.deploy.checks import PROVEN, Check, Verdict
from millwright.deploy.inputs import Inputs, NodeInputs
from millwright.deploy.role import Role, everywhere
from millwright.deploy.roles.firewallrules import rules_of, wanted_rules
from millwright.deploy.sections.ports import OpenPort

Listener = tuple[str, int, str]
"""Protocol, port, and the name of the process."""

SCAN = """\
import json, select, socket, sys, time
hosts = [each.split("=", 1) for each in sys.argv[1:]]
names = [name for name, _ in hosts]
own = socket.gethostname().split(".")[0]
name, address = hosts[(names.index(own) + 1) % len(hosts)]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
poll, asked, found = select.poll(), {}, []
def knock(port):
    each = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    each.connect_ex((address, port))
    asked[each.fileno()] = (each, port, time.monotonic() + 3.0)
    poll.register(each, select.POLLOUT)
def gather(wait_ms):
    for number, told in poll.poll(wait_ms):
        each, port, _ = asked.pop(number)
        poll.unregister(number)
        if not told & (select.POLLERR | select.POLLHUP) and not each.getsockopt(
            socket.SOL_SOCKET, socket.SO_ERROR
        ):
            found.append(port)
        each.close()
def give_up():
    for number, (each, _, end) in list(asked.items()):
        if end > time.monotonic():
            return
        poll.unregister(number)
        each.close()
        del asked[number]
ports = iter(range(1, 65536))
left = True
while left or asked:
    while left and len(asked) < 400:
        port = next(ports, None)
        left = port is not None
        if left:
            knock(port)
    gather(100)
    give_up()
json.dump({"host": name, "open": sorted(found)}, sys.stdout)
"""
"""What each host runs to scan its neighbour: every TCP port, one connection each."""


def _checks(host: str, inputs: Inputs) -> Sequence[Check]:
    node, inband = inputs.nodes[host], inputs.factory.networks["inband"]

    def listens(text: str) -> Verdict:
        return told(listeners(text), node.ports)

    def in_force(text: str) -> Verdict:
        return same_rules(text, node, inband)

    live = Check(("nft", "-j", "list", "table", "inet", "millwright"), in_force)
    heard = Check(("ss", "-Hltunp"), listens, 20.0)
    return (live, heard, *_scanned(host, inputs))


def _scanned(host: str, inputs: Inputs) -> Iterator[Check]:
    """Yield the scan from the neighbour before a host in the ring; one host alone has none."""
    names = list(inputs.nodes)
    at = names.index(host)
    if len(names) == 1:
        return
    ring = tuple(f"{name}={node.address}" for name, node in inputs.nodes.items())
    check = _scan(host, names[at - 1], ring, inputs)
    if len(names) > 2:
        other = names[at - 2]
        pair = tuple(f"{name}={inputs.nodes[name].address}" for name in (other, host))
        check = replace(check, instead=_scan(host, other, pair, inputs))
    yield check


def _scan(host: str, asker: str, ring: tuple[str, ...], inputs: Inputs) -> Check:
    """Return the scan of a host from the one that stands before it in a ring."""
    address = inputs.nodes[asker].address

    def judge(text: str) -> Verdict:
        try:
            found = json.loads(text)
            reached = frozenset(int(port) for port in found["open"])
        except (ValueError, KeyError, TypeError):
            return Verdict("unknown", f"{asker} did not tell what it found open")
        if found["host"] != host:
            return Verdict("unknown", f"{asker} scanned {found['host']}")
        return scanned(reached, inputs.nodes[host].ports, address, asker)

    return Check(("python3", "-Ic", SCAN, *ring), judge, asked=asker, command_s=120.0, turn=1)


def listeners(text: str) -> tuple[Listener, ...]:
    """Return who listens, as `ss -Hltunp` tells; who listens for the host itself is left out."""
    found: dict[tuple[str, int], str] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) < 6:
            continue
        address, _, port = words[4].rpartition(":")
        bare = address.strip("[]").partition("%")[0]
        if not port.isdigit() or (bare != "*" and ip_address(bare).is_loopback):
            continue
        process = line.partition('(("')[2].partition('"')[0]
        found.setdefault((words[0], int(port)), process)
    return tuple((protocol, port, name) for (protocol, port), name in found.items())


def told(found: Sequence[Listener], ports: Sequence[OpenPort]) -> Verdict:
    """Return the verdict of who listens: the table's listeners, no more and no less."""
    there = {(protocol, port) for protocol, port, _ in found}
    wrong = [
        f"{name or 'something'} listens at {protocol}/{port}, which the design does not have"
        for protocol, port, name in found
        if not any(p.protocol == protocol and p.first <= port <= p.last for p in ports)
    ]
    wrong += [
        f"nobody listens at {port.protocol}/{number} ({port.role})"
        for port in ports
        if port.listens
        for number in range(port.first, port.last + 1)
        if (port.protocol, number) not in there
    ]
    return Verdict("failed", "; ".join(wrong)) if wrong else PROVEN


def scanned(
    reached: frozenset[int], ports: Sequence[OpenPort], address: str, asker: str
) -> Verdict:
    """Return the verdict of a scan: open are the ports that the table opens for that address."""
    allowed = [port for port in ports if port.protocol == "tcp" and _lets(port, address)]
    wrong = [
        f"{asker} reaches tcp/{number}, which the design does not have"
        for number in sorted(reached)
        if not any(port.first <= number <= port.last for port in allowed)
    ]
    wrong += [
        f"{asker} does not reach tcp/{number} ({port.role})"
        for port in allowed
        if port.listens
        for number in range(port.first, port.last + 1)
        if number not in reached
    ]
    return Verdict("failed", "; ".join(wrong)) if wrong else PROVEN


def _lets(port: OpenPort, address: str) -> bool:
    networks = [ip_network(source, strict=False) for source in port.sources]
    return not networks or any(ip_address(address) in network for network in networks)


def same_rules(text: str, node: NodeInputs, inband: str) -> Verdict:
    """Return the verdict of the rules in force, as nft tells them in JSON."""
    try:
        found = rules_of(json.loads(text))
    except (ValueError, KeyError, TypeError):
        return Verdict("unknown", "nft did not tell its rules")
    wanted = wanted_rules(node.ports, node.forwards, inband)
    more = [rule for rule in found if rule not in wanted]
    less = [rule for rule in wanted if rule not in found]
    if more or less:
        words = [f"not of the design: {_short(more[0])}"] if more else []
        words += [f"missing: {_short(less[0])}"] if less else []
        return Verdict("failed", f"packet rules differ: {'; '.join(words)}")
    return PROVEN if found == wanted else Verdict("failed", "packet rules are in another order")


def _short(rule: Any) -> str:
    return json.dumps(rule)[:160]


FIREWALL = Role(
    "firewall",
    "cluster",
    everywhere,
    "closed but for the ports of the table",
    ("node.ports", "node.forwards", "factory.networks.inband"),
    _checks,
)
