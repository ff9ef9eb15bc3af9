"""Classes of traffic on a RoCE fabric: one table that hosts and switches are both set up from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from millwright.model.sourced import Entry, Sourced

Dscp = Annotated[int, Field(ge=0, le=63)]
Priority = Annotated[int, Field(ge=0, le=7)]
Octet = Annotated[int, Field(ge=0, le=255)]
PRIORITIES = 8
ECN_CAPABLE = 2
"""The two low bits of the octet of IP that say a packet may be marked on congestion: ECT(0)."""


class TrafficClass(Entry):
    """One class: what it carries, how its packets are marked, and what both ends make of them.

    `traffic_class` is the octet of IP that hosts send, DSCP and congestion bits together.
    `priority` and `lossless` (priority flow control) are the hosts' side, those that begin with
    `switch_` the switches'.
    """

    carries: Literal["roce", "cnp"]
    dscp: Sourced[Dscp]
    traffic_class: Sourced[Octet] | None = None
    priority: Sourced[Priority]
    lossless: bool
    switch_priority: Sourced[Priority]
    switch_lossless: bool


def octet_of(data: TrafficClass) -> int:
    """Return the octet of IP that packets of a class carry: its DSCP, able to be marked."""
    return data.dscp.value << 2 | ECN_CAPABLE


def roce_octet(table: Iterable[TrafficClass]) -> str:
    """Return the octet that RDMA sends, as a text; nothing where no class carries it."""
    return next((str(octet_of(each)) for each in table if each.carries == "roce"), "")


def pfc_words(table: Iterable[TrafficClass]) -> str:
    """Return which of a host's priorities lose nothing, in the words of the adapters' tool."""
    lossless = {each.priority.value for each in table if each.lossless}
    return ",".join("1" if each in lossless else "0" for each in range(PRIORITIES))
