"""A node as the catalogue describes servers: one that is known, or an entry of what it told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from millwright.manage.assess.draft import in_order
from millwright.model.assessment import NodeSeen
from millwright.model.catalog import Catalog, Gpu, Server

ADOPTED = "adopted"
"""The source that values of a node's own tools have in the site's catalogue."""


def known_server(node: NodeSeen, catalog: Catalog) -> Server | None:
    """Return the server of the catalogue that a node says it is, with as many GPUs."""
    told = _letters(node.model)
    for server in catalog.servers.values():
        alike = told and told in (_letters(server.name), _letters(server.title))
        if alike and server.gpu_count.value == len(node.gpus):
            return server
    return None


def _letters(text: str | None) -> str:
    return re.sub(r"[^a-z0-9]", "", (text or "").lower())


def known_gpu(node: NodeSeen, catalog: Catalog) -> Gpu | None:
    """Return the accelerator of the catalogue whose name and memory are those of a node's."""
    seen = next((gpu for gpu in node.gpus if gpu.model and not gpu.lost), None)
    if seen is None or seen.memory_mib is None:
        return None
    words = set(re.findall(r"[a-z0-9]+", (seen.model or "").lower()))
    size = seen.memory_mib * 1.048576e-3
    fitting = [
        gpu
        for gpu in catalog.gpus.values()
        if gpu.name.split("-")[0] in words and abs(gpu.memory_gb.value - size) < 0.1 * size
    ]
    return fitting[0] if fitting else None


def body(name: str, node: NodeSeen, height_u: int) -> dict[str, Any]:
    """Return what servers and appliances have in common, as far as nodes tell it."""
    maker = " ".join(filter(None, (node.vendor, node.model))) or "not told by the node"
    guess = "UNKNOWN: nodes do not tell how high they are"
    return {
        "name": name,
        "title": maker[:200],
        "vendor": (node.vendor or "")[:200],
        "source": ADOPTED,
        "confidence": "measured",
        "height_u": {"value": height_u, "source": ADOPTED, "confidence": "estimate", "note": guess},
    }


def server_of(name: str, node: NodeSeen, catalog: Catalog, gaps: list[str]) -> dict[str, Any]:
    """Return a node as an entry of the site's catalogue; what it does not tell goes to `gaps`."""
    gpu = known_gpu(node, catalog)
    entry = body(name, node, 8 if len(node.gpus) > 4 else 2)
    entry["gpu_count"] = len(node.gpus)
    if gpu is not None:
        entry["gpu"] = gpu.name
    elif node.gpus:
        gaps.append(f"{node.gpus[0].model}: the catalogue does not know this accelerator")
    if node.sockets and node.processors and node.memory_mib:
        threads = node.threads_per_core or 1
        entry["host"] = {
            "sockets": node.sockets,
            "cores_per_socket": max(1, node.processors // node.sockets // threads),
            "threads_per_core": threads,
            "memory_mib": node.memory_mib,
        }
    entry["ports"] = [*_rails(node), *hosts_ports(node)]
    gaps.append(f"{name}: height, power, weight and connectors are UNKNOWN or guessed")
    return entry


def _rails(node: NodeSeen) -> Iterator[dict[str, Any]]:
    """Yield the fabric adapters as ports of the compute fabric, a rail each."""
    for at, each in enumerate(sorted(node.adapters, key=lambda a: in_order(a.name))):
        rate = each.rate_gbps or max((a.rate_gbps or 0 for a in node.adapters), default=0)
        if rate:
            rail: dict[str, Any] = {"rail": at + 1}
            if at < len(node.gpus) and len(node.adapters) == len(node.gpus):
                rail["gpu"] = at
            yield {"cage": each.name, "fabric": "compute", "speed_gbps": rate,
                   "connector": _connector(rate), "hca": each.name, **rail}  # fmt: skip


def hosts_ports(node: NodeSeen) -> Iterator[dict[str, Any]]:
    """Yield the interfaces that have addresses as ports of the in-band network."""
    for port in node.ports:
        if port.addresses and port.speed_gbps:
            yield {"cage": port.name, "fabric": "inband", "speed_gbps": port.speed_gbps,
                   "connector": _connector(port.speed_gbps)}  # fmt: skip


def _connector(rate: float) -> str:
    plugs = ((400, "osfp"), (200, "qsfp56"), (100, "qsfp28"), (40, "qsfp"), (25, "sfp28"))
    return next((plug for least, plug in plugs if rate >= least), "rj45")
