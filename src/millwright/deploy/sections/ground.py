"""What every host stands on: who deploys it, and whose time it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from millwright.deploy.sections.endpoints import hosts_of
from millwright.deploy.sections.sources import Laid
from millwright.model.base import Frozen
from millwright.model.site import Services


class Deployer(Frozen):
    """Who comes to a host by SSH, and whether that user becomes root by a password."""

    user: str = "root"
    password: bool = False


class Clock(Frozen):
    """Whom the head node asks for the time, and whom it answers; `server` is where others ask."""

    sources: tuple[str, ...]
    server: str
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What a workspace says beside its design: by which user each host is reached, and how, and the
    bundle of packages that its head node was given.

    `gateways` are the hosts that others are reached through.
    """

    users: Mapping[str, str] = field(default_factory=dict)
    password: bool = False
    laid: Laid | None = None
    gateways: frozenset[str] = frozenset()

    def deployer(self, host: str) -> Deployer:
        """Return who deploys a host."""
        return Deployer(user=self.users.get(host, "root"), password=self.password)


NOTHING_ELSE = Around()
"""A workspace that says nothing beside its design: root comes by SSH."""


def clock(services: Services, head_address: str, networks: Mapping[str, str]) -> Clock:
    """Return the clock's part of the inputs; the in-band network may ask the head.

    Raises Undeployable where `services.ntp` says what is no host.
    """
    return Clock(
        sources=hosts_of(services.ntp, "ntp"),
        server=head_address,
        networks=(networks["inband"],),
    )
