"""What goes where: zones elsewhere with their workloads, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network

from millwright.deploy.cloud.places import AWS, REGIONS
from millwright.model.placement import Decision
from millwright.model.site import Zone
from millwright.model.spec import Factory
from millwright.model.workload import Workload

RENTED_KINDS = ("cloud",)
OWN_KINDS = ("edge",)


@dataclass(frozen=True, slots=True)
class Away:
    """A zone elsewhere, with the workloads that decisions of the design place there."""

    zone: Zone
    workloads: tuple[Workload, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something wrong with a zone: the key of it, what was found, what would be right."""

    key: str
    found: str
    right: str


def away(factory: Factory, decisions: Iterable[Decision]) -> tuple[Away, ...]:
    """Return the zones elsewhere to which the design has placed something, in their order."""
    placed = {each.workload: each.zone for each in decisions if each.subject == "placement"}
    found = []
    for zone in factory.zones:
        there = tuple(load for load in factory.workloads if placed.get(load.name) == zone.name)
        if there and zone.kind != "on-prem":
            found.append(Away(zone, there))
    return tuple(found)


def faults(place: Away) -> Iterator[Wrong]:
    """Yield what keeps a rented zone from being written: a provider or a region that is not known,
    a region that lies elsewhere than the zone says, or outside the residency of its data."""
    zone = place.zone
    if zone.provider != AWS:
        yield Wrong("provider", repr(zone.provider), f"{AWS}: there are templates for no other")
        return
    country = REGIONS.get(zone.region or "")
    if country is None:
        yield Wrong("region", repr(zone.region), f"one of {', '.join(REGIONS)}")
        return
    said = zone.jurisdiction
    if said is not None and said.split("-")[0] != country:
        yield Wrong("region", f"{zone.region}, which lies in {country}", f"a region in {said}")
    for load in place.workloads:
        allowed = load.data.residency if load.data else ()
        if allowed and not any(_within(country, each) for each in allowed):
            yield Wrong("region", f"{zone.region}, which lies in {country}",
                        f"a region in {', '.join(allowed)}: {load.name} stays there")  # fmt: skip


def allowed_regions(place: Away) -> tuple[str, ...]:
    """Return the regions in which the data of all workloads of a zone may lie, the zone's own
    country alone where no residency is said."""
    own = REGIONS[place.zone.region or ""]
    wanted = [load.data.residency for load in place.workloads if load.data and load.data.residency]
    return tuple(
        region
        for region, country in REGIONS.items()
        if (country == own if not wanted else True)
        and all(any(_within(country, each) for each in allowed) for allowed in wanted)
    )


def _within(country: str, allowed: str) -> bool:
    """Return whether a country lies in a jurisdiction; a part of a country holds no whole one."""
    return country == allowed


def free_range(taken: Sequence[str]) -> str | None:
    """Return the first 10.X.0.0/16 that overlaps none of the ranges that are taken."""
    known = [ip_network(each, strict=False) for each in taken]
    four = [each for each in known if isinstance(each, IPv4Network)]
    for number in range(255, -1, -1):
        fresh = IPv4Network(f"10.{number}.0.0/16")
        if not any(fresh.overlaps(each) for each in four):
            return str(fresh)
    return None
