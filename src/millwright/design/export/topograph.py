"""NVIDIA topograph: a model of the fabric, as its own simulated providers load it.

Three maps: switches with what hangs below them, nodes, and the domains that share NVLink. A switch
has one parent there, so that a rail group is one switch, as it is for a scheduler.
"""

from __future__ import annotations

from typing import Any

from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster
from millwright.model.exported import Data, Export, Unexportable, head
from millwright.model.nodeset import expanded
from millwright.model.topology import topology


def topograph(cluster: Cluster, catalog: Catalog) -> Export:
    """Return `model.yaml`. Raises Unexportable where nothing computes, or on no fabric."""
    compute = [device for device in cluster.devices if device.role == "compute"]
    seen = topology(cluster, catalog, compute)
    if not seen.switches:
        raise Unexportable("there is no compute fabric whose nodes could be placed")
    types = {pool.name: pool.server for pool in cluster.pools}
    blocks = {name: each.name for each in seen.blocks for name in expanded(each.nodes)}
    value: dict[str, Any] = {
        "switches": {
            each.name: (
                {"nodes": [*_split(each.nodes)]}
                if each.nodes
                else {"switches": list(expanded(each.switches))}
            )
            for each in reversed(seen.switches)
        },
        "nodes": {
            device.name: _node(types.get(device.pool or "", device.model), blocks.get(device.name))
            for device in compute
        },
    }
    if seen.blocks:
        value["capacity_blocks"] = {
            each.name: {"nodes": [*_split(each.nodes)], "attributes": {"nvlink": each.name}}
            for each in seen.blocks
        }
    about = head("Model for topograph", cluster.name, simulated=cluster.simulated)
    names = tuple(device.name for device in compute)
    return Export("topograph", names, (Data("model.yaml", value, about),), ())


def _split(nodes: str) -> tuple[str, ...]:
    """Return the terms of a node set: it knows ranges, and no commas between brackets."""
    terms = nodes.split(",")
    plain = all(term.count("[") == term.count("]") for term in terms)
    return tuple(terms) if plain else expanded(nodes)


def _node(server: str, block: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {"type": server}
    if block is not None:
        found |= {"capacity_block": block, "attributes": {"nvlink": block}}
    return found
