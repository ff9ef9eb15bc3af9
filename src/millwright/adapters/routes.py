"""Where nodes are: the addresses of the design, and what `reach.yaml` says beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from millwright.adapters.artefacts import NoDesign, read_cluster, read_lock
from millwright.adapters.explain import problems_of
from millwright.adapters.workspace import Workspace
from millwright.adapters.yamlfile import read
from millwright.errors import InputError, MillwrightError
from millwright.model.cluster import Cluster
from millwright.model.reach import Host, Reach, Route

REACHABLE = ("compute", "management")


@dataclass(frozen=True, slots=True)
class Known:
    """Every node that can be named, with the way to it."""

    reach: Reach
    routes: Mapping[str, Route]
    simulated: bool

    @property
    def gateways(self) -> frozenset[str]:
        """Return the hosts that others are reached through."""
        jumps = {route.jump for route in self.routes.values() if route.jump}
        return frozenset(jumps | set(self.reach.tree.gateways if self.reach.tree else ()))


def known_nodes(workspace: Workspace) -> Known:
    """Return the nodes of the design and of `reach.yaml`.

    Raises MillwrightError where there is neither, InputError where `reach.yaml` is wrong.
    """
    reach, cluster = _reach(workspace), _cluster(workspace)
    addresses = _addresses(cluster) if cluster is not None else {}
    names = [*addresses, *(name for name in reach.hosts if name not in addresses)]
    routes = {name: _route(reach, name, addresses.get(name)) for name in names}
    if not routes:
        raise MillwrightError(
            f"no node is known in {workspace.root}",
            hint="run `millwright design solve`, or list hosts in reach.yaml",
        )
    _check_ways(reach, routes)
    simulated = reach.simulated or (cluster is not None and cluster.simulated)
    return Known(reach, routes, simulated)


def _check_ways(reach: Reach, routes: Mapping[str, Route]) -> None:
    """Refuse ways that lead over hosts that nobody knows, or in a circle."""
    strangers = {route.jump for route in routes.values() if route.jump} - set(routes)
    if strangers:
        raise MillwrightError(
            f"reach.yaml jumps over {', '.join(sorted(strangers))}, which nobody knows",
            hint="list it under `hosts` with its address",
        )
    gateways = [name for name in (reach.tree.gateways if reach.tree else ()) if name not in routes]
    if gateways:
        raise MillwrightError(
            f"reach.yaml names the gateway {', '.join(gateways)}, which nobody knows",
            hint="list it under `hosts` with its address",
        )
    for name in routes:
        seen, at = [name], routes[name].jump
        while at is not None:
            if at in seen:
                raise MillwrightError(f"reach.yaml jumps in a circle: {' > '.join([*seen, at])}")
            seen.append(at)
            at = routes[at].jump


def _reach(workspace: Workspace) -> Reach:
    path = workspace.root / "reach.yaml"
    if not path.exists():
        return Reach()
    document = read(path)
    try:
        return Reach.model_validate_json(json.dumps(document.value), strict=True)
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, Reach)) from None


def _cluster(workspace: Workspace) -> Cluster | None:
    try:
        return read_cluster(workspace, read_lock(workspace))
    except NoDesign:
        return None


def _addresses(cluster: Cluster) -> dict[str, str]:
    return {
        device.name: address.address
        for device in cluster.devices
        if device.role in REACHABLE
        for address in device.addresses
        if address.network == "inband"
    }


def _route(reach: Reach, name: str, designed: str | None) -> Route:
    own = reach.hosts.get(name, Host())
    address = own.address or designed
    if address is None:
        raise MillwrightError(
            f"{name} has no address", hint=f"say hosts.{name}.address in reach.yaml"
        )
    return Route(
        node=name,
        address=address,
        port=own.port or reach.port,
        user=own.user or reach.user,
        key=own.key or reach.key,
        agent=reach.agent,
        jump=own.jump or (reach.jump if name != reach.jump else None),
    )
