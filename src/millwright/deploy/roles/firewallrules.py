"""Packet rules as nft tells them in JSON: what is in force, and what the table of ports wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from millwright.deploy.sections.ports import OpenPort

Rule = tuple[str, Any]
"""The chain that it stands in, and its expressions; a chain's own rule is its hook."""

NOISE = ("handle", "family", "table", "index")


def rules_of(document: Mapping[str, Any]) -> list[Rule]:
    """Return every rule of a listing, in order, without what differs from load to load."""
    found: list[Rule] = []
    for entry in document["nftables"]:
        if "chain" in entry:
            own = {k: v for k, v in entry["chain"].items() if k not in (*NOISE, "name")}
            found.append((entry["chain"]["name"], own))
        elif "rule" in entry:
            rule = entry["rule"]
            found.append((rule["chain"], [_settled(each) for each in rule["expr"]]))
        elif not {"table", "metainfo"} & entry.keys():
            found.append(("?", entry))
    return sorted(found, key=lambda rule: isinstance(rule[1], list))


def _settled(expression: Any) -> Any:
    """Return an expression as every nft tells it.

    It sorts lists of names by its own numbers, and calls a protocol by name where the host knows
    names of protocols.
    """
    match = expression.get("match") if isinstance(expression, dict) else None
    if not isinstance(match, dict):
        return expression
    right = match.get("right")
    if isinstance(right, list):
        return {"match": {**match, "right": sorted(right)}}
    if match.get("left") in (PROTOCOL_OF_IP, PROTOCOL):
        return {"match": {**match, "right": NUMBERS.get(right, right)}}
    return expression


PROTOCOL_OF_IP = {"payload": {"protocol": "ip", "field": "protocol"}}
PROTOCOL = {"meta": {"key": "l4proto"}}
NUMBERS: Mapping[Any, int] = {"icmp": 1, "tcp": 6, "ipv6-icmp": 58, "icmpv6": 58}


def wanted_rules(ports: Sequence[OpenPort], forwards: bool, inband: str) -> list[Rule]:
    """Return the rules that a host must have, as `rules_of` tells those that it has."""
    return [*_chains(forwards), *(("input", rule) for rule in _input(ports, inband))]


def _chains(forwards: bool) -> Iterator[Rule]:
    for hook, policy in (("input", "drop"), ("forward", "accept" if forwards else "drop")):
        yield hook, {"type": "filter", "hook": hook, "prio": 0, "policy": policy}


def _input(ports: Sequence[OpenPort], inband: str) -> Iterator[list[Any]]:
    accept = {"accept": None}
    state = _match({"ct": {"key": "state"}}, ["established", "related"], "in")
    yield [state, accept]
    yield [_match({"meta": {"key": "iifname"}}, "lo"), accept]
    yield [_match(PROTOCOL_OF_IP, 1), accept]
    yield [_match(PROTOCOL, 58), accept]
    for port in ports:
        to: Any = port.first if port.first == port.last else {"range": [port.first, port.last]}
        for source in port.sources or ("",):
            where = [_from(source)] if source else []
            yield [*where, _match(_field(port.protocol, "dport"), to), accept]
    over_tcp = _match(PROTOCOL, 6)
    yield [_from(inband), over_tcp, {"reject": {"type": "tcp reset"}}]


def _match(left: Any, right: Any, op: str = "==") -> Any:
    return {"match": {"op": op, "left": left, "right": right}}


def _field(protocol: str, field: str) -> Any:
    return {"payload": {"protocol": protocol, "field": field}}


def _from(source: str) -> Any:
    network = ip_network(source, strict=False)
    address = str(network.network_address)
    whole = network.prefixlen == network.max_prefixlen
    right = address if whole else {"prefix": {"addr": address, "len": network.prefixlen}}
    return _match(_field("ip6" if network.version == 6 else "ip", "saddr"), right)
