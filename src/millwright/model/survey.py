"""What was found at the machines: `survey.yaml` (millwright.survey/1). A design cannot know it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from millwright.model.base import Frozen, Name, ShortText

Mac = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$")]
Interface = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,14}$")]
Disk = Annotated[str, Field(pattern=r"^/dev/[A-Za-z0-9][A-Za-z0-9/_.:+-]{0,200}$")]
URL_PATTERN = r"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$"
Url = Annotated[str, Field(pattern=URL_PATTERN, max_length=300)]


class Found(Frozen):
    """What servers alike have in common: `interfaces` are the in-band ones, in their order."""

    interfaces: Annotated[tuple[Interface, ...], Field(max_length=8)] = ()
    disk: Disk | None = None
    architecture: Literal["amd64", "arm64"] | None = None


class FoundHost(Found):
    """What is one host's own; `macs` are those of the in-band interfaces, in their order."""

    macs: Annotated[tuple[Mac, ...], Field(max_length=8)] = ()


class Survey(Frozen):
    """The whole of `survey.yaml`: a host's own word goes before its pool's, that before all's."""

    schema_: Annotated[Literal["millwright.survey/1"], Field(alias="schema")] = (
        "millwright.survey/1"
    )
    gateway: IPv4Address | IPv6Address | None = None
    mirror: Url | None = None
    image: ShortText | None = None
    everywhere: Found = Found()
    pools: dict[Name, Found] = {}
    hosts: dict[Name, FoundHost] = {}

    @model_validator(mode="after")
    def _each_mac_once(self) -> Self:
        seen: dict[str, str] = {}
        for name, host in self.hosts.items():
            for mac in (each.lower() for each in host.macs):
                if mac in seen:
                    raise ValueError(f"{mac} is an address of {seen[mac]} and of {name}")
                seen[mac] = name
        return self
