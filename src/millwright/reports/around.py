"""What stands around the machines on the picture of an architecture, in the spec's own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from millwright.model.placement import Decision
from millwright.model.site import Service, Zone
from millwright.model.spec import Factory
from millwright.model.storageplan import StoragePlan
from millwright.reports.architecture import Around, Place

SERVICES = ("identity", "dns", "ntp", "siem", "proxy", "pki", "secrets", "tickets")


def around(factory: Factory, decisions: Sequence[Decision], storage: StoragePlan) -> Around:
    """Return the boxes: feeds, the site's services, zones elsewhere; and what storage must give."""
    site = (*_feeds(factory), *_services(factory), *_zones(factory, decisions))
    away = {each.workload for each in decisions if each.zone not in (None, *_own(factory))}
    works = [each.name for each in factory.workloads if each.name not in away]
    return Around(site, _storage(factory, storage), works)


def _own(factory: Factory) -> tuple[str, ...]:
    return tuple(zone.name for zone in factory.zones if zone.kind == "on-prem")


def _feeds(factory: Factory) -> Iterator[Place]:
    if factory.feeds:
        lines = [
            f"{feed.name}: {feed.protocol}"
            + (f", {feed.studies_per_day:,.0f} studies a day" if feed.studies_per_day else "")
            for feed in factory.feeds
        ]
        yield Place("Feeds", tuple(lines))


def _services(factory: Factory) -> Iterator[Place]:
    named = [
        (name, getattr(factory.services, name))
        for name in SERVICES
        if getattr(factory.services, name) is not None
    ]
    if named:
        yield Place("Services of the site", tuple(f"{name}: {_told(one)}" for name, one in named))


def _told(service: object) -> str:
    if isinstance(service, Service):
        return service.uri or service.to or service.kind or "named"
    if isinstance(service, tuple):
        return ", ".join(str(each) for each in service)
    return str(service)


def _zones(factory: Factory, decisions: Sequence[Decision]) -> Iterator[Place]:
    for zone in factory.zones:
        if zone.kind != "on-prem":
            yield Place(f"{zone.name} ({zone.kind})", tuple(_zone(zone, decisions)), there=False)


def _zone(zone: Zone, decisions: Sequence[Decision]) -> Iterator[str]:
    runs = [each.workload for each in decisions if each.zone == zone.name and each.workload]
    barred = {
        each.workload
        for each in decisions
        if each.workload and any(found.zone == zone.name for found in each.forbidden)
    }
    yield f"runs: {', '.join(runs) or 'nothing'}"
    if barred:
        yield f"forbidden to {len(barred)} workload{'s' if len(barred) > 1 else ''}"
    if zone.wan_mbps:
        yield f"line of {zone.wan_mbps:,.0f} Mb/s"


def _storage(factory: Factory, plan: StoragePlan) -> Place:
    lines = [f"tier {plan.tier}" if plan.tier else "tier not said"]
    if plan.read_gbytes_per_s is not None:
        write = plan.write_gbytes_per_s
        lines.append(f"{plan.read_gbytes_per_s:g} GB/s read, {write or 0:g} written")
    if factory.storage.capacity_tib is not None:
        lines.append(f"{factory.storage.capacity_tib:,.0f} TiB")
    elif plan.raw_tb:
        lines.append(f"{plan.raw_tb[0][1]:,.0f} TB raw after {plan.horizons_months[0]} months")
    lines.append("product not chosen")
    return Place("Storage", tuple(lines), there=False)
