"""What a workspace has recorded that a gate may be answered from; what is None is not recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from millwright.model.cluster import Cluster
from millwright.model.drill import DrillKind, DrillRecord
from millwright.model.modelword import ModelWord
from millwright.model.placement import Decision
from millwright.model.readiness import Accepted, Controls, GateAnswer, GateItem, Owners
from millwright.model.site import Tier
from millwright.model.slo import SloDocument
from millwright.model.spec import Factory
from millwright.model.standing import Done
from millwright.model.workload import Workload

FRESH_DAYS = 365
"""How old a drill may be: a year, as the proposed HIPAA rule asks of tests (90 FR 898)."""
ANSWERS_DAYS = 30
"""How old recorded answers of Prometheus may be: the usual window of an error budget."""


@dataclass(frozen=True, slots=True)
class Need:
    """What sizing asks for: on which server, by what, or why it has no answer."""

    server: str
    gpus: int | None
    nodes: int | None
    of_workload: int | None = None
    confidence: str = "estimate"
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Records:
    """Everything that gates are answered from. `design` says why there is no cluster, if so.

    `procedures` are files of the workspace by the name that a tier gives: their size in bytes, or
    None where there is none. `signed` are the words whose signature holds. `away` tells what was
    written for a workload that runs elsewhere.
    """

    now: datetime
    factory: Factory
    cluster: Cluster | None = None
    design: str = ""
    need: Mapping[str, Need] = field(default_factory=dict)
    local: frozenset[str] = frozenset()
    away: Mapping[str, str] = field(default_factory=dict)
    accepted: Mapping[str, Accepted] = field(default_factory=dict)
    standing: Mapping[tuple[str, str], Done] = field(default_factory=dict)
    slo: SloDocument | None = None
    drills: Sequence[DrillRecord] = ()
    decisions: Sequence[Decision] = ()
    procedures: Mapping[str, int | None] = field(default_factory=dict)
    words: Sequence[ModelWord] = ()
    signed: frozenset[int] = frozenset()
    trail_broken: int | None = None
    controls: Controls | None = None
    watched: Mapping[str, GateItem] = field(default_factory=dict)
    owners: Owners | None = None

    def tier(self, workload: Workload) -> Tier | None:
        """Return the tier that a workload names."""
        return next((each for each in self.factory.tiers if each.name == workload.tier), None)

    def hosts(self, workload: Workload) -> tuple[str, ...]:
        """Return the nodes that may serve a workload: those of pools of its tier, or, where no
        pool names a tier, all that compute."""
        if self.cluster is None:
            return ()
        named = {pool.name: pool.tier for pool in self.factory.compute if pool.tier}
        mine = {name for name, tier in named.items() if tier == workload.tier}
        return tuple(
            device.name
            for device in self.cluster.devices
            if device.role == "compute" and (not named or device.pool in mine)
        )

    def head(self) -> str | None:
        """Return the first management host, where the head's roles are."""
        if self.cluster is None:
            return None
        found = (each.name for each in self.cluster.devices if each.role == "management")
        return next(found, None)

    def last_drill(self, kind: DrillKind) -> DrillRecord | None:
        """Return the last drill of a kind that came to a verdict."""
        found = [each for each in self.drills if each.kind == kind and each.verdict is not None]
        return found[-1] if found else None

    def older(self, at: str, days: int) -> bool:
        """Return whether a moment lies further back than so many days; one that cannot be read
        does."""
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            return True
        if moment.tzinfo is None:
            return True
        return self.now - moment > timedelta(days=days)


def item(what: str, answer: GateAnswer, told: str, *, source: str = "", do: str = "") -> GateItem:
    """Return one answered question."""
    return GateItem(what=what, answer=answer, told=told, source=source, do=do)
