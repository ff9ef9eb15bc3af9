"""Classes of traffic on a RoCE fabric: one table that hosts and switches are both set up from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from millwright.model.base import Frozen
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
    ecn_from_bytes: Sourced[PositiveInt] | None = None
    """From this queue on switches begin to mark packets, and from `ecn_all_bytes` on mark all."""
    ecn_all_bytes: Sourced[PositiveInt] | None = None


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


class RoceSide(Frozen):
    """What one end makes of packets: DSCP to priority, and which priorities lose nothing."""

    priorities: tuple[tuple[int, int], ...]
    lossless: tuple[int, ...]


def host_side(table: Sequence[TrafficClass]) -> RoceSide:
    """Return what adapters of hosts do."""
    return RoceSide(
        priorities=tuple(sorted((c.dscp.value, c.priority.value) for c in table)),
        lossless=tuple(sorted({c.priority.value for c in table if c.lossless})),
    )


def switch_side(table: Sequence[TrafficClass]) -> RoceSide:
    """Return what switches must do for the same packets."""
    return RoceSide(
        priorities=tuple(sorted((c.dscp.value, c.switch_priority.value) for c in table)),
        lossless=tuple(sorted({c.switch_priority.value for c in table if c.switch_lossless})),
    )


def disagreements(host: RoceSide, switch: RoceSide) -> tuple[str, ...]:
    """Return every way in which two sides differ, in words."""
    hosts, switches = dict(host.priorities), dict(switch.priorities)
    told = [
        f"DSCP {dscp} has priority {hosts.get(dscp, 'none')} on hosts and "
        f"{switches.get(dscp, 'none')} on switches"
        for dscp in sorted(hosts.keys() | switches.keys())
        if hosts.get(dscp) != switches.get(dscp)
    ]
    if host.lossless != switch.lossless:
        words = [", ".join(map(str, side.lossless)) or "none" for side in (host, switch)]
        told.append(f"priorities without loss are {words[0]} on hosts and {words[1]} on switches")
    return tuple(told)


NOT_ONE_EACH = "`traffic_classes` must hold one entry for roce and one for cnp"


def contradictions(table: Sequence[TrafficClass]) -> tuple[str, ...]:
    """Return everything in which the table contradicts itself, in words: nothing in a good one."""
    carried = {each.carries: each for each in table}
    if set(carried) != {"roce", "cnp"} or len(table) != len(carried):
        return (NOT_ONE_EACH,)
    told = disagreements(host_side(table), switch_side(table))
    return (*told, *_of_itself(carried["roce"], carried["cnp"]))


def _of_itself(data: TrafficClass, notice: TrafficClass) -> list[str]:
    told = []
    if data.traffic_class is not None and data.traffic_class.value != octet_of(data):
        said = data.traffic_class.value
        told.append(f"traffic class {said} is not DSCP {data.dscp.value} with ECT(0)")
    if not data.lossless:
        told.append("RoCE is carried with loss")
    if data.priority.value == notice.priority.value:
        told.append(f"RoCE and its congestion notices share priority {data.priority.value}")
    return told
