"""RoCE from the one table of traffic classes: the hosts' side, the switches' side, and whether they
agree."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog
from millwright.model.roce import TrafficClass, octet_of, pfc_words

GID_OF_ROCE_V2 = 3
"""Where drivers of NVIDIA's adapters put the RoCE v2 address of IPv4 in their table."""


class RoceSide(Frozen):
    """What one end makes of packets: DSCP to priority, and which priorities lose nothing."""

    priorities: tuple[tuple[int, int], ...]
    lossless: tuple[int, ...]


class Roce(Frozen):
    """What hosts are told; `pfc` is in the words of the adapters' tool."""

    dscp: int
    priority: int
    traffic_class: int
    cnp_dscp: int
    cnp_priority: int
    pfc: str
    gid_index: int = GID_OF_ROCE_V2


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


def roce(catalog: Catalog) -> Roce:
    """Return the hosts' settings.

    Raises Undeployable where the table's two sides differ, or it contradicts itself.
    """
    table = list(catalog.traffic_classes.values())
    carried = {each.carries: each for each in table}
    if set(carried) != {"roce", "cnp"} or len(table) != len(carried):
        raise Undeployable("`traffic_classes` must hold one entry for roce and one for cnp")
    data, notice = carried["roce"], carried["cnp"]
    wrong = [*disagreements(host_side(table), switch_side(table)), *_of_itself(data, notice)]
    if wrong:
        raise Undeployable(
            f"the table of traffic classes contradicts itself: {'; '.join(wrong)}",
            hint="mend `traffic_classes` in catalog/*.yaml: hosts and switches are set up from it",
        )
    return Roce(
        dscp=data.dscp.value,
        priority=data.priority.value,
        traffic_class=octet_of(data),
        cnp_dscp=notice.dscp.value,
        cnp_priority=notice.priority.value,
        pfc=pfc_words(table),
    )


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
