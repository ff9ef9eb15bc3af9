"""`ibnetdiscover`: the InfiniBand fabric as the subnet sees it, every link once with both ends.

A link stands at both of its ends in the output; what only one end says is kept, unconfirmed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.ibrates import WIDTH_AND_SPEED, gbps
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "ibnetdiscover"
_NODE = re.compile(
    r"(?P<kind>Switch|Ca|Rt)\s+(?P<ports>[0-9]{1,4})\s+\"(?P<name>[^\"]+)\"\s+#\s+\"(?P<words>.*)\""
    r"(?:.* lid (?P<lid>[0-9]{1,6}))?"
)
_PORT = re.compile(
    r"\[(?P<port>[0-9]{1,4})\](?:\[ext [0-9]+\])?(?:\((?P<guid>[0-9a-f]+)\))?\s+"
    r"\"(?P<peer>[^\"]+)\"\[(?P<peer_port>[0-9]{1,4})\](?:\[ext [0-9]+\])?"
    r"(?:\((?P<peer_guid>[0-9a-f]+)\))?\s+#\s+(?:lid [0-9]+ lmc [0-9]+ )?"
    r"\"(?P<words>.*)\" lid [0-9]+ " + WIDTH_AND_SPEED + r"(?=\s|$)"
)
_ID = re.compile(r"(?P<key>vendid|devid|sysimgguid)=(?P<value>0x[0-9a-f]+)$")
_KNOWN = re.compile(r"#|(?:switch|ca|rt|chassis)guid=|(?:Chassis|Spine|Line|DR path|Non-Chassis)\b")
_GENERATED = re.compile(r"# Topology file: generated on (?P<when>.+)$")
_FAILURE = re.compile(r"ib(?:panic|warn|error|netdiscover)\b|\S+\.c:[0-9]+;|\bcommand not found")
_KINDS = {"Switch": "switch", "Ca": "ca", "Rt": "router"}
_AGGREGATION = "Aggregation Node"


@dataclass(frozen=True, slots=True)
class Node:
    """A switch, a channel adapter (`ca`) or a router; `aggregation` is a switch's SHARP engine."""

    kind: str
    guid: str
    description: str
    ports: int
    lid: int | None
    vendor_id: str | None
    device_id: str | None
    system_guid: str | None
    aggregation: bool


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link: a port of a node."""

    guid: str
    description: str
    port: int


@dataclass(frozen=True, slots=True)
class Link:
    """A cable that carries: `width` lanes of `speed` (`NDR`), `gbps` together.

    `confirmed` where both ends say the same; a speed on which they differ is None.
    """

    a: End
    b: End
    width: int | None
    speed: str | None
    gbps: float | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Fabric:
    """All that answered. Aggregation nodes are adapters whose `aggregation` is true."""

    switches: tuple[Node, ...]
    adapters: tuple[Node, ...]
    routers: tuple[Node, ...]
    links: tuple[Link, ...]
    generated: str | None


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one port's line says: where it leads, and how fast."""

    line: int
    peer: End
    width: int
    speed: str


Ends = dict[tuple[str, int], _Claim]


def command() -> list[str]:
    """Return what to ask a node of the fabric."""
    return ["ibnetdiscover"]


def read(text: str) -> Reading[Fabric]:
    """Return nodes and links; a port whose peer is missing or says otherwise is a problem."""
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    problems = lines.problems + told.problems
    links = tuple(_links(lines.nodes, lines.claims, problems))
    if not lines.nodes:
        problems.append(Problem("no node is listed"))
    nodes = lines.nodes.values()
    fabric = Fabric(
        switches=tuple(node for node in nodes if node.kind == "switch"),
        adapters=tuple(node for node in nodes if node.kind == "ca"),
        routers=tuple(node for node in nodes if node.kind == "router"),
        links=links,
        generated=lines.generated,
    )
    return Reading(TOOL, fabric, (), tuple(problems), is_simulated(text))


