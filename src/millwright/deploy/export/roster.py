"""Who is installed and with what: the hosts of a design, beside what was found at the machines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface, ip_network
from typing import Literal

from millwright.model.cluster import Cluster, Device
from millwright.model.exported import Unexportable, Unknown
from millwright.model.site import Endpoint, Service, Services
from millwright.model.survey import URL_PATTERN, Found, FoundHost, Survey

At = IPv4Interface | IPv6Interface

HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SERVER = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_URL = re.compile(URL_PATTERN)


@dataclass(frozen=True, slots=True)
class Host:
    """One host: where the design has it, and what the survey found of it."""

    name: str
    kind: Literal["compute", "management"]
    pool: str
    rack: str
    model: str
    address: At
    bmc: At | None
    found: FoundHost


@dataclass(frozen=True, slots=True)
class Roster:
    """All hosts that are wanted, and what is the same for them."""

    factory: str
    simulated: bool
    hosts: tuple[Host, ...]
    gateway: str | None
    mirror: str | None
    image: str | None
    dns: tuple[str, ...]
    ntp: tuple[str, ...]
    proxy: str | None
    unknown: tuple[Unknown, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the hosts."""
        return tuple(host.name for host in self.hosts)

    def lacking(self, test: Callable[[Host], bool]) -> tuple[str, ...]:
        """Return the names of the hosts of which something is true."""
        return tuple(host.name for host in self.hosts if test(host))


def roster(
    cluster: Cluster, services: Services, survey: Survey, only: frozenset[str] | None = None
) -> Roster:
    """Return the hosts of a design; `only` names those that are wanted.

    Raises Unexportable, naming it, where a host has no in-band address or a name that is no host
    name, or where the survey speaks of a host, a pool or a gateway that the design has not.
    """
    devices = [device for device in cluster.devices if is_host(device)]
    _check_survey(cluster, devices, survey)
    hosts = [
        _host(device, cluster, survey) for device in devices if only is None or device.name in only
    ]
    dns, ntp = _servers(services.dns), _servers(services.ntp)
    told = {
        "dns": [each for each in dns if not _is_address(each)],
        "ntp": [each for each in ntp if not _SERVER.fullmatch(each) and not _is_address(each)],
        "proxy": [each for each in _servers(services.proxy) if not _URL.fullmatch(each)],
    }
    proxies = [each for each in _servers(services.proxy) if each not in told["proxy"]]
    return Roster(
        factory=cluster.name,
        simulated=cluster.simulated,
        hosts=tuple(hosts),
        gateway=str(survey.gateway) if survey.gateway else None,
        mirror=survey.mirror,
        image=survey.image,
        dns=tuple(each for each in dns if each not in told["dns"]),
        ntp=tuple(each for each in ntp if each not in told["ntp"]),
        proxy=proxies[0] if proxies else None,
        unknown=tuple(_unusable(name, each) for name, many in told.items() for each in many),
    )


def is_host(device: Device) -> bool:
    """Return whether a device runs an operating system of ours."""
    return device.role in ("compute", "management") and not device.external


def _check_survey(cluster: Cluster, devices: Iterable[Device], survey: Survey) -> None:
    known = {device.name for device in devices}
    strangers = sorted(set(survey.hosts) - known)
    if strangers:
        raise Unexportable(
            f"the survey speaks of {', '.join(strangers)}, and the design has no such host",
            hint="names are those of `design/cluster.json`",
        )
    pools = sorted(set(survey.pools) - {pool.name for pool in cluster.pools})
    if pools:
        raise Unexportable(
            f"the survey speaks of the pools {', '.join(pools)}, which are not there"
        )
    inband = ip_network(cluster.networks["inband"])
    if survey.gateway is not None and survey.gateway not in inband:
        raise Unexportable(f"the survey's gateway {survey.gateway} is not in {inband}")


def _host(device: Device, cluster: Cluster, survey: Survey) -> Host:
    if not HOST_NAME.fullmatch(device.name):
        raise Unexportable(f"{device.name!r} is no host name")
    address = _at(device, cluster, "inband")
    if address is None:
        raise Unexportable(f"{device.name} has no in-band address")
    return Host(
        name=device.name,
        kind="compute" if device.role == "compute" else "management",
        pool=device.pool or "",
        rack=device.rack or "",
        model=device.model,
        address=address,
        bmc=_at(device, cluster, "oob"),
        found=_found(device, survey),
    )


def _at(device: Device, cluster: Cluster, network: str) -> At | None:
    for address in device.addresses:
        if address.network == network:
            prefix = ip_network(cluster.networks[network]).prefixlen
            return ip_interface(f"{address.address}/{prefix}")
    return None


def _found(device: Device, survey: Survey) -> FoundHost:
    own = survey.hosts.get(device.name, FoundHost())
    near: Found = survey.pools.get(device.pool or "", Found())
    far = survey.everywhere
    return FoundHost(
        macs=tuple(mac.lower() for mac in own.macs),
        interfaces=own.interfaces or near.interfaces or far.interfaces,
        disk=own.disk or near.disk or far.disk,
        architecture=own.architecture or near.architecture or far.architecture,
    )


def _servers(endpoint: Endpoint | None) -> tuple[str, ...]:
    if endpoint is None:
        return ()
    if isinstance(endpoint, Service):
        return (endpoint.uri,) if endpoint.uri else ()
    return (endpoint,) if isinstance(endpoint, str) else tuple(endpoint)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _unusable(service: str, text: str) -> Unknown:
    wanted = {"dns": "an IP address", "ntp": "an IP address or a name", "proxy": "an http URL"}
    return Unknown(
        f"services.{service}",
        (),
        f"{text!r} is left out",
        f"say {wanted[service]} in factory.yaml",
    )
