"""Joins compliance with the world: rule books, what the workspace holds, what nodes say."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import Inputs, inputs_of, workspace_of
from millwright.errors import InputError, MillwrightError, Problem

if TYPE_CHECKING:
    from millwright.adapters.compliancebook import SqlWords
    from millwright.adapters.ledger import SqlLedger
    from millwright.cli.sweeps import Look, Seen
    from millwright.manage.comply.ground import Facts, Ground
    from millwright.model.checked import Check, Scope, Word
    from millwright.model.cluster import Cluster
    from millwright.model.compliance import Books, Pack
    from millwright.model.drift import DriftDocument
    from millwright.model.drill import DrillRecord
    from millwright.model.evidence import Verified
    from millwright.model.placement import Placement


@dataclass(frozen=True, slots=True)
class Desk:
    """What every command of compliance starts from."""

    door: Door
    inputs: Inputs
    books: Books
    digest: str
    cluster: Cluster | None

    def packs(self, only: Sequence[str] = ()) -> tuple[Pack, ...]:
        """Return the packs that the spec names, or those of them that are asked for."""
        named = tuple(self.books.packs[n] for n in self.inputs.read.factory.compliance.frameworks)
        if strange := [name for name in only if name not in {pack.id for pack in named}]:
            raise MillwrightError(
                f"{strange[0]} is not among the packs of this factory",
                hint="compliance.frameworks names them: "
                + (", ".join(pack.id for pack in named) or "none"),
            )
        return tuple(pack for pack in named if not only or pack.id in only)


def desk_of(door: Door) -> Desk:
    """Return the desk. Raises InputError where spec or rule books are wrong."""
    from millwright.adapters.compliancefiles import compliance_books
    from millwright.cli.sweeps import designed
    from millwright.deploy.roles import ROLES
    from millwright.manage.comply.asks import answerable

    inputs = inputs_of(door)
    roles = frozenset(role.name for role in ROLES)
    books, digest = compliance_books(
        inputs.workspace.catalog_dir, lambda ask: answerable(ask, roles)
    )
    _known_packs(inputs, books)
    return Desk(door, inputs, books, digest, designed(door))


def _known_packs(inputs: Inputs, books: Books) -> None:
    """Raise InputError, with the line, where the spec names a rule book that nobody has."""
    from millwright.adapters.explain import similar
    from millwright.adapters.yamlfile import read, shown

    wrong = []
    for index, name in enumerate(inputs.read.factory.compliance.frameworks):
        if name not in books.packs:
            path = inputs.workspace.factory_file
            line, column = read(path).position(("compliance", "frameworks", index))
            known = ", ".join(books.packs)
            key = f"compliance.frameworks[{index}]"
            hint = similar(name, list(books.packs))
            wrong.append(Problem(str(path), line, column, key, shown(name), known, hint))
    if wrong:
        raise InputError(tuple(wrong))


def placed_now(desk: Desk) -> tuple[Placement, ...]:
    """Return where workloads run by today's rules."""
    from millwright.design.placement.choose import placements

    return placements(desk.inputs.read.factory)


def hosts_of(cluster: Cluster | None) -> tuple[str, ...]:
    """Return the hosts of a design that can be asked."""
    from millwright.adapters.routes import REACHABLE

    return tuple(d.name for d in cluster.devices if d.role in REACHABLE) if cluster else ()


def scope_now(desk: Desk) -> Scope:
    """Return the scope of the factory as it is written."""
    from millwright.manage.comply.scope import scope_of

    scope = scope_of(desk.inputs.read.factory, desk.books, placed_now(desk), hosts_of(desk.cluster))
    simulated = desk.cluster is not None and desk.cluster.simulated
    return scope.model_copy(update={"simulated": simulated})


def ledger(door: Door) -> SqlLedger:
    """Return the ledger of the workspace."""
    from millwright.adapters.ledger import ledger_of

    return ledger_of(door.root)


def words(door: Door) -> SqlWords:
    """Return the book of what persons stand for."""
    from millwright.adapters.compliancebook import SqlWords

    return SqlWords(ledger(door))


def words_that_count(door: Door) -> tuple[Word, ...]:
    """Return what persons stand for, without what was bent; that is told."""
    from millwright.adapters.compliancebook import believed

    return believed(words(door).words(), workspace_of(door), door.ui.complain)


def checks_of(door: Door) -> list[Check]:
    """Return the checks of the workspace, the newest first."""
    from millwright.adapters.compliancebook import checks

    return list(checks(workspace_of(door), door.ui.complain))


def last_check(door: Door) -> Check:
    """Return the newest check. Raises MillwrightError where there is none."""
    found = checks_of(door)
    if not found:
        raise MillwrightError("no check was made yet", hint="millwright manage comply check")
    return found[0]


