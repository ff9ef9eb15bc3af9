"""Slurm: the tree or blocks of the fabric, and the lines of nodes and partitions.

What `deploy apply` gives its own controllers is made from the same values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from millwright.deploy.export.roster import is_host
from millwright.deploy.sections.slurm import Partition, SlurmNodes, partitions_of, slurm_nodes
from millwright.deploy.undeployable import Undeployable
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster
from millwright.model.exported import Data, Export, Lines, Unexportable, Unknown, head
from millwright.model.topology import Topology, topology

STATE = (
    "made as `deploy apply` makes it for Slurm 22.05 and 24.11; topology.yaml is for 25.05 and "
    "later and was read by none"
)


def slurm(cluster: Cluster, catalog: Catalog) -> Export:
    """Return topology.conf, topology.yaml and nodes.conf, which slurm.conf may include.

    Raises Unexportable where nothing computes, or nothing is known of it.
    """
    hosts = [device for device in cluster.devices if is_host(device)]
    names = tuple(device.name for device in hosts if device.role == "compute")
    if not names:
        raise Unexportable("there is no compute node to schedule")
    nodes, unknown = _nodes(cluster, catalog)
    files: list[Data | Lines] = []
    if nodes:
        rows = _node_lines(nodes, partitions_of(cluster, hosts))
        files.append(Lines("nodes.conf", (*_remarks(cluster, "Nodes"), *rows)))
    seen = topology(cluster, catalog, hosts)
    if seen.kind != "default":
        rows = _tree_lines(seen) if seen.kind == "tree" else _block_lines(seen)
        files.append(Lines("topology.conf", (*_remarks(cluster, "The fabric"), *rows)))
        files.append(Data("topology.yaml", _document(seen), _head(cluster, "The fabric")))
    if not files:
        raise Unexportable(
            "neither processors of nodes nor a fabric of their own are known",
            hint="; ".join(each.mend for each in unknown),
        )
    return Export("slurm", names, tuple(files), unknown, STATE)


def _head(cluster: Cluster, title: str) -> tuple[str, ...]:
    return head(f"{title} for Slurm", cluster.name, simulated=cluster.simulated, state=STATE)


def _remarks(cluster: Cluster, title: str) -> tuple[str, ...]:
    return tuple(f"# {line}" for line in _head(cluster, title))


def _nodes(
    cluster: Cluster, catalog: Catalog
) -> tuple[tuple[SlurmNodes, ...], tuple[Unknown, ...]]:
    """Return the nodes of each pool whose processors are known, and of whom they are not."""
    found, unknown = [], []
    for pool in cluster.pools:
        names = tuple(d.name for d in cluster.devices if d.pool == pool.name and is_host(d))
        try:
            found.append(slurm_nodes(pool, catalog, names))
        except Undeployable as error:
            unknown.append(Unknown("processors", names, error.message, error.hint))
    return tuple(found), tuple(unknown)


def _node_lines(nodes: tuple[SlurmNodes, ...], partitions: tuple[Partition, ...]) -> Iterator[str]:
    for node in nodes:
        words = [
            f"NodeName={node.names}",
            f"Sockets={node.sockets}",
            f"CoresPerSocket={node.cores_per_socket}",
            f"ThreadsPerCore={node.threads_per_core}",
            f"RealMemory={node.memory_mib}",
            f"Gres={node.gres}" if node.gres else "",
            "State=UNKNOWN",
        ]
        yield " ".join(word for word in words if word)
    known = {node.names for node in nodes}
    for each in partitions:
        if each.nodes in known:
            default = "YES" if each.default else "NO"
            yield (
                f"PartitionName={each.name} Nodes={each.nodes} Default={default} "
                "MaxTime=INFINITE State=UP"
            )


def _tree_lines(seen: Topology) -> Iterator[str]:
    for each in seen.switches:
        if each.stands_for:
            yield f"# {each.name} stands for {each.stands_for}"
        below = f"Nodes={each.nodes}" if each.nodes else f"Switches={each.switches}"
        yield f"SwitchName={each.name} {below}"


def _block_lines(seen: Topology) -> Iterator[str]:
    for each in seen.blocks:
        yield f"BlockName={each.name} Nodes={each.nodes}"
    yield f"BlockSizes={seen.block_size}"


def _document(seen: Topology) -> list[dict[str, Any]]:
    tree = {
        "topology": "fabric",
        "cluster_default": True,
        "tree": {
            "switches": [
                {"switch": each.name, "nodes": each.nodes}
                if each.nodes
                else {"switch": each.name, "children": each.switches}
                for each in seen.switches
            ]
        },
    }
    if not seen.blocks:
        return [tree]
    blocks = [{"block": each.name, "nodes": each.nodes} for each in seen.blocks]
    nvlink = {"block_sizes": [seen.block_size], "blocks": blocks}
    return [tree, {"topology": "nvlink", "cluster_default": False, "block": nvlink}]
