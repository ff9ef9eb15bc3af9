"""Kubespray: an inventory, and what it has to know of the factory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, ip_network
from typing import Any

from millwright.deploy.export.roster import Host, Roster
from millwright.model.exported import Data, Unexportable, head

BLOCKS = ("10.233.0.0/16", "10.240.0.0/12", "172.16.0.0/12", "100.64.0.0/10")
"""Where services and pods may live: Kubespray's own range first, then larger private ones."""

SERVICES_PREFIX = 18
NODE_PREFIX = 24
MOST_PODS_PREFIX = 18


def kubespray(roster: Roster, networks: Sequence[str]) -> Iterator[Data]:
    """Yield the inventory and its group variables; `networks` are those that are taken."""
    yield _inventory(roster)
    common = {**_names(roster), "loadbalancer_apiserver_localhost": True}
    yield _variables("group_vars/all/all.yml", roster, common)
    services, pods = ranges(len(roster.hosts), networks)
    cluster = {
        "cluster_name": "cluster.local",
        "container_manager": "containerd",
        "kube_network_plugin": "calico",
        "kube_network_plugin_multus": False,
        "kube_service_addresses": str(services),
        "kube_pods_subnet": str(pods),
        "kube_network_node_prefix": NODE_PREFIX,
    }
    yield _variables("group_vars/k8s_cluster/k8s-cluster.yml", roster, cluster)


def _variables(path: str, roster: Roster, value: dict[str, Any]) -> Data:
    about = head("Kubespray's variables", roster.factory, simulated=roster.simulated)
    return Data(f"kubespray/{path}", value, about, templated=True)


def _inventory(roster: Roster) -> Data:
    control = [host.name for host in roster.hosts if host.kind == "management"]
    nodes = [host.name for host in roster.hosts if host.kind == "compute"]
    value = {
        "all": {
            "hosts": {host.name: _host(host) for host in roster.hosts},
            "children": {
                "kube_control_plane": {"hosts": _named(control)},
                "etcd": {"hosts": _named(control)},
                "kube_node": {"hosts": _named(nodes)},
                "k8s_cluster": {"children": {"kube_control_plane": {}, "kube_node": {}}},
            },
        }
    }
    about = head("Kubespray's inventory", roster.factory, simulated=roster.simulated)
    return Data("kubespray/inventory.yaml", value, about, templated=True)


def _named(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {name: {} for name in names}


def _host(host: Host) -> dict[str, Any]:
    address = str(host.address.ip)
    labels = {"millwright/pool": host.pool, "millwright/rack": host.rack}
    known = {key: value for key, value in labels.items() if value}
    own: dict[str, Any] = {"ansible_host": address, "ip": address, "access_ip": address}
    return {**own, "node_labels": known} if known else own


def _names(roster: Roster) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if roster.dns:
        found["upstream_dns_servers"] = list(roster.dns)
    if roster.proxy:
        found |= {"http_proxy": roster.proxy, "https_proxy": roster.proxy}
    return found


def ranges(hosts: int, networks: Sequence[str]) -> tuple[IPv4Network, IPv4Network]:
    """Return the ranges of services and of pods: each host's pods have a range of 254.

    Raises Unexportable where every private range is taken by the design.
    """
    prefix = min(MOST_PODS_PREFIX, NODE_PREFIX - math.ceil(math.log2(max(hosts, 1))))
    taken = [ip_network(cidr) for cidr in networks]
    for block in (IPv4Network(each) for each in BLOCKS):
        if prefix <= block.prefixlen or any(_meet(block, each) for each in taken):
            continue
        services = next(block.subnets(new_prefix=SERVICES_PREFIX))
        pods = next((p for p in block.subnets(new_prefix=prefix) if not p.overlaps(services)), None)
        if pods is not None:
            return services, pods
    raise Unexportable(
        f"no private range is left for the pods of {hosts} hosts beside {', '.join(networks)}",
        hint=f"keep one of {', '.join(BLOCKS)} free",
    )


def _meet(block: IPv4Network, other: object) -> bool:
    return isinstance(other, IPv4Network) and block.overlaps(other)
