"""What a note means for one host: its own parameters, and those of the one table that it shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from millwright.errors import MillwrightError
from millwright.model.catalog import Catalog
from millwright.model.parameters import Traits, holding, reaches
from millwright.model.platform import Parameter
from millwright.model.roce import pfc_words, roce_octet
from millwright.model.tuning import CHECKED, NodeRole, Tuned, TuningNote, Wanted


@dataclass(frozen=True, slots=True)
class Host:
    """A node as notes see it; what nobody knows of it is empty."""

    name: str
    roles: frozenset[NodeRole] = frozenset()
    traits: Traits = field(default_factory=Traits)
    system: str = ""
    server: str = ""
    virtual: str = ""


def note_of(catalog: Catalog, name: str) -> TuningNote:
    """Return a note. Raises MillwrightError where there is none of that name."""
    found = catalog.tuning_notes.get(name)
    if found is None:
        known = ", ".join(catalog.tuning_notes)
        raise MillwrightError(f"no tuning note is called {name!r}", hint=f"known are {known}")
    return found


def suits(note: TuningNote, host: Host) -> str:
    """Return why a note is not for a host; nothing where it is."""
    if not host.roles & set(note.roles):
        told = " or ".join(sorted(host.roles)) or "unknown"
        return f"it is for {' and '.join(note.roles)}, and the node is {told}"
    if note.vendor and host.traits.vendor and note.vendor != host.traits.vendor:
        return f"it is for GPUs of {note.vendor}, and the node's are of {host.traits.vendor}"
    return ""


def wanted(note: TuningNote, catalog: Catalog, host: Host) -> tuple[Wanted, ...]:
    """Return what a note asks of a host, in its own order; parameters for others are left out."""
    said = catalog.tuning_overrides.get(note.name)
    wishes: Mapping[str, str] = said.wants if said else {}
    own = [_own(note, each, catalog, wishes) for each in note.parameters if _is_for(each, host)]
    return (*_shared(note, catalog, host, wishes), *own)


def everything(note: TuningNote, catalog: Catalog) -> tuple[Wanted, ...]:
    """Return all that a note may ask of any host, whoever it is for."""
    said = catalog.tuning_overrides.get(note.name)
    wishes: Mapping[str, str] = said.wants if said else {}
    shared = [
        _from_table(note, catalog.parameters[name], catalog.parameters[name], wishes)
        for name in note.shared
    ]
    return (*shared, *(_own(note, each, catalog, wishes) for each in note.parameters))


def orphans(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Yield what a site overrides and no note has: the override, and the parameter or nothing."""
    for name, override in catalog.tuning_overrides.items():
        note = catalog.tuning_notes.get(name)
        if note is None:
            yield name, ""
            continue
        known = {*note.shared, *(each.name for each in note.parameters)}
        yield from ((name, key) for key in override.wants if key not in known)


def against_the_table(
    wants: Iterable[Wanted], catalog: Catalog, host: Host
) -> Iterator[tuple[Wanted, Parameter]]:
    """Yield what a note wants otherwise than the shared table, from which hosts are deployed."""
    table = {(str(p.kind), p.key): p for p in holding(catalog.parameters.values(), host.traits)}
    for want in wants:
        said = table.get((want.kind, want.key))
        if said is None or not reaches(said.kind, host.traits) or not want.want:
            continue
        if want.want != said.value.value:
            yield want, said


def _is_for(each: Tuned, host: Host) -> bool:
    asked = (
        (each.vendor, host.traits.vendor),
        (each.fabric, host.traits.fabric),
    )
    known = all(wish is None or wish == has for wish, has in asked)
    systems = not each.systems or host.system in each.systems
    servers = not each.servers or host.server in each.servers
    return known and systems and servers and not (each.metal and host.virtual not in ("", "none"))


def _own(note: TuningNote, each: Tuned, catalog: Catalog, wishes: Mapping[str, str]) -> Wanted:
    want = each.want if each.want != "table" else _of_classes(each.key, catalog)
    return Wanted(
        note=note.name,
        version=note.version,
        name=each.name,
        kind=each.kind,
        key=each.key,
        want=wishes.get(each.name, want),
        why=each.why,
        source=each.source,
        confidence=each.confidence,
        checked=each.checked,
        reboot=each.reboot,
        disruptive=each.disruptive,
        over=each.over,
        overridden=each.name in wishes,
    )


def _shared(
    note: TuningNote, catalog: Catalog, host: Host, wishes: Mapping[str, str]
) -> Iterator[Wanted]:
    table = [
        each
        for each in holding(catalog.parameters.values(), host.traits)
        if reaches(each.kind, host.traits)
    ]
    last = {(each.kind, each.key): each for each in table}
    named = [each for each in table if each.name in note.shared]
    for name in note.shared:
        for each in (p for p in named if p.name == name):
            yield _from_table(note, each, last[each.kind, each.key], wishes)


def _from_table(
    note: TuningNote, named: Parameter, holds: Parameter, wishes: Mapping[str, str]
) -> Wanted:
    """Return a shared parameter; `holds` is what wins over it where several have its key."""
    return Wanted(
        note=note.name,
        version=note.version,
        name=named.name,
        kind=named.kind,
        key=named.key,
        want=wishes.get(named.name, holds.value.value),
        why=holds.note or holds.title or "from the one table of host parameters",
        source=holds.source,
        confidence=holds.confidence,
        checked=named.kind in CHECKED,
        overridden=named.name in wishes,
    )


def _of_classes(key: str, catalog: Catalog) -> str:
    """Return what the one table of traffic classes says of a host's adapters."""
    table = tuple(catalog.traffic_classes.values())
    return roce_octet(table) if key == "tc" else pfc_words(table)
