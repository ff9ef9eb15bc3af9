"""Chooses a zone for each workload: the wished one, else the nearest that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from millwright.design.placement.zonerules import forbidden
from millwright.errors import Infeasible
from millwright.model.placement import Decision, Forbidden, Placement
from millwright.model.site import Zone
from millwright.model.spec import Factory
from millwright.model.workload import Workload

WISHED = "MW-D-096"
NEAREST = "MW-D-097"
ORDER = ("on-prem", "edge", "research", "cloud")
"""Own ground first: data, people and machines of the design are there."""


def placements(factory: Factory) -> tuple[Placement, ...]:
    """Return where each workload runs; a spec without zones has one place, and places nothing."""
    if not factory.zones:
        return ()
    return tuple(_placed(factory, workload) for workload in factory.workloads)


def _placed(factory: Factory, workload: Workload) -> Placement:
    ruled = {zone.name: tuple(forbidden(factory, workload, zone)) for zone in factory.zones}
    against = tuple(each for found in ruled.values() for each in found)
    allowed = [zone for zone in factory.zones if not ruled[zone.name]]
    zone, rule, reason = _chosen(factory, workload, allowed)
    return Placement(
        workload=workload.name,
        data_class=workload.data.class_ if workload.data else None,
        zone=zone.name if zone else None,
        local=zone is not None and zone.kind == "on-prem",
        rule=rule if zone else _worst(workload, against),
        reason=reason,
        forbidden=against,
    )


def _chosen(
    factory: Factory, workload: Workload, allowed: Sequence[Zone]
) -> tuple[Zone | None, str, str]:
    if workload.zone is not None:
        wished = next((zone for zone in allowed if zone.name == workload.zone), None)
        return wished, WISHED, f"the spec wishes for {workload.zone}"
    if not allowed:
        return None, NEAREST, "every zone is forbidden"
    nearest = min(allowed, key=lambda zone: ORDER.index(zone.kind))
    kept = len(factory.zones) - len(allowed)
    told = f"; {kept} of {len(factory.zones)} zones are forbidden" if kept else ""
    return nearest, NEAREST, f"the nearest to data and machines that is allowed{told}"


def _worst(workload: Workload, against: Sequence[Forbidden]) -> str:
    of_wish = [each.rule for each in against if each.zone == workload.zone]
    return (of_wish or [each.rule for each in against] or [NEAREST])[0]


def refuse_forbidden(placed: Iterable[Placement]) -> None:
    """Raise Infeasible, naming the rule, where a workload has no zone: the wished one is forbidden,
    or every one is."""
    for each in placed:
        if each.zone is not None:
            continue
        first = next((f for f in each.forbidden if f.rule == each.rule), None)
        reason = f"{first.reason} ({first.reference})" if first else each.reason
        raise Infeasible(
            f"{each.workload}: {reason}",
            rule=each.rule,
            where=f"workloads.{each.workload}.zone",
            hint="another zone, or what the rule asks for; `design place` shows every zone",
        )


def on_site(factory: Factory) -> Factory:
    """Return the spec with the workloads alone that run on hardware of this design."""
    local = {each.workload for each in placements(factory) if each.local}
    if not factory.zones:
        return factory
    kept = tuple(workload for workload in factory.workloads if workload.name in local)
    return factory.model_copy(update={"workloads": kept})


def decisions(
    placed: Iterable[Placement], former: Iterable[Decision], today: str
) -> tuple[Decision, ...]:
    """Return placements as decisions; one that stands as before keeps the day it was taken."""
    known = {each.id: each for each in former}
    fresh = [_decision(each, today) for each in placed]
    return tuple(dated(each, known.get(each.id)) for each in fresh)


def dated(fresh: Decision, former: Decision | None) -> Decision:
    """Return a decision with its first day, where nothing else of it has changed."""
    if former is None or former.model_copy(update={"date": fresh.date}) != fresh:
        return fresh
    return former


def _decision(placed: Placement, today: str) -> Decision:
    return Decision(
        id=f"place-{placed.workload}",
        subject="placement",
        decision=f"{placed.workload} runs in {placed.zone}",
        rule=placed.rule,
        reason=placed.reason,
        date=today,
        workload=placed.workload,
        zone=placed.zone,
        data_class=placed.data_class,
        forbidden=placed.forbidden,
    )
