"""What a host is given to be a node: driver packages by GPU, and parameters from one table."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Name, ShortText
from millwright.model.sourced import Entry, Sourced

PackageName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9+.-]+$", max_length=80)]
Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+~:*-]*$", max_length=80)]
Service = Annotated[str, Field(pattern=r"^[A-Za-z0-9@._-]+$", max_length=80)]


class Stack(Entry):
    """Software of one vendor for some GPUs: packages of one version, and their services.

    `version` is a version of the packages, or the start of one before `*`.
    """

    version: Sourced[Version]
    packages: Annotated[tuple[PackageName, ...], Field(min_length=1)]
    services: tuple[Service, ...] = ()


class Platform(Entry):
    """What nodes with these GPUs need of their vendor, until containers begin."""

    vendor: Literal["nvidia", "amd"]
    gpus: Annotated[tuple[Name, ...], Field(min_length=1)]
    driver: ShortText
    management: ShortText | None = None


class Parameter(Entry):
    """One parameter of hosts, in the one table that deploying, tuning and drift share."""

    kind: Literal["sysctl", "limit"]
    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._/-]*$", max_length=100)]
    value: Sourced[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", max_length=100)]]
