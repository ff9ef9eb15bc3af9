"""NVLink domains: what a GPU says of its own, and what a comparison with the design comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["swapped", "elsewhere", "split", "stranger", "not-joined", "degraded"]
NO_DOMAIN = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Joined:
    """What one GPU says: `index`, its domain and clique, and what its fabric state is."""

    index: int
    domain: str | None
    clique: str | None = None
    state: str | None = None
    ailments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DomainFinding:
    """One thing that is not as planned; `nodes` are those it is about."""

    kind: Kind
    nodes: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Domains:
    """A comparison: how many nodes are where they belong, and what is not so.

    `named` gives each planned domain the UUID that most of its nodes name. Nodes that said nothing
    of a domain are `not_observed`: they are neither right nor wrong.
    """

    planned: int
    nodes: int
    right: int
    named: Mapping[str, str]
    findings: tuple[DomainFinding, ...]
    not_observed: tuple[str, ...]
    partitions: Mapping[str, tuple[str, ...]]
