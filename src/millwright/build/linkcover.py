"""Which pairs of nodes have every cable of an InfiniBand fabric carry line rate, both ways.

The fabric's own forwarding tables say which cables a flow takes; pairs that are drawn by the nodes
alone may leave cables between switches idle for good. A cable counts as carried in the direction
in which a flow went; flows of one round share no direction of a cable, for two of them prove line
rate of neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.probes.dump_fts import Tables
from millwright.probes.ibnetdiscover import End, Fabric

Pair = tuple[str, str]
Port = tuple[str, int]
"""A port by its node's GUID and number; a direction of a cable is the port that sends into it."""
MOST_HOPS = 16


@dataclass(frozen=True, slots=True)
class Way:
    """Rounds of flows from one adapter of a node to one adapter of another: `mlx5_0`, `mlx5_3`."""

    source: str
    target: str
    rounds: tuple[tuple[Pair, ...], ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """What covers a fabric. `directions` counts what could be covered at all: cables between
    switches and those of the nodes, each twice; `uncovered` names what no flow takes. `unseen` are
    adapters of the design that the listing does not have."""

    ways: tuple[Way, ...]
    directions: int
    uncovered: tuple[str, ...]
    unseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Adapter:
    """An adapter of a node: its own port, and the port of the switch that it hangs on."""

    node: str
    port: Port
    at: Port
    lid: int


@dataclass(frozen=True, slots=True)
class _Path:
    """What a flow takes from a leaf on: directions of cables, the last one to the adapter."""

    target: _Adapter
    sends: tuple[Port, ...]


class _Routing:
    """A fabric and its tables: where a cable leads, and where a switch sends a LID."""

    def __init__(self, fabric: Fabric, tables: Tables) -> None:
        self.peer: dict[Port, End] = {}
        for link in fabric.links:
            self.peer[link.a.guid, link.a.port] = link.b
            self.peer[link.b.guid, link.b.port] = link.a
        self.names = {n.guid: n.description for n in (*fabric.switches, *fabric.adapters)}
        self.switches = frozenset(switch.guid for switch in fabric.switches)
        self.tables = {table.guid: table.ports for table in tables.switches}

    def path(self, leaf: str, target: _Adapter) -> _Path | None:
        """Return what the tables do with a flow at a leaf; None where it does not arrive."""
        at, sends = leaf, list[Port]()
        while len(sends) < MOST_HOPS:
            port = self.tables.get(at, {}).get(target.lid)
            if port is None or (at, port) not in self.peer:
                return None
            sends.append((at, port))
            end = self.peer[at, port]
            if (end.guid, end.port) == target.port:
                return _Path(target, tuple(sends))
            if end.guid not in self.switches:
                return None
            at = end.guid
        return None

    def told(self, port: Port) -> str:
        """Return a direction of a cable in words."""
        end = self.peer[port]
        return f"{self.names[port[0]]} port {port[1]} to {end.description} port {end.port}"


def schedule(fabric: Fabric, tables: Tables, nodes: Mapping[str, Sequence[str]]) -> Schedule:
    """Return flows between adapters of nodes that take every direction of every cable they can.

    `nodes` are those that take part, with their adapters (`mlx5_0`), known by what the fabric calls
    them: `NODE HCA`. Flows between like adapters come
    first, since jobs talk so; then those of each adapter to the next ones, as far as is needed.
    Rounds of few flows come last: other adapters may take the same cables many at a time.
    """
    routing = _Routing(fabric, tables)
    adapters = _adapters(routing, fabric, tables)
    hcas = tuple(dict.fromkeys(hca for own in nodes.values() for hca in own))
    wanted = [(hca, f"{node} {hca}") for node, own in nodes.items() for hca in own]
    known = {hca: [adapters[n] for h, n in wanted if h == hca and n in adapters] for hca in hcas}
    unseen = tuple(name for _, name in wanted if name not in adapters)
    own = {port for group in known.values() for a in group for port in (a.port, a.at)}
    trunks = {
        port
        for port, end in routing.peer.items()
        if port[0] in routing.switches and end.guid in routing.switches
    }
    left = own | trunks
    total, rounds = len(left), dict[tuple[str, str], list[tuple[Pair, ...]]]()
    for least in (max(1, len(nodes) // 8), 1):
        for source, target in _combinations(hcas) if left else ():
            found = _rounds(routing, (known[source], known[target]), left, least)
            rounds.setdefault((source, target), []).extend(found)
    ways = tuple(Way(*between, tuple(own)) for between, own in rounds.items() if own)
    return Schedule(ways, total, tuple(sorted(map(routing.told, left))), unseen)


def told_of(found: Schedule) -> str:
    """Return in words what no flow takes; nothing where all is covered."""
    few = "; ".join(found.uncovered[:3]) + ("; ..." if len(found.uncovered) > 3 else "")
    if not found.uncovered:
        return ""
    return (
        f"no flow between these nodes takes {len(found.uncovered)} of {found.directions} "
        f"directions of cables: {few}"
    )


def _combinations(hcas: Sequence[str]) -> Iterator[tuple[str, str]]:
    for apart in range(len(hcas)):
        yield from ((hca, hcas[(at + apart) % len(hcas)]) for at, hca in enumerate(hcas))


def _adapters(routing: _Routing, fabric: Fabric, tables: Tables) -> dict[str, _Adapter]:
    """Return adapters with one cable and one LID by their descriptions; those that share a
    description are nobody's."""
    lids: dict[str, list[int]] = {}
    for lid, words in tables.names.items():
        lids.setdefault(words, []).append(lid)
    found: dict[str, list[_Adapter]] = {}
    for node in fabric.adapters:
        words = node.description
        ends = [((node.guid, n), routing.peer.get((node.guid, n))) for n in range(node.ports + 1)]
        for port, end in ends:
            if end is not None and end.guid in routing.switches and len(lids.get(words, ())) == 1:
                adapter = _Adapter(words.split()[0], port, (end.guid, end.port), lids[words][0])
                found.setdefault(words, []).append(adapter)
    return {words: own[0] for words, own in found.items() if len(own) == 1}


def _rounds(
    routing: _Routing,
    ends: tuple[Sequence[_Adapter], Sequence[_Adapter]],
    left: set[Port],
    least: int,
) -> Iterator[tuple[Pair, ...]]:
    """Yield rounds of at least so many flows that bring something new, sources to targets.

    What they cover is taken out of `left`.
    """
    sources, targets = ends
    at_leaf: dict[str, list[_Adapter]] = {}
    for source in sources:
        at_leaf.setdefault(source.at[0], []).append(source)
    paths = {
        leaf: [path for target in targets if (path := routing.path(leaf, target)) is not None]
        for leaf in at_leaf
    }
    while len(flows := _round(at_leaf, paths, left)) >= least:
        left -= {port for source, path in flows for port in (source.port, *path.sends)}
        yield tuple((source.node, path.target.node) for source, path in flows)


def _round(
    at_leaf: Mapping[str, Sequence[_Adapter]], paths: Mapping[str, Sequence[_Path]], left: set[Port]
) -> list[tuple[_Adapter, _Path]]:
    """Return flows that share neither a node nor a direction of a cable, each with something new.

    Those with most that is new go first.
    """
    busy: set[str] = set()
    loaded: set[Port] = set()
    flows: list[tuple[_Adapter, _Path]] = []
    for leaf, path in _by_worth(paths, left):
        if path.target.node in busy or loaded & set(path.sends):
            continue
        source = _source(at_leaf[leaf], path, busy, left)
        if source is None:
            continue
        flows.append((source, path))
        busy |= {source.node, path.target.node}
        loaded.update(path.sends)
    return flows


def _by_worth(paths: Mapping[str, Iterable[_Path]], left: set[Port]) -> Iterator[tuple[str, _Path]]:
    worth = [
        (-len(left.intersection(path.sends)), leaf, at, path)
        for leaf, own in paths.items()
        for at, path in enumerate(own)
    ]
    yield from ((leaf, path) for _, leaf, _, path in sorted(worth, key=lambda each: each[:3]))


def _source(
    at_leaf: Sequence[_Adapter], path: _Path, busy: set[str], left: set[Port]
) -> _Adapter | None:
    """Return who is free at a leaf to send: whose own cable is new, if there is one such."""
    free = [a for a in at_leaf if a.node not in busy and a.node != path.target.node]
    fresh = next((a for a in free if a.port in left), None)
    if fresh is not None:
        return fresh
    return free[0] if free and not left.isdisjoint(path.sends) else None
