"""What does not go together on a node: two notes, a note and the design, what a hand left over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from millwright.manage.tune.notes import Host, against_the_table
from millwright.manage.tune.stack import of_state
from millwright.manage.tune.verify import fold_of
from millwright.model.catalog import Catalog
from millwright.model.tuned import Conflict, Facts
from millwright.model.tuning import TuningNote, Wanted

HUGE_PAGES = ("sysfs", "kernel/mm/transparent_hugepage/enabled")
CLOCKS = ("nvidia", "clocks")
POWER = ("nvidia", "power-cap")
ALWAYS = (HUGE_PAGES, CLOCKS, POWER)
"""Parameters that every look takes in, whatever note it is about."""


def conflicts(
    note: TuningNote, wants: Sequence[Wanted], facts: Facts, host: Host, catalog: Catalog
) -> tuple[Conflict, ...]:
    """Return everything on one node that a note does not go together with."""
    return (
        *_of_notes(note, wants, facts),
        *_of_the_design(wants, facts, host, catalog),
        *_of_machines(wants, facts),
        *left_over(facts),
    )


def _of_notes(note: TuningNote, wants: Sequence[Wanted], facts: Facts) -> Iterator[Conflict]:
    for other in facts.state.notes:
        if other in note.conflicts:
            what = f"{note.name} and {other}, which is in force there, are meant for different work"
            yield Conflict(facts.node, "notes", what, f"tune revert {other}", grave=True)
    meant = {(str(want.kind), want.key): want for want in wants if want.want and not want.checked}
    told: set[str] = set()
    for (kind, key, _), saved in of_state(facts.state).items():
        want = meant.get((kind, key))
        others = [each for each in saved.layers if each.note != note.name]
        if want is None or not others or others[-1].want == want.want or want.name in told:
            continue
        told.add(want.name)
        what = f"{want.name}: {others[-1].note} wants {others[-1].want}, {note.name} {want.want}"
        yield Conflict(facts.node, "values", what, "the note that came last is in force")


def _of_the_design(
    wants: Sequence[Wanted], facts: Facts, host: Host, catalog: Catalog
) -> Iterator[Conflict]:
    for want, said in against_the_table(wants, catalog, host):
        what = f"{want.name} is {want.want}, and hosts are deployed with {said.name} = "
        what += said.value.value
        on_purpose = "on purpose: " if want.over == said.name else ""
        remedy = f"{on_purpose}`deploy apply` sets it back; say it in `parameters` to keep it"
        yield Conflict(facts.node, "design", what, remedy)


def _of_machines(wants: Sequence[Wanted], facts: Facts) -> Iterator[Conflict]:
    virtual = facts.virtual not in ("", "none") and not facts.contained
    for want in wants:
        if virtual and (want.kind, want.key, want.want) == ("pcie", "acs", "off"):
            what = f"access control of PCI is wanted off in a virtual machine ({facts.virtual})"
            yield Conflict(
                facts.node, "acs", what, "leave it on where devices translate addresses (ATS)"
            )


def left_over(facts: Facts) -> Iterator[Conflict]:
    """Yield what somebody forgot: locked clocks, capped power, mounts that Kerberos slows down."""
    held = [each for each in facts.of(*CLOCKS) if each.value == "Active"]
    if held:
        what = f"clocks of {len(held)} GPUs are held down by a setting"
        yield Conflict(facts.node, "clocks", what, "nvidia-smi -rgc and -rac give them back")
    most = fold_of([replace(each, value=each.ideal) for each in facts.of(*POWER)])
    capped = [each for each in facts.of(*POWER) if _below(each.value, each.ideal)]
    if capped:
        what = f"power of {len(capped)} GPUs is capped: {fold_of(capped)} W of {most} W"
        yield Conflict(facts.node, "power-cap", what, "tune apply nvidia-settings --also power-cap")
    for place, words in facts.mounts:
        told = dict(word.partition("=")[::2] for word in words)
        if told.get("sec", "").startswith("krb5") and _below("1", told.get("nconnect", "1")):
            what = f"{place} is mounted with {told['sec']} and nconnect={told['nconnect']}"
            remedy = (
                "some servers do not take both: encrypt by xprtsec=tls, or mount without nconnect"
            )
            yield Conflict(facts.node, "krb5-nconnect", what, remedy)


def _below(low: str, high: str) -> bool:
    try:
        return float(low) < float(high)
    except ValueError:
        return False


def of_versions(facts: Facts, catalog: Catalog) -> Iterator[Conflict]:
    """Yield notes that are in force there in another version than the catalogue has now.

    And a record of notes that the node itself does not have any more.
    """
    if facts.remembered:
        what = (
            "the node's own record of its notes is gone; what this workspace knows of them counts"
        )
        yield Conflict(
            facts.node, "record", what, "was it installed anew? `tune revert`, then apply"
        )
    layers = {layer for saved in facts.state.meant for layer in saved.layers}
    for name, version in sorted({(layer.note, layer.version) for layer in layers}):
        known = catalog.tuning_notes.get(name)
        if known is None:
            what = f"{name} is in force, and no note of that name is known any more"
            yield Conflict(facts.node, "version", what, f"tune revert {name}")
        elif known.version != version:
            what = f"{name} {version} is in force, and the catalogue has {known.version}"
            yield Conflict(facts.node, "version", what, f"tune apply {name}")


def split_pages(told: Mapping[str, Facts], hosts: Mapping[str, Host]) -> tuple[Conflict, ...]:
    """Return nodes that do the same work and put pages together otherwise than most of these."""
    groups: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for node, facts in told.items():
        for each in facts.of(*HUGE_PAGES):
            role = tuple(sorted(hosts[node].roles)) if node in hosts else ()
            groups.setdefault(role, {}).setdefault(each.value, []).append(node)
    found: list[Conflict] = []
    for values in groups.values():
        most = max(values, key=lambda value: (len(values[value]), value))
        for value, nodes in values.items():
            what = f"transparent huge pages are {value}, and {most} on nodes of the same work"
            remedy = "one note for one kind of work: always suits training, never suits latency"
            if value != most:
                found += [Conflict(node, "huge-pages", what, remedy) for node in nodes]
    return tuple(found)