def by_description(fabric: Fabric) -> Mapping[str, tuple[Link, ...]]:
    """Return the links of every node by its description; nodes that share one share the list."""
    found: dict[str, list[Link]] = {}
    for link in fabric.links:
        for name in {link.a.description, link.b.description}:
            found.setdefault(name, []).append(link)
    return {name: tuple(links) for name, links in found.items()}


class _Lines:
    """Sorts port lines under the node that they follow."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.claims: Ends = {}
        self.problems: list[Problem] = []
        self.generated: str | None = None
        self._ids: dict[str, str] = {}
        self._node: Node | None = None

    def take(self, line: Line) -> None:
        """Read one line; port lines first, because nearly all lines are."""
        at, text = line
        if text.startswith("["):
            self._port(line, text)
        elif not text:
            self._node = None
        elif found := _NODE.match(text):
            self._open(at, found)
        elif found := _ID.match(text):
            # A node begins: should its own line be lost, its ports are not those of the last one.
            self._ids[found["key"]], self._node = found["value"], None
        elif found := _GENERATED.match(text):
            self.generated = found["when"]
        elif _FAILURE.match(text):
            self.problems.append(Problem(shown(text), at))
        elif not _KNOWN.match(text):
            self.problems.append(not_understood(line))

    def _open(self, at: int, found: re.Match[str]) -> None:
        guid = found["name"].partition("-")[2]
        node = Node(
            kind=_KINDS[found["kind"]],
            guid=guid,
            description=found["words"],
            ports=int(found["ports"]),
            lid=int(found["lid"]) if found["lid"] else None,
            vendor_id=self._ids.get("vendid"),
            device_id=self._ids.get("devid"),
            system_guid=self._ids.get("sysimgguid"),
            aggregation=found["kind"] == "Ca" and found["words"].endswith(_AGGREGATION),
        )
        self._ids = {}
        if guid in self.nodes:
            self.problems.append(Problem(f"node {guid} is listed twice", at))
        self.nodes[guid] = self._node = node

    def _port(self, line: Line, text: str) -> None:
        found = _PORT.match(text)
        if found is None or self._node is None:
            self.problems.append(not_understood(line))
            return
        end = (self._node.guid, int(found["port"]))
        peer = End(found["peer"].partition("-")[2], found["words"], int(found["peer_port"]))
        claim = _Claim(line[0], peer, int(found["width"]), found["speed"])
        if end in self.claims:
            self.problems.append(Problem(f"port {end[1]} of {end[0]} is listed twice", line[0]))
        else:
            self.claims[end] = claim


def _links(nodes: Mapping[str, Node], claims: Ends, problems: list[Problem]) -> list[Link]:
    """Return each link once, in the order of first mention, and append what does not agree."""
    links = []
    for (guid, port), claim in claims.items():
        peer = (claim.peer.guid, claim.peer.port)
        back = claims.get(peer)
        own = End(guid, nodes[guid].description, port)
        where = f"port {port} of {own.description}"
        if back is None:
            problems.append(Problem(f"{where}: its peer does not confirm the link", claim.line))
            links.append(_link(own, claim, None))
        elif (back.peer.guid, back.peer.port) != (guid, port):
            problems.append(Problem(f"{where}: its peer leads elsewhere", claim.line))
        elif back.line >= claim.line:
            if (claim.width, claim.speed) != (back.width, back.speed):
                problems.append(Problem(f"{where}: its ends differ in speed", claim.line))
            links.append(_link(own, claim, back))
    return links


def _link(own: End, claim: _Claim, back: _Claim | None) -> Link:
    agreed = back is None or (claim.width, claim.speed) == (back.width, back.speed)
    return Link(
        a=own,
        b=claim.peer,
        width=claim.width if agreed else None,
        speed=claim.speed if agreed else None,
        gbps=gbps(claim.width, claim.speed) if agreed else None,
        confirmed=back is not None,
    )