def seen_of(desk: Desk, look: Look | None) -> Seen | None:
    """Return what nodes say or said; None where no node is asked.

    Without a look the newest kept evidence is read, if there is any.
    """
    from millwright.adapters.keptfacts import kept_recording
    from millwright.cli.sweeps import Seen, heard_of
    from millwright.manage.comply.questions import names_by_words

    if look is not None:
        return heard_of(desk.door, look)
    try:
        recording, run = kept_recording(workspace_of(desk.door), names_by_words())
    except MillwrightError as error:
        if "broken" in error.message:
            raise
        desk.door.ui.complain(f"{error.message}: what nodes would show is UNKNOWN")
        return None
    names = (*recording.nodes, *recording.silent)
    return Seen(recording, names, {}, desk.inputs.loaded, desk.cluster, run)


def facts_of(seen: Seen | None, source: str) -> Facts:
    """Return what nodes said, as rules read it."""
    from millwright.manage.assess.voice import Voice
    from millwright.manage.comply.ground import Facts

    if seen is None:
        return Facts({})
    recording = seen.recording
    voices = {name: Voice(name, told) for name, told in recording.nodes.items()}
    kept = f"runs/{seen.run}" if seen.run else source
    return Facts(voices, recording.at, kept, recording.silent, recording.simulated)


def ground_of(desk: Desk, seen: Seen | None, source: str) -> Ground:
    """Return everything that a check is decided from."""
    from millwright.adapters.compliancebook import SqlScans
    from millwright.adapters.decisionfile import read_decisions
    from millwright.adapters.holdingfile import read_holdings
    from millwright.manage.comply.ground import Ground, Placed
    from millwright.manage.comply.places import places_of

    door, factory, cluster = desk.door, desk.inputs.read.factory, desk.cluster
    workspace, book = workspace_of(door), ledger(desk.door)
    names = [device.name for device in cluster.devices] if cluster else []
    networks = list(cluster.networks.values()) if cluster else []
    return Ground(
        now=datetime.now(UTC),
        factory=factory,
        scope=scope_now(desk),
        places=places_of(factory, networks, names),
        facts=facts_of(seen, source),
        hosts=hosts_of(cluster),
        simulated=bool(cluster and cluster.simulated) or bool(seen and seen.simulated),
        ledger=book.rows(),
        drills=_drills(book),
        chains=_chains(door),
        placed=Placed(placed_now(desk), read_decisions(workspace)),
        people=_people(desk),
        drift=_drift(door, seen),
        scans=SqlScans(book).scans(),
        holdings=read_holdings(workspace),
        checks=checks_of(door),
    )


def _drills(book: SqlLedger) -> Sequence[DrillRecord]:
    from millwright.adapters.drillbook import SqlDrillBook
    from millwright.adapters.lifecyclebook import SqlLifecycle

    return tuple(SqlDrillBook(book, SqlLifecycle(book)).records().values())


def _chains(door: Door) -> dict[str, Verified]:
    from millwright.adapters.evidencecheck import verify
    from millwright.adapters.evidencekeys import signers_file, signers_in
    from millwright.adapters.evidencelog import CHAIN

    workspace = workspace_of(door)
    signers = signers_in(signers_file(workspace))
    folders = sorted(path.parent for path in (workspace.root / "runs").glob(f"*/{CHAIN}"))
    return {folder.name: verify(folder, signers) for folder in folders}


def _people(desk: Desk) -> dict[str, frozenset[str] | None]:
    """Return who is declared: people of the catalogue with their keys, and whom this tool comes
    as."""
    from millwright.model.access import fingerprint

    today = f"{datetime.now(UTC):%Y-%m-%d}"
    admins = desk.inputs.loaded.catalog.admins.values()
    found: dict[str, frozenset[str] | None] = {
        admin.name: frozenset(filter(None, map(fingerprint, admin.keys)))
        for admin in admins
        if admin.until is None or admin.until >= today
    }
    return {**dict.fromkeys(_users(desk.door)), **found} if found else {}


def _users(door: Door) -> set[str]:
    """Return the logins that this tool comes as."""
    from millwright.adapters.routes import known_nodes

    try:
        routes = known_nodes(workspace_of(door)).routes
    except MillwrightError:
        return set()
    return {route.user for route in routes.values()}


def _drift(door: Door, seen: Seen | None) -> DriftDocument | None:
    from millwright.cli.driftground import ground_of as drift_ground
    from millwright.manage.drift.compare import compared

    if seen is None:
        return None
    return compared(seen.recording, drift_ground(door, seen))


def actor() -> str:
    """Return who says so."""
    return getpass.getuser()


def today() -> str:
    """Return the day."""
    return f"{datetime.now(UTC):%Y-%m-%d}"
