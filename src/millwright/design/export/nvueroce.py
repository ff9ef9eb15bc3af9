"""RoCE on switches, from the one table that hosts are set up from too.

Cumulus Linux brings a profile: DSCP by eights to switch priorities, priority 3 without loss in
traffic class 3, congestion notices in class 6, marks from 150 kB to 1.5 MB of queue. What the
table has otherwise is said beside the profile; what it has alike is left to the profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millwright.model.exported import Unexportable
from millwright.model.roce import TrafficClass, contradictions

PROFILE = {"roce": (3, 3), "cnp": (6, 6)}
"""Switch priority and traffic class of the profile (Cumulus Linux 5.14, RoCE)."""
MARKS = (150_000, 1_500_000)
ALL = "default-global"


def roce_settings(classes: Sequence[TrafficClass]) -> dict[str, Any]:
    """Return the `qos` part. Raises Unexportable where the table contradicts itself."""
    wrong = contradictions(classes)
    if wrong:
        raise Unexportable(
            f"the table of traffic classes contradicts itself: {'; '.join(wrong)}",
            hint="mend `traffic_classes` in catalog/*.yaml: hosts and switches are set up from it",
        )
    settings: dict[str, Any] = {"roce": {"enable": "on", "mode": "lossless"}}
    for each in classes:
        _apart(each, settings)
    return settings


def _apart(each: TrafficClass, settings: dict[str, Any]) -> None:
    """Add in what a class differs from the profile."""
    priority, (usual, queue) = each.switch_priority.value, PROFILE[each.carries]
    if each.dscp.value // 8 != priority:
        mapping = settings.setdefault("mapping", {}).setdefault(ALL, {"trust": "both", "dscp": {}})
        mapping["dscp"][str(each.dscp.value)] = {"switch-priority": priority}
    if priority != usual:
        queues = settings.setdefault("egress-queue-mapping", {}).setdefault(ALL, {})
        by_priority = queues.setdefault("switch-priority", {})
        by_priority.setdefault(str(usual), {"traffic-class": 0})
        by_priority[str(priority)] = {"traffic-class": queue}
        if each.switch_lossless:
            settings["pfc"] = {ALL: {"switch-priority": {str(priority): {}}}}
    if each.ecn_from_bytes is not None and each.ecn_all_bytes is not None:
        marks = (each.ecn_from_bytes.value, each.ecn_all_bytes.value)
        if marks != MARKS:
            queue_marks = {
                "ecn": "enable",
                "min-threshold": marks[0],
                "max-threshold": marks[1],
            }
            settings["congestion-control"] = {ALL: {"traffic-class": {str(queue): queue_marks}}}
