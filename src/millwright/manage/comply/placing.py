"""Decisions of the design held against today's rules: may a workload still run where it was put."""

from __future__ import annotations

from millwright.manage.comply.ground import Ground
from millwright.model.checked import Testimony, Trace


def placement(ground: Ground) -> Testimony:
    """Return whether each workload runs in a zone that today's rules allow it, as was decided."""
    ask, at = "flow:placement", f"{ground.now:%Y-%m-%dT%H:%M:%SZ}"
    traces = (Trace(what="design/decisions.json"), Trace(what="factory.yaml: zones, workloads"))
    if not ground.factory.zones:
        why = "the spec has no zones: nothing says where the cluster, or data, may be"
        return Testimony(ask=ask, found="unknown", why=why, at=at)
    decided = {each.workload: each for each in ground.placed.decided if each.subject == "placement"}
    bad: dict[str, str] = {}
    gaps: dict[str, str] = {}
    for each in ground.placed.now:
        against = {f.zone: f for f in each.forbidden}
        before = decided.get(each.workload)
        if before is None:
            gaps[each.workload] = "unknown: no decision of the design says where it runs"
        elif before.zone in against:
            rule = against[before.zone]
            bad[each.workload] = f"fail: in {before.zone}: {rule.reason} ({rule.rule})"
        elif each.zone is None:
            bad[each.workload] = "fail: no zone may take it"
    if bad:
        name, told = next(iter(bad.items()))
        why = f"{len(bad)} of {len(ground.placed.now)} workloads; {name} {told[6:]}"
        return Testimony(ask=ask, found="fail", why=why, at=at, nodes=bad, traces=traces)
    if gaps:
        why = f"{', '.join(gaps)}: no decision of the design (`millwright design solve`)"
        return Testimony(ask=ask, found="unknown", why=why, at=at, nodes=gaps, traces=traces)
    why = f"{len(ground.placed.now)} workloads run where they may, as decided"
    return Testimony(ask=ask, found="pass", why=why, at=at, traces=traces)
