"""Listings of cables: what ibnetdiscover, iblinkinfo, LLDP or an as-built list say was seen."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from millwright.build.cablenames import canonical
from millwright.model.cabling import NO_LABEL, Box, Kind, Listing, SeenLink, Spot
from millwright.probes import ibnetdiscover
from millwright.probes.iblinkinfo import LinkedPort, Ports
from millwright.probes.lldpctl import Neighbour, Neighbours
from millwright.probes.reading import Problem, Reading

_SWITCH = re.compile(
    r"(?:MF0;)?(?P<host>[^:;]{1,120}?)(?::(?P<model>[^/]{1,40})(?:/(?P<module>[^/]{1,20}))?/U\d{1,3})?$"
)
_UNNAMED = re.compile(r"Mellanox Technologies|^MT\d+ |^Quantum|^(?:Infini|SwitchX|Switch-IB)")


def of_fabric(reading: Reading[ibnetdiscover.Fabric]) -> Listing:
    """Return the listing of a subnet: complete, but for what did not answer.

    The switches' own engines (aggregation nodes) are no cables and are left out.
    """
    fabric = reading.facts
    nodes = (*fabric.switches, *fabric.adapters, *fabric.routers)
    aggregation = {node.guid for node in nodes if node.aggregation}
    kinds: dict[str, Kind] = {node.guid: _kind(node.kind) for node in nodes}
    shared = _shared_hosts(fabric.adapters)
    links = []
    for link in fabric.links:
        if {link.a.guid, link.b.guid} & aggregation:
            continue
        spots = [_spot(end, kinds.get(end.guid, "host"), shared) for end in (link.a, link.b)]
        links.append(SeenLink(spots[0], spots[1], gbps=link.gbps))
    return Listing(
        links=links,
        ignored=len(fabric.links) - len(links),
        problems=_told(reading.problems),
        simulated=reading.simulated,
    )


def of_linkinfo(reading: Reading[Ports]) -> Listing:
    """Return the listing of all ports of a subnet, those without a link among them."""
    links: dict[frozenset[tuple[str, str]], SeenLink] = {}
    down: list[Spot] = []
    for port in reading.facts.ports:
        own = _linked(port.node, port.kind, port.port)
        if port.peer is None or port.peer_port is None or port.state.lower() != "active":
            down.append(own)
            continue
        kind = "Switch" if _switch_name(port.peer, reading.facts.ports) else "CA"
        peer = _linked(port.peer, kind, port.peer_port)
        key = frozenset(((own.unit, own.label), (peer.unit, peer.label)))
        links.setdefault(key, SeenLink(own, peer, gbps=port.gbps))
    problems = _told(reading.problems)
    return Listing(tuple(links.values()), down, problems=problems, simulated=reading.simulated)


def of_lldp(
    told: Mapping[str, Reading[Neighbours]], boxes: Mapping[str, Box], silent: Sequence[str] = ()
) -> Listing:
    """Return the listing of what hosts and switches hear, by who was asked.

    What no one of the two ends of a cable was asked about stays unknown; `silent` did not answer.
    """
    kinds = {canonical(name): box.kind for name, box in boxes.items()}
    ids: dict[str, set[str]] = defaultdict(set)
    for reading in told.values():
        for each in reading.facts.neighbours:
            if each.chassis and each.chassis_id:
                ids[canonical(each.chassis)].add(each.chassis_id)
    links: dict[frozenset[tuple[str, str]], SeenLink] = {}
    problems = [f"{host} did not answer" for host in silent]
    for host, reading in told.items():
        problems += [f"{host}: {problem}" for problem in _told(reading.problems)]
        unit = canonical(host)
        for each in reading.facts.neighbours:
            own = Spot(unit, kinds.get(unit, "host"), host, each.interface, host)
            peer = _neighbour(each, ids, kinds)
            key = frozenset(((own.unit, own.label), (peer.unit, peer.label)))
            links.setdefault(key, SeenLink(own, peer))
    return Listing(
        links=tuple(links.values()),
        reporters=frozenset(canonical(host) for host in told),
        problems=problems,
        simulated=any(reading.simulated for reading in told.values()),
    )


def of_rows(rows: Iterable[Mapping[str, str]], boxes: Mapping[str, Box]) -> Listing:
    """Return the listing of an as-built list: rows with the columns of the design's own list."""
    links = []
    for row in rows:
        spots = [
            Spot(device, boxes[device].kind if device in boxes else "host", device, port, device)
            for device, port in (
                (row["a_device"], row["a_port"]),
                (row["b_device"], row["b_port"]),
            )
        ]
        links.append(SeenLink(spots[0], spots[1], part_number=row.get("part_number") or None))
    return Listing(links)


def _told(problems: Iterable[Problem]) -> tuple[str, ...]:
    return tuple(
        f"line {problem.line}: {problem.message}" if problem.line else problem.message
        for problem in problems
    )


def _kind(word: str) -> Kind:
    return "switch" if word.lower() in ("switch", "router") else "host"


def _shared_hosts(adapters: Iterable[ibnetdiscover.Node]) -> set[str]:
    """Return host names under which one adapter stands twice: they are several hosts."""
    named = Counter(_adapter(node.description) for node in adapters if not node.aggregation)
    return {canonical(host) for (host, _), times in named.items() if host and times > 1}


def _adapter(description: str) -> tuple[str | None, str]:
    """Return the host and the adapter of a description (`gpu017 HCA-1`)."""
    words = description.replace("'", "").split()
    if not words or _UNNAMED.search(description):
        return None, NO_LABEL
    return words[0], " ".join(words[1:])


def _switch(description: str) -> str | None:
    """Return a switch's name; one chip of a director is named with its module."""
    found = _SWITCH.match(description.strip())
    if found is None or _UNNAMED.search(description):
        return None
    return f"{found['host']}/{found['module']}" if found["module"] else found["host"]


def _spot(end: ibnetdiscover.End, kind: Kind, shared: set[str]) -> Spot:
    if kind == "switch":
        return Spot(end.guid, kind, _switch(end.description), str(end.port), end.description)
    host, adapter = _adapter(end.description)
    label = NO_LABEL if host is None else f"{adapter}/{end.port}"
    alone = host is None or canonical(host) in shared
    unit = end.guid if alone or host is None else host
    return Spot(unit, kind, host, label, end.description)


def _linked(node: str, kind: str, port: int) -> Spot:
    if kind.lower() in ("switch", "router"):
        name = _switch(node)
        return Spot(name or node, "switch", name, str(port), node)
    host, adapter = _adapter(node)
    return Spot(host or node, "host", host, f"{adapter}/{port}" if host else NO_LABEL, node)


def _switch_name(peer: str, ports: Sequence[LinkedPort]) -> bool:
    return any(port.node == peer and port.kind.lower() == "switch" for port in ports)


def _neighbour(each: Neighbour, ids: Mapping[str, set[str]], kinds: Mapping[str, Kind]) -> Spot:
    """Return who is heard: several chassis under one name are told apart by their addresses."""
    label = each.port_id if each.port_id_kind != "mac" else each.port_description or each.port_id
    name = canonical(each.chassis) if each.chassis else None
    shared = name is not None and len(ids[name]) > 1
    unit = each.chassis_id if name is None or shared else name
    kind = kinds.get(name or "", "switch")
    said = each.chassis or each.chassis_id or each.interface
    return Spot(unit or said, kind, each.chassis, label or NO_LABEL, said)
