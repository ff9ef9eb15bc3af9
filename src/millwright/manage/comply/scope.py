"""Which rule books hold here, for which data, on which pools, and where the data may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from millwright.model.checked import Scope, ScopeNote
from millwright.model.compliance import Books, Pack, When
from millwright.model.placement import Placement
from millwright.model.spec import Factory

EUROPE = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE"),
        *("IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)
"""Member states, and those of the economic area, where the GDPR holds as well."""
PATIENTS = ("phi", "limited", "controlled-genomic")


def jurisdictions(factory: Factory) -> frozenset[str]:
    """Return where the site, its zones and its data may be."""
    found = {factory.site.jurisdiction, *(zone.jurisdiction for zone in factory.zones)}
    for workload in factory.workloads:
        found |= set(workload.data.residency) if workload.data else set()
    return frozenset(place for place in found if place)


def data_classes(factory: Factory) -> tuple[str, ...]:
    """Return the classes of data that workloads and feeds bring, each once."""
    found = [w.data.class_ for w in factory.workloads if w.data is not None]
    feeds = ["phi"] if factory.feeds else []
    return tuple(dict.fromkeys([*found, *feeds]))


def holds(when: When, factory: Factory, data: Sequence[str]) -> bool:
    """Return whether something applies to this factory."""
    places = jurisdictions(factory)
    if when.eu and not any(place.split("-")[0] in EUROPE for place in places):
        return False
    if when.jurisdictions and not any(
        place == want or place.startswith(f"{want}-") for place in places
        for want in when.jurisdictions
    ):  # fmt: skip
        return False
    if when.data and not set(when.data) & set(data):
        return False
    kinds = {workload.kind for workload in factory.workloads}
    return not when.kinds or bool(set(when.kinds) & kinds)


def why_holds(pack: Pack, factory: Factory, data: Sequence[str]) -> str:
    """Return what of the spec brings a pack in, in words."""
    told = [f"{', '.join(sorted(jurisdictions(factory))) or 'no jurisdiction'}"]
    if pack.when.data:
        told.append(", ".join(name for name in data if name in pack.when.data))
    if pack.when.kinds:
        told.append(", ".join(sorted({w.kind for w in factory.workloads} & set(pack.when.kinds))))
    return "; ".join(filter(None, told))


def chosen_packs(factory: Factory, books: Books) -> tuple[Pack, ...]:
    """Return the packs that the spec names. Raises KeyError with a name that is none."""
    return tuple(books.packs[name] for name in factory.compliance.frameworks)


def scope_of(
    factory: Factory, books: Books, placed: Sequence[Placement], hosts: Sequence[str]
) -> Scope:
    """Return the scope: packs chosen and suggested, data and where it may be, pools and nodes."""
    data = data_classes(factory)
    chosen = chosen_packs(factory, books)
    return Scope(
        factory=factory.name,
        jurisdiction=factory.site.jurisdiction,
        data=data,
        packs=tuple(_note(pack, factory, data) for pack in chosen),
        suggested=tuple(_suggested(factory, books, data)),
        nodes=tuple(hosts),
        patients=tuple(_patients(factory)),
        residency=_residency(factory),
        zones=_zones(factory, placed, data),
        forbidden=tuple(_forbidden(placed)),
        retention_years=_retention(factory),
    )


def _note(pack: Pack, factory: Factory, data: Sequence[str]) -> ScopeNote:
    if holds(pack.when, factory, data):
        why = why_holds(pack, factory, data)
    else:
        why = "the spec names it; nothing else in it calls for it"
    since = pack.applies_from
    return ScopeNote(name=pack.id, why=why, status=pack.status, applies_from=since)


def _suggested(factory: Factory, books: Books, data: Sequence[str]) -> Iterator[ScopeNote]:
    """Yield packs that seem to apply and are not named; what is on wish only is none of them."""
    named = set(factory.compliance.frameworks)
    for pack in books.packs.values():
        narrow = bool(pack.when.data or pack.when.kinds or pack.when.eu)
        if pack.id in named or pack.on_wish or not narrow:
            continue
        if holds(pack.when, factory, data):
            yield _note(pack, factory, data)


def _patients(factory: Factory) -> Iterator[ScopeNote]:
    """Yield pools that hold data of patients; work without a tier may run anywhere."""
    for pool in factory.compute:
        why = [f"the feed {feed.name}" for feed in factory.feeds[:1]]
        why += [
            f"the workload {w.name}" for w in factory.workloads
            if w.data is not None and w.data.class_ in PATIENTS
            and (pool.tier is None or w.tier in (None, pool.tier))
        ]  # fmt: skip
        if why:
            yield ScopeNote(name=pool.name, why=", ".join(why)[:2000])
    if not factory.compute and any(name in PATIENTS for name in data_classes(factory)):
        yield ScopeNote(name="all pools", why="sized from workloads, some with patients' data")


def _residency(factory: Factory) -> dict[str, tuple[str, ...]]:
    """Return for each class the places that all of its workloads allow."""
    found: dict[str, list[frozenset[str]]] = {}
    for workload in factory.workloads:
        if workload.data is not None and workload.data.residency:
            places = frozenset(workload.data.residency)
            found.setdefault(workload.data.class_, []).append(places)
    return {name: tuple(sorted(frozenset.intersection(*all_)))
            for name, all_ in found.items()}  # fmt: skip


def _zones(
    factory: Factory, placed: Iterable[Placement], data: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return for each class the zones that no workload with such data is kept out of by law.

    What keeps a workload out for speed's sake says nothing of its data.
    """
    names = [zone.name for zone in factory.zones]
    out: dict[str, set[str]] = {name: set() for name in data}
    for each in placed:
        if each.data_class in out:
            out[each.data_class] |= {f.zone for f in each.forbidden if f.rule not in NOT_OF_DATA}
    return {name: tuple(z for z in names if z not in kept) for name, kept in out.items()}


NOT_OF_DATA = ("MW-D-092", "MW-D-093")
"""Rules of placement about links, and not about data."""


def _forbidden(placed: Iterable[Placement]) -> Iterator[ScopeNote]:
    seen: set[tuple[str, str]] = set()
    for each in placed:
        for against in each.forbidden:
            key = (against.zone, against.reason)
            if against.rule not in NOT_OF_DATA and key not in seen:
                seen.add(key)
                yield ScopeNote(name=against.zone, why=against.reason, status=against.rule)


def _retention(factory: Factory) -> dict[str, float]:
    """Return for each class the fewest years that a workload keeps it."""
    found: dict[str, float] = {}
    for workload in factory.workloads:
        if workload.data is not None and workload.data.retention_years is not None:
            name, years = workload.data.class_, workload.data.retention_years
            found[name] = min(found.get(name, years), years)
    return found
