"""Joins what repair works from: complaints, the fleet, the journal, the site's policy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from millwright.cli.door import Door
from millwright.cli.wiring import Inputs, inputs_of, workspace_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.adapters.complaintfile import Told
    from millwright.adapters.ledger import SqlLedger
    from millwright.adapters.lifecyclebook import SqlLifecycle
    from millwright.manage.remedy.fleet import Fleet
    from millwright.manage.remedy.past import Journal
    from millwright.manage.remedy.plan import Rules
    from millwright.model.cluster import Cluster
    from millwright.model.incident import Choice, Incident
    from millwright.model.lifecycle import Step
    from millwright.model.remedy import Policy
    from millwright.model.remedyplan import RemedyPlan

SWEEPS = ("health.json", "findings.json")
"""Files of a run that hold complaints."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that repair of one workspace is decided from."""

    door: Door
    inputs: Inputs
    cluster: Cluster
    policy: Policy
    book: SqlLifecycle
    ledger: SqlLedger

    @property
    def simulated(self) -> bool:
        """Return whether the factory is no real one."""
        return self.cluster.simulated

    def journal(self) -> Journal:
        """Return everything that is written down, as it is now."""
        from millwright.manage.remedy.past import Journal

        return Journal(self.book.incidents(), self.book.deeds(), self.book.transitions())

    def fleet(self, out: Mapping[str, str] | None = None, silent: str = "") -> Fleet:
        """Return the fleet with what the journal, and the scheduler, say of it."""
        from millwright.manage.remedy.fleet import fleet_of

        fleet = fleet_of(self.cluster, self.inputs.read.factory, self.policy)
        return replace(fleet, states=self.book.states(), out=out or {}, silent=silent)

    def rules(self, confirm: str | None) -> Rules:
        """Return by what it is decided. Raises MillwrightError where another factory is named."""
        import getpass

        from millwright.manage.remedy.plan import Rules
        from millwright.manage.remedy.rails import Bounds

        name = self.cluster.name
        if confirm is not None and confirm != name:
            raise MillwrightError(
                f"--confirm names {confirm!r}, and this factory is {name!r}",
                hint=f"say --confirm={name}",
            )
        catalog = self.inputs.loaded.catalog
        return Rules(
            remedies=catalog.remedies,
            bounds=Bounds(catalog.remedy_limits["default"], self.policy.limits),
            policy=self.policy,
            now=datetime.now(UTC).astimezone(_zone(self.policy.timezone)),
            confirmed=f"{getpass.getuser()} by --confirm={confirm}" if confirm else "",
        )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise MillwrightError(
            f"remedy.yaml: no time zone is called {name!r}", hint="such as Europe/Berlin, or UTC"
        ) from None


@contextlib.contextmanager
def book_of(door: Door) -> Iterator[SqlLifecycle]:
    """Open the journal of a workspace alone: what is written down needs no spec to be read."""
    from millwright.adapters.ledger import ledger_of
    from millwright.adapters.lifecyclebook import SqlLifecycle

    ledger = ledger_of(workspace_of(door).root)
    try:
        yield SqlLifecycle(ledger)
    finally:
        ledger.close()


@contextlib.contextmanager
def desk_of(door: Door) -> Iterator[Desk]:
    """Open the desk of a workspace."""
    from millwright.adapters.artefacts import read_cluster, read_lock
    from millwright.adapters.ledger import ledger_of
    from millwright.adapters.lifecyclebook import SqlLifecycle
    from millwright.adapters.remedypolicy import read_policy

    inputs = inputs_of(door)
    # What stands is what was designed then, even where the catalogue says more today.
    cluster = read_cluster(inputs.workspace, read_lock(inputs.workspace))
    policy = read_policy(inputs.workspace, cluster.name)
    ledger = ledger_of(inputs.workspace.root)
    try:
        yield Desk(door, inputs, cluster, policy, SqlLifecycle(ledger), ledger)
    finally:
        ledger.close()


def complaints_of(door: Door, files: tuple[Path, ...]) -> Told:
    """Return the complaints of files, or of the last sweep and detection of the workspace.

    Raises MillwrightError where there is neither.
    """
    from millwright.adapters.complaintfile import read_complaints

    return read_complaints(files or _latest(door))


def _latest(door: Door) -> tuple[Path, ...]:
    runs = workspace_of(door).root / "runs"
    found = [max(runs.glob(f"*/{name}"), default=None) for name in SWEEPS]
    there = tuple(path for path in found if path is not None)
    if not there:
        raise MillwrightError(
            "nobody has looked for faults here yet",
            hint="millwright manage health, or name a file: --findings FILE",
        )
    return there


def planned(desk: Desk, told: Told, fleet: Fleet, confirm: str | None) -> RemedyPlan:
    """Return what would be done now about what was told."""
    from millwright.manage.remedy.past import past_of
    from millwright.manage.remedy.plan import plan
    from millwright.model.remedyplan import RemedyPlan

    rules = desk.rules(confirm)
    past = past_of(desk.journal(), rules.bounds, rules.now)
    items, breaker = plan(told.complaints, fleet, past, rules, told.common)
    return RemedyPlan(
        factory=desk.cluster.name,
        at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        simulated=desk.simulated or told.simulated,
        items=items,
        breaker=breaker,
        notes=told.notes,
    )


def rechosen(desk: Desk, incident: Incident, confirm: str | None) -> Choice:
    """Return what is to be tried next for an incident: nothing is tried twice for one."""
    from millwright.manage.remedy.choose import Case, choose
    from millwright.manage.remedy.past import past_of
    from millwright.manage.remedy.plan import barred_for

    rules = desk.rules(confirm)
    past = past_of(desk.journal(), rules.bounds, rules.now)
    complaint = incident.complaint
    post = desk.fleet().posts.get(incident.node)
    barred = barred_for(complaint, post.tier if post else None, past, rules)
    tried = [
        deed.remedy
        for deed in desk.book.deeds()
        if deed.incident == incident.id and deed.step == "act" and deed.phase == "intent"
    ]
    barred |= dict.fromkeys(tried, "tried for this incident")
    minutes = rules.bounds("disruption_minutes")
    return choose(Case(complaint, incident.sku, past.record, barred, minutes), rules.remedies)


def incident_of(desk: Desk, name: str) -> Incident:
    """Return an incident. Raises MillwrightError where there is none of that name."""
    found = desk.book.incidents()
    if name not in found:
        latest = ", ".join(list(found)[-3:]) or "none"
        raise MillwrightError(f"there is no incident {name!r}", hint=f"the latest are {latest}")
    return found[name]


def write_line(desk: Desk, name: str, step: Step, outcome: str) -> None:
    """Add what a person says of an incident to its journal."""
    import getpass

    from millwright.model.lifecycle import Deed

    incident = incident_of(desk, name)
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    actor = getpass.getuser()
    desk.book.put(
        Deed(
            incident=name, node=incident.node, step=step, phase="done", at=at, outcome=outcome,
            actor=actor,
        )
    )  # fmt: skip
