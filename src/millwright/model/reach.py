"""How nodes are reached: `reach.yaml` (millwright.reach/1) of a workspace. Holds no secrets."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from millwright.model.base import Frozen, Name, ShortText

TcpPort = Annotated[int, Field(ge=1, le=65_535)]
HostName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$", max_length=253)
]
UserName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]*$", max_length=32)]


SIMULATED_BANNER = "simulated-by-millwright-lab"
"""What SSH servers of the lab greet with: no answer of theirs is ever taken for a real one."""


class Host(Frozen):
    """One node's own way: whatever is said here goes before what is said for all."""

    address: HostName | None = None
    port: TcpPort | None = None
    user: UserName | None = None
    key: ShortText | None = None
    jump: Name | None = None


class Become(Frozen):
    """How commands become root; the password stands in a file that only its owner reads."""

    method: Literal["sudo"] = "sudo"
    password_file: ShortText | None = None


class Tree(Frozen):
    """Gateways that fan commands out, where one machine is not enough or not let through.

    A gateway opens its connections with a certificate that `user_ca` (a private key that nodes
    trust) signs for one run, good from `sources` only where they are said; without an authority,
    with `key`, a private key that nodes let in. From `from_nodes` nodes on, the tree is taken
    unless something else is said.
    """

    gateways: Annotated[tuple[Name, ...], Field(min_length=1, max_length=256)]
    user_ca: ShortText | None = None
    key: ShortText | None = None
    sources: tuple[IPv4Network | IPv6Network, ...] = ()
    from_nodes: Annotated[int, Field(ge=1, le=100_000)] = 256

    @model_validator(mode="after")
    def _lets_gateways_in(self) -> Self:
        if (self.user_ca is None) == (self.key is None):
            raise ValueError("exactly one of user_ca and key says how gateways are let in")
        return self


class BmcWay(Frozen):
    """How management controllers are talked to: Redfish over TLS, at their addresses of the design.

    The password stands in a file that only its owner reads; `certificate` is a file of those that
    sign the controllers' own, the system's where none is named.
    """

    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$", max_length=64)]
    password_file: ShortText
    certificate: ShortText | None = None
    port: TcpPort = 443


class Reach(Frozen):
    """The whole of `reach.yaml`. Relative paths start in the workspace."""

    schema_: Annotated[Literal["millwright.reach/1"], Field(alias="schema")] = "millwright.reach/1"
    user: UserName = "root"
    port: TcpPort = 22
    key: ShortText | None = None
    agent: bool = True
    jump: Name | None = None
    become: Become | None = None
    tree: Tree | None = None
    bmc: BmcWay | None = None
    simulated: bool = False
    hosts: dict[Name, Host] = {}


class Route(Frozen):
    """The way to one node, with nothing left to look up."""

    node: str
    address: str
    port: int
    user: str
    key: str | None
    agent: bool
    jump: str | None
