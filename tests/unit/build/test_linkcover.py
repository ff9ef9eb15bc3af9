"""Flows that cover the cables of a fabric, checked by a tracer of the test's own."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from millwright.build.linkcover import Schedule, schedule, told_of
from millwright.probes.dump_fts import Table, Tables
from millwright.probes.ibnetdiscover import End, Fabric, Link, Node

HCAS = ("mlx5_0", "mlx5_1")


def switch(guid: str) -> Node:
    return Node("switch", guid, guid, 64, None, None, None, None, False)


def adapter(guid: str) -> Node:
    return Node("ca", guid, guid, 1, None, None, None, None, False)


@dataclass
class Pod:
    """Leaves of one rail each, spines above all of them, and tables drawn by a seed."""

    nodes: int
    spines: int
    seed: int
    links: list[Link] = field(default_factory=list)
    tables: dict[str, dict[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        draw = random.Random(self.seed)
        for rail, hca in enumerate(HCAS):
            for n in range(1, self.nodes + 1):
                self._cable((f"gpu{n} {hca}", 1), (f"leaf{rail}", n))
            for spine in range(self.spines):
                self._cable((f"leaf{rail}", 40 + spine), (f"spine{spine}", 1 + rail))
        for lid, (n, rail) in enumerate(self._ends(), start=1):
            for other in range(len(HCAS)):
                up = 40 + draw.randrange(self.spines)
                self.tables.setdefault(f"leaf{other}", {})[lid] = n if other == rail else up
            for spine in range(self.spines):
                self.tables.setdefault(f"spine{spine}", {})[lid] = 1 + rail

    def _ends(self) -> list[tuple[int, int]]:
        return [(n, rail) for n in range(1, self.nodes + 1) for rail in range(len(HCAS))]

    def _cable(self, a: tuple[str, int], b: tuple[str, int]) -> None:
        ends = (End(a[0], a[0], a[1]), End(b[0], b[0], b[1]))
        self.links.append(Link(*ends, 4, "NDR", 400.0, True))

    def covered(self) -> Schedule:
        spines = [switch(f"spine{n}") for n in range(self.spines)]
        leaves = [switch(f"leaf{n}") for n in range(len(HCAS))]
        names = {lid: f"gpu{n} {HCAS[rail]}" for lid, (n, rail) in enumerate(self._ends(), start=1)}
        fabric = Fabric(
            (*spines, *leaves), tuple(map(adapter, names.values())), (), tuple(self.links), None
        )
        tables = Tables(tuple(Table(g, g, ports) for g, ports in self.tables.items()), names)
        nodes = {f"gpu{n}": HCAS for n in range(1, self.nodes + 1)}
        return schedule(fabric, tables, nodes)

    def trace(self, source: tuple[int, int], target: tuple[int, int]) -> set[tuple[str, int]]:
        """Return the ports that send on the way from one (node, rail) to another."""
        lid = self._ends().index(target) + 1
        sends = {(f"gpu{source[0]} {HCAS[source[1]]}", 1)}
        at = f"leaf{source[1]}"
        while True:
            port = self.tables[at][lid]
            sends.add((at, port))
            if at == f"leaf{target[1]}" and port == target[0]:
                return sends
            at = f"leaf{port - 1}" if at.startswith("spine") else f"spine{port - 40}"


@given(st.integers(2, 9), st.integers(1, 4), st.integers(0, 1000))
def test_flows_of_a_round_share_nothing_and_all_that_can_be_is_covered(
    nodes: int, spines: int, seed: int
) -> None:
    pod = Pod(nodes, spines, seed)
    found = pod.covered()
    carried: set[tuple[str, int]] = set()
    for way in found.ways:
        rails = (HCAS.index(way.source), HCAS.index(way.target))
        for flows in way.rounds:
            taken = [name for pair in flows for name in pair]
            assert len(taken) == len(set(taken))
            sends = [
                port
                for a, b in flows
                for port in pod.trace((int(a[3:]), rails[0]), (int(b[3:]), rails[1]))
            ]
            assert len(sends) == len(set(sends))
            carried |= set(sends)
    ends = pod._ends()
    possible = {port for a in ends for b in ends if a[0] != b[0] for port in pod.trace(a, b)}
    assert carried == possible
    assert found.directions == 2 * len(pod.links)
    assert len(found.uncovered) == found.directions - len(possible)
    assert found.unseen == ()


def test_what_no_flow_takes_is_told_by_its_ends() -> None:
    pod = Pod(4, 2, 3)
    for leaf in ("leaf0", "leaf1"):
        pod.tables[leaf] = {lid: min(port, 40) for lid, port in pod.tables[leaf].items()}
    told = told_of(pod.covered())
    assert told.startswith("no flow between these nodes takes 4 of 24 directions of cables: ")
    assert "leaf0 port 41 to spine1 port 1" in told


def test_an_adapter_that_the_listing_lacks_is_unseen() -> None:
    pod = Pod(3, 1, 0)
    pod.links = [link for link in pod.links if link.a.guid != "gpu2 mlx5_1"]
    assert pod.covered().unseen == ("gpu2 mlx5_1",)


def test_a_loop_of_tables_ends_nowhere() -> None:
    pod = Pod(3, 1, 0)
    pod.tables["spine0"] = dict.fromkeys(pod.tables["spine0"], 1)
    found = pod.covered()
    assert "spine0 port 2 to leaf1 port 40" in found.uncovered
