"""Joins what an account is made from: files, a head node, a Prometheus, the workspace."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import catalog_of, workspace_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from millwright.manage.account.report import Terms
    from millwright.model.account import Account
    from millwright.model.accounting import Accounting
    from millwright.model.telemetry import Telemetry
    from millwright.model.usage import Job, Outage, Seat, Trouble

STEP_S = 60.0
_MOST_DAYS = 800


@dataclass(frozen=True, slots=True)
class Given:
    """Where inputs come from, as it was said on the command line."""

    sacct: Path | None
    events: Path | None
    live: str | None
    telemetry: tuple[Path, ...]
    prometheus: str | None
    trust: tuple[Path | None, Path | None]
    incidents: Path | None
    maintenance: Path | None
    storage: Path | None
    accounting: Path | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the account is of, as it was said on the command line."""

    since: str | None
    until: str | None
    history: str | None
    timezone: str | None
    pseudonyms: bool


def accounted(door: Door, given: Given, asked: Asked) -> Account:
    """Return the account. Raises MillwrightError where an input is wrong or missing."""
    from millwright.adapters.accountingfile import FILE, read_accounting, seats_of, zone_named
    from millwright.adapters.repairbook import drills_of
    from millwright.manage.account.report import account
    from millwright.model.telemetry import Telemetry
    from millwright.model.usage import Usage

    _check(given)
    path = given.accounting or workspace_of(door).root / FILE
    if given.accounting is not None and not path.is_file():
        why = "it is no file" if path.exists() else "there is no such file"
        raise MillwrightError(f"{path} cannot be read: {why}", hint="--accounting FILE")
    assumptions, document = read_accounting(path)
    zone_name = asked.timezone or assumptions.timezone or "UTC"
    zone = zone_named(zone_name)
    seats, simulated = _seats(door, seats_of(assumptions, document, path, zone))
    terms = _terms(door, asked, (zone, zone_name), assumptions)
    jobs, outages, by_machine = _scheduler(door, given, (zone, terms), assumptions)
    troubles, out = _repair(door, given, zone)
    heard = _telemetry(given, terms) or Telemetry()
    usage = Usage(
        seats=seats,
        jobs=jobs,
        outages=(*outages, *out, *_planned(given.maintenance, seats)),
        troubles=troubles,
        watched=given.events is not None or given.live is not None,
        storage=_storage(given, zone),
        drills=drills_of(workspace_of(door)),
        simulated=simulated or by_machine or heard.simulated,
        sources=_sources(given, document is not None, path, bool(troubles)),
    )
    return _titled(door, account(usage, heard, assumptions, terms))


def _titled(door: Door, document: Account) -> Account:
    """Return the account with the catalogue's words for faults that it knows."""
    if not document.faults:
        return document
    from millwright.adapters.faultfiles import fault_catalog

    known = fault_catalog(catalog_of(door)).faults
    faults = tuple(
        loss.model_copy(update={"title": known[loss.fault].title}) if loss.fault in known else loss
        for loss in document.faults
    )
    return document.model_copy(update={"faults": faults})


def _check(given: Given) -> None:
    if (given.sacct is None) == (given.live is None):
        raise MillwrightError(
            "say either --sacct FILE or --live NODE",
            hint="sacct --allusers --duplicates --allocations --noconvert --parsable2 --format="
            "JobID,JobIDRaw,User,Account,Partition,State,Submit,Eligible,Start,End,ElapsedRaw,"
            "AllocTRES,NodeList --starttime=... > sacct.txt",
        )
    if given.live is not None and given.events is not None:
        raise MillwrightError("--live asks for events as well; --events goes with --sacct")
    if given.telemetry and given.prometheus:
        raise MillwrightError("say either --telemetry FILE or --prometheus URL")


def _seats(door: Door, listed: tuple[Seat, ...]) -> tuple[tuple[Seat, ...], bool]:
    """Return who is owned, and whether the factory is a simulated one: the file's fleet wins over
    the design."""
    workspace = workspace_of(door)
    designed = (workspace.design_dir / "cluster.json").is_file()
    if not listed and not designed:
        raise MillwrightError(
            "nobody says which GPUs are owned",
            hint="list them in accounting.yaml: fleet: [{nodes: 'gpu[001-016]', gpus: 8}], or run "
            "`millwright design solve` here",
        )
    if not designed:
        return listed, False
    from millwright.adapters.artefacts import read_cluster, read_lock

    cluster = read_cluster(workspace, read_lock(workspace))
    if listed:
        return listed, cluster.simulated
    from millwright.adapters.accountingfile import designed_seats
    from millwright.adapters.specfile import read_factory
    from millwright.manage.tiers import TOGETHER, tiers_of_pools

    catalog = catalog_of(door).catalog
    factory = read_factory(workspace.factory_file, catalog).factory
    named = tiers_of_pools(cluster.pools, factory)
    tiers = {pool: TOGETHER.join(names) for pool, names in named.items()}
    return tuple(designed_seats(cluster, catalog, tiers)), cluster.simulated


