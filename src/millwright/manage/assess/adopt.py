"""A draft of a design for a cluster that stands already: what was read, and what nobody told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from millwright.errors import MillwrightError
from millwright.manage.assess.draft import in_order
from millwright.model.assessment import Alike, Assessment, NodeSeen
from millwright.model.catalog import Catalog, Gpu, Server
from millwright.model.nodeset import folded
from millwright.model.reach import Route

ADOPTED = "adopted"
"""The source that values of a node's own tools have in the site's catalogue."""
_NAME = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")


@dataclass(frozen=True, slots=True)
class Adopted:
    """Documents of a workspace by file name, and what they leave open."""

    documents: Mapping[str, Mapping[str, Any]]
    gaps: tuple[str, ...]
    names: Mapping[str, str]


@dataclass(slots=True)
class _Draft:
    names: Mapping[str, str]
    pools: list[dict[str, Any]] = field(default_factory=list)
    servers: list[dict[str, Any]] = field(default_factory=list)
    appliances: list[dict[str, Any]] = field(default_factory=list)
    placed: list[dict[str, Any]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


def adopted(told: Assessment, catalog: Catalog, routes: Mapping[str, Route], name: str) -> Adopted:
    """Return the draft; nodes that did not answer are left out and named among the gaps.

    Raises MillwrightError where no node computes.
    """
    draft = _Draft(names_of(told.nodes))
    for group in _computing(told):
        _place(draft, group, told, catalog)
    if not draft.pools:
        raise MillwrightError(
            "no node that computes was found, and a design is of nodes that do",
            hint="name them as well: `millwright assess NODES --adopt DIR`",
        )
    draft.gaps += _left_open(told)
    documents = {
        "factory.yaml": _factory(draft, told, name),
        "catalog/adopted.yaml": _site(draft, told),
        "reach.yaml": _reach(draft, told, routes),
        "survey.yaml": _survey(draft, told),
    }
    return Adopted(documents, tuple(draft.gaps), draft.names)


def _computing(told: Assessment) -> list[Alike]:
    """Return the kinds of nodes; where none is known to compute, those are taken to that nobody
    knows a role of."""
    groups = list(told.shape.alike)
    if any(group.role == "compute" for group in groups):
        return groups
    return [
        group.model_copy(update={"role": "compute"}) if group.role == "unknown" else group
        for group in groups
    ]


def names_of(nodes: Mapping[str, NodeSeen]) -> dict[str, str]:
    """Return the name of each node in the design: its own, without domain, as names are written."""
    found: dict[str, str] = {}
    for node in nodes:
        first = node if node.replace(".", "").isdigit() else node.partition(".")[0]
        plain = re.sub(r"[^a-z0-9]+", "-", first.lower()).strip("-")
        plain = plain if _NAME.match(plain) else f"node-{plain}".strip("-")
        base, at = plain[:36], 2
        while plain in found.values():
            plain, at = f"{base}-{at}", at + 1
        found[node] = plain[:40]
    return found


def _place(draft: _Draft, group: Alike, told: Assessment, catalog: Catalog) -> None:
    names = sorted((draft.names[node] for node in group.nodes), key=in_order)
    example = max((told.nodes[node] for node in group.nodes), key=lambda each: len(each.gpus))
    own = _unused(_stem(names[0]) or group.role, draft)
    if group.role == "compute":
        server = _known_server(example, catalog)
        if server is None:
            draft.servers.append(_server(f"adopted-{own}"[:40], example, catalog, draft))
        draft.pools.append(
            {
                "name": own,
                "server": server.name if server else draft.servers[-1]["name"],
                "nodes": len(names),
                "hostnames": folded(names),
                "runtime": _runtime(told),
            }
        )
        return
    role = "storage" if group.role == "storage" else "management"
    model = f"adopted-{own}"[:40]
    ports = list(_hosts_ports(example))
    draft.appliances.append({**_body(model, example, 1), "role": role, "ports": ports})
    draft.placed.append(
        {"model": model, "name": own, "count": len(names), "hostnames": folded(names)}
    )
    if group.role == "unknown":
        draft.gaps.append(f"what {folded(group.nodes)} are for: nothing that runs there says so")


def _unused(name: str, draft: _Draft) -> str:
    plain = name if _NAME.match(name) else "nodes"
    taken = {each["name"] for each in (*draft.pools, *draft.placed)}
    found, at = plain[:30], 2
    while found in taken:
        found, at = f"{plain[:30]}-{at}", at + 1
    return found


def _stem(name: str) -> str:
    return name.rstrip("0123456789").rstrip("-")


def _runtime(told: Assessment) -> str:
    scheduler = told.shape.scheduler or ""
    if scheduler.startswith("Slurm"):
        return "slurm"
    return "kubernetes" if scheduler == "Kubernetes" else "none"


def _known_server(node: NodeSeen, catalog: Catalog) -> Server | None:
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


def _body(name: str, node: NodeSeen, height_u: int) -> dict[str, Any]:
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


def _server(name: str, node: NodeSeen, catalog: Catalog, draft: _Draft) -> dict[str, Any]:
    gpu = known_gpu(node, catalog)
    entry = _body(name, node, 8 if len(node.gpus) > 4 else 2)
    entry["gpu_count"] = len(node.gpus)
    if gpu is not None:
        entry["gpu"] = gpu.name
    elif node.gpus:
        draft.gaps.append(f"{node.gpus[0].model}: the catalogue does not know this accelerator")
    if node.sockets and node.processors and node.memory_mib:
        threads = node.threads_per_core or 1
        entry["host"] = {
            "sockets": node.sockets,
            "cores_per_socket": max(1, node.processors // node.sockets // threads),
            "threads_per_core": threads,
            "memory_mib": node.memory_mib,
        }
    entry["ports"] = [*_rails(node), *_hosts_ports(node)]
    draft.gaps.append(f"{name}: height, power, weight and connectors are UNKNOWN or guessed")
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


def _hosts_ports(node: NodeSeen) -> Iterator[dict[str, Any]]:
    for port in node.ports:
        if port.addresses and port.speed_gbps:
            yield {"cage": port.name, "fabric": "inband", "speed_gbps": port.speed_gbps,
                   "connector": _connector(port.speed_gbps)}  # fmt: skip


def _connector(rate: float) -> str:
    plugs = ((400, "osfp"), (200, "qsfp56"), (100, "qsfp28"), (40, "qsfp"), (25, "sfp28"))
    return next((plug for least, plug in plugs if rate >= least), "rj45")


def _factory(draft: _Draft, told: Assessment, name: str) -> dict[str, Any]:
    del told
    return {
        "schema": "millwright.factory/1",
        "name": name,
        "blueprint": ADOPTED,
        "compute": draft.pools,
    }


def _site(draft: _Draft, told: Assessment) -> dict[str, Any]:
    """Return the site's catalogue: the servers, and a blueprint that holds the cluster together."""
    title = "What the nodes' own tools told when the cluster was adopted"
    blueprint = {
        "name": ADOPTED,
        "title": "A cluster that stood already",
        "source": ADOPTED,
        "confidence": "measured",
        "server": draft.pools[0]["server"] if draft.pools else "",
        "nodes_per_unit": 1,
        "compute_rack": {"model": "rack-48u", "nodes_per_rack": 4},
        "management_rack": {"model": "rack-48u", "usable_u": 36},
        "fabrics": {},
        "appliances": draft.placed,
        "simulated": told.simulated,
    }
    site: dict[str, Any] = {
        "schema": "millwright.catalog/1",
        "sources": [
            {"id": ADOPTED, "title": title, "edition": told.at[:10], "evidence": "verified"}
        ],
    }
    for section, entries in (("servers", draft.servers), ("appliances", draft.appliances)):
        if entries:
            site[section] = entries
    return {**site, "blueprints": [blueprint]}


