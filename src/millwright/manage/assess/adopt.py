"""A draft of a design for a cluster that stands already: what was read, and what nobody told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from millwright.errors import MillwrightError
from millwright.manage.assess.draft import in_order
from millwright.manage.assess.machine import ADOPTED, body, hosts_ports, known_server, server_of
from millwright.model.assessment import Alike, Assessment, NodeSeen
from millwright.model.catalog import Catalog
from millwright.model.nodeset import folded
from millwright.model.reach import Route

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
        server = known_server(example, catalog)
        if server is None:
            draft.servers.append(server_of(f"adopted-{own}"[:40], example, catalog, draft.gaps))
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
    ports = list(hosts_ports(example))
    draft.appliances.append({**body(model, example, 1), "role": role, "ports": ports})
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