def _terms(door: Door, asked: Asked, zones: tuple[tzinfo, str], assumptions: Accounting) -> Terms:
    from millwright import __version__
    from millwright.manage.account.days import midnight
    from millwright.manage.account.report import Terms

    zone, name = zones
    now = datetime.now(UTC)
    today = now.astimezone(zone).date()
    end = _moment(asked.until, "--to", zone) or midnight(today, zone)
    week = midnight(datetime.fromtimestamp(end, zone).date() - timedelta(days=7), zone)
    begin = _moment(asked.since, "--from", zone) or week
    if end <= begin:
        raise MillwrightError("the period ends before it begins", hint="--from DATE --to DATE")
    if end > now.timestamp() + 60:
        raise MillwrightError("the period ends in the future", hint="--to DATE of today at most")
    if end - begin > _MOST_DAYS * 86_400:
        raise MillwrightError(f"a period has {_MOST_DAYS} days at most")
    return Terms(
        name=assumptions.name or door.root.resolve().name,
        begin=begin,
        end=end,
        zone=zone,
        zone_name=name,
        history=_moment(asked.history, "--history", zone),
        pseudonyms=asked.pseudonyms,
        by=f"millwright {__version__}",
    )


def _moment(text: str | None, option: str, zone: tzinfo) -> int | None:
    from millwright.adapters.accountingfile import moment_of

    if text is None:
        return None
    try:
        return moment_of(text, zone)
    except (ValueError, OverflowError):
        raise MillwrightError(
            f"{option} takes a date, not {text!r}", hint="such as 2026-11-16"
        ) from None


def _scheduler(
    door: Door, given: Given, frame: tuple[tzinfo, Terms], assumptions: Accounting
) -> tuple[tuple[Job, ...], tuple[Outage, ...], bool]:
    from millwright.adapters.usagefiles import jobs_of, outages_of, read_jobs, read_outages
    from millwright.cli.headnode import asked_head

    zone, terms = frame
    planned = assumptions.planned_reasons
    if given.sacct is not None:
        jobs = read_jobs(given.sacct, zone)
        events = read_outages(given.events, zone, planned) if given.events else ()
        return jobs, events, False
    head = given.live or ""
    told, booked, simulated = asked_head(door, head, terms)
    return jobs_of(told, UTC, head), outages_of(booked, UTC, planned, head), simulated


def _repair(
    door: Door, given: Given, zone: tzinfo
) -> tuple[tuple[Trouble, ...], tuple[Outage, ...]]:
    from millwright.adapters.repairbook import repair_of
    from millwright.adapters.usagefiles import read_troubles

    troubles, out = repair_of(workspace_of(door))
    more = read_troubles(given.incidents, zone) if given.incidents else ()
    known = {each.id for each in troubles}
    return (*troubles, *(each for each in more if each.id not in known)), out


def _planned(path: Path | None, seats: Sequence[Seat]) -> Iterable[Outage]:
    """Yield the windows of a file as outages of the nodes that they name, or of all."""
    from millwright.adapters.maintenancefile import read_maintenance
    from millwright.model.usage import Outage

    for window in read_maintenance(path) if path is not None else ():
        for seat in seats:
            if not window.nodes or seat.node in window.nodes:
                yield Outage(seat.node, int(window.begin), int(window.end), "planned",
                             window.reason)  # fmt: skip


def _telemetry(given: Given, terms: Terms) -> Telemetry | None:
    if given.telemetry:
        from millwright.adapters.telemetryfile import read_telemetry

        return read_telemetry(given.telemetry)
    if given.prometheus is None:
        return None
    from millwright.adapters.prometheus import Server, Span, read_prometheus
    from millwright.manage.account.signals import WANTED
    from millwright.probes import metrics

    found = (metrics.named(name) for name in WANTED)
    names = sorted({*WANTED, *(a.name for metric in found if metric for a in metric.aliases)})
    span = Span(float(terms.begin), float(terms.end), STEP_S)
    return read_prometheus(Server(given.prometheus, *given.trust), names, span)


def _storage(given: Given, zone: tzinfo) -> tuple[tuple[int, float], ...]:
    from millwright.adapters.usagefiles import read_storage

    return read_storage(given.storage, zone) if given.storage is not None else ()


def _sources(given: Given, assumed: bool, path: Path, repaired: bool) -> tuple[str, ...]:
    files = [given.sacct, given.events, *given.telemetry, given.incidents, given.maintenance,
             given.storage]  # fmt: skip
    found = [str(file) for file in files if file is not None]
    found += [f"{given.live} over SSH, kept as evidence"] if given.live else []
    found += [f"Prometheus {json.dumps(given.prometheus)}"] if given.prometheus else []
    found += [str(path)] if assumed else []
    found += ["incidents and journal of this workspace"] if repaired and not given.incidents else []
    return tuple(found)
