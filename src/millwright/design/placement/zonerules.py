"""Rules that keep a workload out of a zone. What is not said is not taken as a yes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from millwright.model.placement import Forbidden
from millwright.model.site import Zone
from millwright.model.spec import Factory
from millwright.model.workload import Workload
from millwright.units import MIB

RESIDENCY = "MW-D-090"
NO_AGREEMENT = "MW-D-091"
OVER_THE_WAN = "MW-D-092"
NARROW_WAN = "MW-D-093"
COUNTRIES = "MW-D-094"
SOVEREIGN = "MW-D-095"

NEEDS_AGREEMENT = {
    "phi": "45 CFR 164.308(b)",
    "limited": "45 CFR 164.514(e)",
    "controlled-genomic": "NIH NOT-OD-24-157",
}
"""Classes of data that nobody else may hold without a contract, and what asks for it."""
BULK_SENSITIVE = ("phi", "limited", "deidentified", "controlled-genomic")
OF_CONCERN = frozenset({"CN", "HK", "MO", "CU", "IR", "KP", "RU", "VE"})
"""Countries of concern by 28 CFR 202.601, Hong Kong and Macau with China."""
ELSEWHERE = ("cloud", "research")
"""Kinds of zone that belong to somebody else and are reached over the wide area network alone."""
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Case:
    """A workload before a zone."""

    factory: Factory
    workload: Workload
    zone: Zone

    @property
    def jurisdiction(self) -> str | None:
        """Return where the zone lies; one on the site's own ground lies where the site does."""
        own = self.factory.site.jurisdiction if self.zone.kind == "on-prem" else None
        return self.zone.jurisdiction or own

    def against(self, rule: str, reference: str, reason: str) -> Forbidden:
        """Return the zone as forbidden."""
        return Forbidden(zone=self.zone.name, rule=rule, reference=reference, reason=reason)


def within(jurisdiction: str, allowed: str) -> bool:
    """Return whether a place lies in another: US-CA in US, and not US in US-CA."""
    return jurisdiction == allowed or jurisdiction.startswith(f"{allowed}-")


def residency(case: Case) -> Forbidden | None:
    """Data stays where its residency says; a zone that says not where it lies is no such place."""
    data = case.workload.data
    if data is None or not data.residency:
        return None
    where = case.jurisdiction
    if where is not None and any(within(where, allowed) for allowed in data.residency):
        return None
    lies = f"lies in {where}" if where else "does not say where it lies"
    told = ", ".join(data.residency)
    return case.against(
        RESIDENCY, "residency of the workload's data",
        f"{data.class_} data must stay in {told}, and {case.zone.name} {lies}",
    )  # fmt: skip


def agreement(case: Case) -> Forbidden | None:
    """Others hold protected data under a contract alone."""
    data = case.workload.data
    if data is None or case.zone.kind not in ELSEWHERE or case.zone.agreement is not None:
        return None
    reference = NEEDS_AGREEMENT.get(data.class_)
    if reference is None:
        return None
    return case.against(
        NO_AGREEMENT, reference,
        f"{case.zone.name} belongs to somebody else, {data.class_} data needs a contract with "
        "them, and none is named",
    )  # fmt: skip


def independence(case: Case) -> Forbidden | None:
    """What must work without the wide area network does not run behind it."""
    if case.workload.needs_wan is not False or case.zone.kind not in ELSEWHERE:
        return None
    return case.against(
        OVER_THE_WAN, "needs_wan: false",
        f"{case.workload.name} must work without the wide area network, and {case.zone.name} is "
        "reached over it alone",
    )  # fmt: skip


def wan_mbps_for(studies_per_day: float, peak_factor: float, study_mib: float) -> float:
    """Return the megabits a second that studies need at the busiest hour."""
    return studies_per_day / DAY_S * peak_factor * study_mib * MIB * 8 / 1e6


def bandwidth(case: Case) -> Forbidden | None:
    """What is sent to an edge zone at the busiest hour must fit through its link."""
    workload, zone = case.workload, case.zone
    if zone.kind != "edge" or zone.wan_mbps is None or workload.needs_wan is False:
        return None
    if workload.studies_per_day is None or workload.study_mib is None:
        return None
    needed = wan_mbps_for(workload.studies_per_day, workload.peak_factor or 1.0, workload.study_mib)
    if needed <= zone.wan_mbps:
        return None
    return case.against(
        NARROW_WAN, "wan_mbps",
        f"studies need {needed:,.0f} Mb/s at the busiest hour, and {zone.name} has "
        f"{zone.wan_mbps:g}",
    )  # fmt: skip


def concern(case: Case) -> Forbidden | None:
    """Bulk sensitive data of persons in the United States does not go to countries of concern, not
    even without names. How many persons they are is not asked: more than a threshold is assumed."""
    data = case.workload.data
    home = case.factory.site.jurisdiction or ""
    where = (case.jurisdiction or "").split("-")[0]
    if data is None or not within(home, "US") or data.class_ not in BULK_SENSITIVE:
        return None
    if where not in OF_CONCERN:
        return None
    return case.against(
        COUNTRIES, "28 CFR 202", f"{data.class_} data of a site in the United States may not go to "
        f"{case.zone.name} in {where}",
    )  # fmt: skip


def sovereignty(case: Case) -> Forbidden | None:
    """A sovereign factory stays under the law of its own site."""
    if not case.factory.security.sovereignty or case.zone.kind == "on-prem":
        return None
    home, where = case.factory.site.jurisdiction, case.jurisdiction
    if home is not None and where is not None and within(where, home.split("-")[0]):
        return None
    lies = f"lies in {where}" if where else "does not say where it lies"
    return case.against(
        SOVEREIGN, "security.sovereignty",
        f"the factory is sovereign in {home or 'a place that is not said'}, and {case.zone.name} "
        f"{lies}",
    )  # fmt: skip


RULES: tuple[Callable[[Case], Forbidden | None], ...] = (
    residency, concern, sovereignty, agreement, independence, bandwidth,
)  # fmt: skip


def forbidden(factory: Factory, workload: Workload, zone: Zone) -> Iterator[Forbidden]:
    """Yield every rule that keeps the workload out of the zone."""
    case = Case(factory, workload, zone)
    for rule in RULES:
        found = rule(case)
        if found is not None:
            yield found