def _reach(draft: _Draft, told: Assessment, routes: Mapping[str, Route]) -> dict[str, Any]:
    hosts: dict[str, Any] = {}
    for node, name in draft.names.items():
        route = routes.get(node)
        if route is not None:
            jump = draft.names.get(route.jump or "")
            way = {"address": route.address, "port": route.port, "user": route.user,
                   "key": route.key, "jump": jump}  # fmt: skip
            hosts[name] = {key: value for key, value in way.items() if value is not None}
        elif address := _address(told.nodes[node]):
            hosts[name] = {"address": address}
        else:
            draft.gaps.append(f"{node}: its address is UNKNOWN; say hosts.{name}.address")
    document: dict[str, Any] = {"schema": "millwright.reach/1", "hosts": hosts}
    return {**document, "simulated": True} if told.simulated else document


def _address(node: NodeSeen) -> str | None:
    listed = [each for port in node.ports for each in port.addresses if ":" not in each]
    return listed[0].partition("/")[0] if listed else None


_DISK = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.:+-]{0,100}$")
_FACE = re.compile(r"^[A-Za-z][A-Za-z0-9._-]{0,14}$")
_MAC = re.compile(r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$")


def _survey(draft: _Draft, told: Assessment) -> dict[str, Any]:
    seen: set[str] = set()
    hosts: dict[str, Any] = {}
    for node, name in draft.names.items():
        ports = [p for p in told.nodes[node].ports if p.addresses and _FACE.match(p.name)][:8]
        macs = [p.address.lower() for p in ports if p.address and _MAC.match(p.address)]
        own: dict[str, Any] = {"interfaces": [port.name for port in ports]}
        if len(macs) == len(ports) and not seen & set(macs) and len(set(macs)) == len(macs):
            own["macs"] = macs
            seen |= set(macs)
        hosts[name] = own
    return {"schema": "millwright.survey/1", "hosts": hosts}


def _left_open(told: Assessment) -> Sequence[str]:
    gaps = [
        "fabrics: nodes do not tell their switches; say them under `fabrics` and solve again",
        "networks: addresses of the design are not those in use; reach.yaml holds the real ones",
        "racks and cables: nobody told where nodes stand and what joins them",
    ]
    if told.silent:
        gaps.append(f"{folded(told.silent)} did not answer and are not in the draft")
    if told.shape.scheduler is None:
        gaps.append("runtime: no scheduler was seen; `none` is written")
    if told.shape.file_systems:
        gaps.append(f"storage.mounts: in use are {'; '.join(told.shape.file_systems)}")
    return gaps
