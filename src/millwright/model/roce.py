"""Classes of traffic on a RoCE fabric: one table that hosts and switches are both set up from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.sourced import Entry, Sourced

Dscp = Annotated[int, Field(ge=0, le=63)]
Priority = Annotated[int, Field(ge=0, le=7)]
Octet = Annotated[int, Field(ge=0, le=255)]
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
