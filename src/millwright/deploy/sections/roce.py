"""RoCE from the one table of traffic classes: what hosts are told, once both sides agree."""

from __future__ import annotations

from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog
from millwright.model.roce import NOT_ONE_EACH, contradictions, octet_of, pfc_words

GID_OF_ROCE_V2 = 3
"""Where drivers of NVIDIA's adapters put the RoCE v2 address of IPv4 in their table."""


class Roce(Frozen):
    """What hosts are told; `pfc` is in the words of the adapters' tool."""

    dscp: int
    priority: int
    traffic_class: int
    cnp_dscp: int
    cnp_priority: int
    pfc: str
    gid_index: int = GID_OF_ROCE_V2


def roce(catalog: Catalog) -> Roce:
    """Return the hosts' settings.

    Raises Undeployable where the table's two sides differ, or it contradicts itself.
    """
    table = list(catalog.traffic_classes.values())
    carried = {each.carries: each for each in table}
    wrong = contradictions(table)
    if wrong == (NOT_ONE_EACH,):
        raise Undeployable(NOT_ONE_EACH)
    if wrong:
        raise Undeployable(
            f"the table of traffic classes contradicts itself: {'; '.join(wrong)}",
            hint="mend `traffic_classes` in catalog/*.yaml: hosts and switches are set up from it",
        )
    data, notice = carried["roce"], carried["cnp"]
    return Roce(
        dscp=data.dscp.value,
        priority=data.priority.value,
        traffic_class=octet_of(data),
        cnp_dscp=notice.dscp.value,
        cnp_priority=notice.priority.value,
        pfc=pfc_words(table),
    )
