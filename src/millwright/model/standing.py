"""How a role stands on a host: what the ledger of a factory holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Standing = Literal["proven", "not testable", "failed", "unknown"]
"""`not testable` is what a host cannot show; it counts as done there, and never as proven."""


@dataclass(frozen=True, slots=True)
class Done:
    """One role on one host: the digest of its inputs then, and how it came out."""

    host: str
    role: str
    input_hash: str
    standing: Standing
    run: str
    at: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Took:
    """How long one role took on so many hosts together; `first` where it was never done before."""

    run: str
    role: str
    hosts: int
    first: bool
    seconds: float
