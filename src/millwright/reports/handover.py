"""What a customer is handed over, as one value: read from the workspace, and never filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.model.asset import Assets, FirmwareMatrix
from millwright.model.cluster import BomLine, Cluster
from millwright.model.drill import DrillRecord
from millwright.model.handover import HandoverFile
from millwright.model.health import HealthDocument
from millwright.model.placement import Decision
from millwright.model.retention import StoredRun
from millwright.model.spec import Factory
from millwright.model.standing import Done
from millwright.reports.designedneeds import Stage
from millwright.reports.judgement import Judgement
from millwright.reports.page import Block, Notice, Section


@dataclass(frozen=True, slots=True)
class Missing:
    """What belongs into the package and is not in the workspace: what it is, and what brings it."""

    what: str
    how: str

    def notice(self) -> Notice:
        """Return it as what a reader must not miss."""
        return Notice("MISSING", bare(f"{self.what} {self.how}"), "unknown")


def bare(text: str) -> str:
    """Return a text without the marks that stand around commands on a terminal."""
    return text.replace("`", "")


@dataclass(frozen=True, slots=True)
class Built:
    """A recorded design: its devices, its bill, its cables as rows, the digests of its files."""

    cluster: Cluster
    bom: Sequence[BomLine]
    cables: Sequence[Sequence[object]]
    digests: Mapping[str, str]
    stages: Sequence[Stage]
    decisions: Sequence[Decision]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The verdict of a burn-in: which run, and when it was measured."""

    run: str
    judged: Judgement
    last_at: str


@dataclass(frozen=True, slots=True)
class Stock:
    """What nodes told of themselves, and in which run."""

    run: str
    assets: Assets
    firmware: FirmwareMatrix


@dataclass(frozen=True, slots=True)
class Book:
    """A runbook that is in the package."""

    name: str
    title: str
    severity: str


@dataclass(frozen=True, slots=True)
class Handover:
    """All that the package tells. What is None or empty is missing, and said to be.

    `made` is the time of the newest thing in it. `compliance` are files that another command wrote.
    """

    factory: Factory
    by: str
    made: str
    simulated: bool
    built: Built
    accepted: Accepted | None
    stock: Stock | None
    ledger: Mapping[tuple[str, str], Done]
    health: HealthDocument | None
    runs: Sequence[StoredRun]
    seals: int
    gone: Sequence[str]
    drills: Sequence[DrillRecord]
    runbooks: Sequence[Book]
    compliance: Sequence[str]
    design_papers: Sequence[str]
    said: HandoverFile
    signer: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One page of the site. `missing` is what it should tell and cannot.

    `paper` says what stands on paper in the place of `blocks`, where those are too long for it.
    """

    id: str
    title: str
    lead: str
    blocks: tuple[Block, ...]
    missing: tuple[Missing, ...] = ()
    paper: tuple[Block, ...] | None = None

    def section(self, *, paper: bool = False) -> Section:
        """Return the chapter as a section, what is missing first."""
        told = self.paper if paper and self.paper is not None else self.blocks
        notices = tuple(each.notice() for each in self.missing)
        return Section(self.id, self.title, (*notices, *told), lead=self.lead, fresh=paper)
