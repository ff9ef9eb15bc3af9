"""What a lab consists of, computed from the design: hosts, their addresses, and names on the
machine."""

from __future__ import annotations

import hashlib
import shlex
from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from millwright.errors import MillwrightError
from millwright.lab.marks import Marks
from millwright.model.base import Frozen, Name
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster, Device

PROFILES = {"h100-sxm": "h100", "h200-sxm": "h200", "b200": "b200", "mi300x": "mi300x"}
"""Which profile answers for which GPU of the catalogue."""

EDGE = IPv4Network("172.30.77.0/24")
"""The network before the gateways, where the lab has some: the only one that the machine is on."""

Os = Literal["debian-12", "debian-13"]
SUITES: dict[Os, str] = {"debian-12": "bookworm", "debian-13": "trixie"}
MOST_NODES = 64


class LabHost(Frozen):
    """One host of the lab. `edge` is a gateway's address on the machine's side; `profile` is what
    its accelerators answer from; `cas` are its channel adapters in the simulated fabric."""

    name: Name
    role: Literal["compute", "management", "gateway"]
    inband: str
    edge: str | None = None
    bmc: str | None = None
    profile: str | None = None

    @property
    def reached_at(self) -> str:
        """Return the address at which the machine itself reaches the host."""
        return self.edge or self.inband


class LabPlan(Frozen):
    """The whole of a lab; `bare` hosts carry no simulated packages until a role installs them."""

    schema_: Annotated[Literal["millwright.lab/1"], Field(alias="schema")] = "millwright.lab/1"
    id: str
    factory: Name
    workspace: str
    os: Os
    bare: bool = False
    inband: str
    oob: str
    hosts: tuple[LabHost, ...]

    @property
    def gateways(self) -> tuple[LabHost, ...]:
        """Return the hosts that stand between the machine and the others."""
        return tuple(host for host in self.hosts if host.role == "gateway")

    @property
    def marks(self) -> Marks:
        """Return the names by which the lab is known on the machine."""
        return Marks(self.id)

    def command(self, *words: str) -> str:
        """Return a command of `lab` as it is typed for this lab, wherever the reader stands."""
        return shlex.join(["millwright", "-C", self.workspace, "lab", *words])

    def host(self, name: str) -> LabHost:
        """Return a host. Raises MillwrightError, naming those that there are."""
        for host in self.hosts:
            if host.name == name:
                return host
        known = ", ".join(host.name for host in self.hosts[:12])
        raise MillwrightError(f"the lab has no host {name!r}", hint=f"it has {known}")


def lab_id(workspace: Path) -> str:
    """Return the short name of the lab of a workspace: the same one as long as it is not moved."""
    return hashlib.sha256(str(workspace.resolve()).encode()).hexdigest()[:6]


def plan_lab(
    cluster: Cluster, catalog: Catalog, workspace: Path, os: Os, gateways: int = 0
) -> LabPlan:
    """Return the lab of a design.

    Raises MillwrightError where the design is of hardware that is not simulated, is too large, or
    speaks IPv6 in-band.
    """
    if not cluster.simulated:
        raise MillwrightError(
            f"{cluster.name} is designed with {cluster.blueprint or 'real parts'}, and a lab runs "
            "simulated clusters only",
            hint="use the blueprint lab: millwright init DIR --blueprint lab --nodes 4",
        )
    inband = ip_network(cluster.networks["inband"])
    if not isinstance(inband, IPv4Network) or inband.num_addresses < 4096:
        raise MillwrightError(
            f"a lab needs an IPv4 in-band network of at least a /20, and the design has {inband}",
            hint="change `networks` in factory.yaml",
        )
    hosts = [_host(device, catalog) for device in cluster.devices if _boots(device)]
    if len(hosts) > MOST_NODES + 8:
        raise MillwrightError(f"{len(hosts)} hosts are more than a lab runs: {MOST_NODES} nodes")
    return LabPlan(
        id=lab_id(workspace),
        factory=cluster.name,
        workspace=str(workspace.resolve()),
        os=os,
        inband=str(inband),
        oob=cluster.networks["oob"],
        hosts=(*(_gateway(number, inband) for number in range(1, gateways + 1)), *hosts),
    )


def _boots(device: Device) -> bool:
    return device.role in ("compute", "management") and not device.external


def _host(device: Device, catalog: Catalog) -> LabHost:
    address = {a.network: a.address for a in device.addresses}
    server = catalog.servers.get(device.model)
    return LabHost(
        name=device.name,
        role="compute" if device.role == "compute" else "management",
        inband=address["inband"],
        bmc=address.get("oob"),
        profile=PROFILES.get(server.gpu or "") if server else None,
    )


def _gateway(number: int, inband: IPv4Network) -> LabHost:
    return LabHost(
        name=f"gw{number}",
        role="gateway",
        inband=str(inband[256 + number]),
        edge=str(EDGE[10 + number]),
    )


def refuse_another(there: LabPlan | None, wanted: LabPlan) -> None:
    """Refuse to make another lab out of one that is there, but a larger one. Raises
    MillwrightError."""
    if there is None or there == wanted or is_larger(there, wanted):
        return
    is_, asked = _differences(there, wanted)
    raise MillwrightError(
        f"the lab of this workspace has {is_}, and asked for is {asked}",
        hint=f"take it down first: {wanted.command('down')}",
    )


def is_larger(there: LabPlan, wanted: LabPlan) -> bool:
    """Return whether a lab is the one that is there with more hosts, which come to those that run.

    Behind gateways it is not: these are made for the hosts that they were made with.
    """
    bare = {"hosts": ()}
    same = there.model_copy(update=bare) == wanted.model_copy(update=bare)
    more = all(each in wanted.hosts for each in there.hosts)
    return same and more and not wanted.gateways and len(wanted.hosts) > len(there.hosts)


def _differences(one: LabPlan, other: LabPlan) -> tuple[str, str]:
    """Return what distinguishes two labs, as each of them has it."""
    pairs = [(a, b) for a, b in zip(_traits(one), _traits(other), strict=True) if a != b]
    pairs = pairs or [("other hosts or addresses", "what factory.yaml says now")]
    return ", ".join(a for a, _ in pairs), ", ".join(b for _, b in pairs)


def _traits(plan: LabPlan) -> tuple[str, ...]:
    roles = [each.role for each in plan.hosts]
    return (
        f"{roles.count('compute')} nodes",
        f"{roles.count('gateway')} gateways",
        plan.os,
        "bare hosts" if plan.bare else "hosts with drivers",
        f"the network {plan.inband}",
    )
