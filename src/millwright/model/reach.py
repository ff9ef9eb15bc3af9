"""How nodes are reached: `reach.yaml` (millwright.reach/1) of a workspace. Holds no secrets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen, Name, ShortText

TcpPort = Annotated[int, Field(ge=1, le=65_535)]
HostName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$", max_length=253)
]
UserName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]*$", max_length=32)]


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


class Reach(Frozen):
    """The whole of `reach.yaml`. Relative paths start in the workspace."""

    schema_: Annotated[Literal["millwright.reach/1"], Field(alias="schema")] = "millwright.reach/1"
    user: UserName = "root"
    port: TcpPort = 22
    key: ShortText | None = None
    agent: bool = True
    jump: Name | None = None
    become: Become | None = None
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
