"""The fabric as the scheduler sees it: who shares leaves, and who shares an NVLink domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from millwright.model.base import Frozen
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster, Device
from millwright.model.nodeset import folded

TOP = "fabric"


class TopologySwitch(Frozen):
    """A switch of the scheduler's tree; `stands_for` names the real ones, for a reader."""

    name: str
    nodes: str = ""
    switches: str = ""
    stands_for: str = ""


class TopologyBlock(Frozen):
    """Nodes of one NVLink domain: a rack that is one machine."""

    name: str
    nodes: str


class Topology(Frozen):
    """The tree, and the blocks where there are some.

    `default` where the design has no fabric to speak of, `block` where every node is in a block.
    """

    kind: Literal["default", "tree", "block"] = "default"
    switches: tuple[TopologySwitch, ...] = ()
    blocks: tuple[TopologyBlock, ...] = ()
    block_size: int = 0
    """How many nodes every block has at least."""


def topology(cluster: Cluster, catalog: Catalog, hosts: Sequence[Device]) -> Topology:
    """Return what the scheduler is told of the compute fabric.

    Nodes of a rail group meet on the same leaves, and are one switch of the tree; spines and cores
    join them all, since a design does not tell which of them a group prefers.
    """
    compute = [host for host in hosts if host.role == "compute"]
    leaves = [d for d in cluster.devices if d.role == "leaf" and d.fabric == "compute"]
    if not compute or not leaves:
        return Topology()
    switches = _tree(compute, leaves)
    blocks = _blocks(compute, catalog)
    whole = sum(len(nodes) for nodes in blocks.values()) == len(compute)
    return Topology(
        kind="block" if blocks and whole else "tree",
        switches=switches,
        blocks=tuple(TopologyBlock(name=n, nodes=folded(nodes)) for n, nodes in blocks.items()),
        block_size=min((len(nodes) for nodes in blocks.values()), default=0),
    )


Place = tuple[str | None, int | None]


def _tree(compute: Sequence[Device], leaves: Sequence[Device]) -> tuple[TopologySwitch, ...]:
    grouped = {(leaf.pool, leaf.group) for leaf in leaves if leaf.group is not None}
    nodes: dict[Place, list[str]] = {}
    for node in compute:
        place = (node.pool, node.group)
        nodes.setdefault(place if place in grouped else (None, None), []).append(node.name)
    if len(nodes) == 1:
        everybody = folded(node.name for node in compute)
        real = folded(leaf.name for leaf in leaves)
        return (TopologySwitch(name=TOP, nodes=everybody, stands_for=real),)
    below = [
        TopologySwitch(
            name=_name(place),
            nodes=folded(names),
            stands_for=folded(d.name for d in leaves if place in ((d.pool, d.group), FLAT)),
        )
        for place, names in nodes.items()
    ]
    children = folded(switch.name for switch in below)
    return (*below, TopologySwitch(name=TOP, switches=children))


FLAT: Place = (None, None)
"""Where nodes are that no rail group of the fabric holds."""


def _name(place: Place) -> str:
    pool, group = place
    return "others" if group is None else f"group-{pool}-{group}"


def _blocks(compute: Sequence[Device], catalog: Catalog) -> dict[str, list[str]]:
    blocks: dict[str, list[str]] = {}
    for node in compute:
        server = catalog.servers.get(node.model)
        if server is not None and server.rack_scale is not None and node.rack is not None:
            blocks.setdefault(node.rack, []).append(node.name)
    return blocks
