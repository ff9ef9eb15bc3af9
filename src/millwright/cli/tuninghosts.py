"""What tuning knows of nodes: what they said, what the design says of them, what notes ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from millwright.adapters.tuningprogram import read_words
from millwright.cli.door import Door
from millwright.cli.sweeps import Look, Seen, heard_of
from millwright.manage.questions import Question
from millwright.manage.tune.conflicts import ALWAYS
from millwright.manage.tune.facts import QUESTION, Unread, facts_of
from millwright.manage.tune.notes import Host, wanted
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster
from millwright.model.heard import Recording
from millwright.model.parameters import Traits
from millwright.model.tuned import Facts, NodeState
from millwright.model.tuning import NodeRole, TuningNote, Wanted

if TYPE_CHECKING:
    from millwright.adapters.tuningbook import SqlTuning

ASKED_S = 60.0
COMPUTES: frozenset[NodeRole] = frozenset({"training", "inference"})
SERVES: frozenset[NodeRole] = frozenset({"storage", "head"})


@dataclass(frozen=True, slots=True)
class Told:
    """What nodes said: facts by node, and why there are none of the others."""

    facts: Mapping[str, Facts]
    silent: Mapping[str, str]
    hosts: Mapping[str, Host] = field(default_factory=dict)


def book_of(door: Door) -> SqlTuning:
    """Return the journal of tuning of a workspace."""
    from millwright.adapters.ledger import ledger_of
    from millwright.adapters.tuningbook import SqlTuning

    return SqlTuning(ledger_of(door.root))


def question(catalog: Catalog) -> Question:
    """Return the one question of a node: every parameter of every note, in one round trip."""
    asked = {
        (each.kind, each.key) for note in catalog.tuning_notes.values() for each in note.parameters
    }
    shared = {name for note in catalog.tuning_notes.values() for name in note.shared}
    table = catalog.parameters
    asked |= {(table[name].kind, table[name].key) for name in shared}
    return Question(QUESTION, read_words(sorted({*asked, *ALWAYS})), command_s=ASKED_S)


def told_of(door: Door, look: Look) -> tuple[Told, Seen]:
    """Return what nodes say of their parameters, over SSH or from a recording."""
    from millwright.cli.wiring import catalog_of

    asked = question(catalog_of(door).catalog)
    seen = heard_of(door, replace(look, questions=(asked,), phase="tune"))
    told = read_all(seen.recording, seen.names)
    if look.source is None:
        told = recalled(told, book_of(door).remembered())
    return with_hosts(told, door, seen.cluster, seen.catalog), seen


def read_all(recording: Recording, names: Sequence[str]) -> Told:
    """Return what a recording tells of nodes' parameters; who tells nothing of them is silent."""
    facts: dict[str, Facts] = {}
    silent: dict[str, str] = {}
    for node in names:
        if node in recording.silent:
            silent[node] = recording.silent[node]
            continue
        try:
            heard = recording.nodes.get(node, {}).get(QUESTION)
            facts[node] = facts_of(node, heard, simulated=node in recording.simulated)
        except Unread as why:
            silent[node] = str(why)
    return Told(facts, silent)


def recalled(told: Told, known: Mapping[str, NodeState]) -> Told:
    """Return the same, and what the workspace knows of notes where a node lost its own record.

    A node that was installed anew has none; values that it has by now are no hand's work then.
    """
    facts = dict(told.facts)
    for node, own in facts.items():
        state = known.get(node)
        if state and state.saved and not own.state.saved and own.state.pending is None:
            facts[node] = replace(own, state=state, remembered=True)
    return replace(told, facts=facts)


def with_hosts(told: Told, door: Door, cluster: Cluster | None, catalog: Catalog) -> Told:
    """Return the same with what each node is: by the design, else by what it said itself."""
    from millwright.manage.expected import expected_of

    expected = expected_of(cluster, catalog) if cluster is not None else {}
    wishes = _wished(door, catalog)
    hosts: dict[str, Host] = {}
    for node, facts in told.facts.items():
        design = expected.get(node)
        if design is None or cluster is None:
            hosts[node] = _by_itself(facts)
            continue
        computes = design.role == "compute"
        traits = Traits()
        if computes:
            traits = _traits(cluster, catalog, design.server, wishes)
        roles = COMPUTES if computes else frozenset[NodeRole]({"head"})
        hosts[node] = Host(node, roles, traits, facts.system, design.server, facts.virtual)
    return Told(told.facts, told.silent, hosts)


def _by_itself(facts: Facts) -> Host:
    computes = bool(facts.vendor)
    traits = Traits(computes=computes, vendor=facts.vendor)
    roles = COMPUTES if computes else SERVES
    return Host(facts.node, roles, traits, facts.system, facts.server, facts.virtual)


def _traits(cluster: Cluster, catalog: Catalog, model: str, wished: frozenset[str]) -> Traits:
    from millwright.deploy.sections.accelerators import platform_of
    from millwright.deploy.sections.fabric import protocol

    server = catalog.servers.get(model)
    if server is None:
        return Traits(computes=True)
    platform = platform_of(server, model, catalog)
    return Traits(
        computes=True,
        platform=platform.name if platform else "",
        vendor=platform.vendor if platform else "",
        fabric=protocol(cluster, catalog, "compute"),
        wished=wished,
    )


def _wished(door: Door, catalog: Catalog) -> frozenset[str]:
    """Return the parameters that the spec names; none where there is no spec."""
    from millwright.adapters.specfile import read_factory
    from millwright.cli.wiring import workspace_of

    path = workspace_of(door).factory_file
    if not path.is_file():
        return frozenset()
    return frozenset(read_factory(path, catalog).factory.software.parameters)


def wants_of(
    notes: Iterable[TuningNote], host: Host, catalog: Catalog
) -> dict[str, tuple[Wanted, ...]]:
    """Return what notes ask of a host, by note."""
    return {note.name: wanted(note, catalog, host) for note in notes}
