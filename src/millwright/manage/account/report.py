"""Puts the account of a period together: values in, one document out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import TypeVar

from millwright.manage.account import days, ledger, lemons, losses, reliability, shares, signals
from millwright.manage.account.drilled import cited
from millwright.manage.account.forecast import Series, forecast
from millwright.manage.account.gathered import Gathered, Told
from millwright.manage.account.grid import Node, Rules, grid_of
from millwright.manage.account.held import Holdings, held, known_until, once
from millwright.manage.account.remarks import assumed, missing, notes, stamp
from millwright.manage.account.waterfall import HOUR, Rework, waterfall
from millwright.model.account import Account, Forecast, Holder, Reliability
from millwright.model.accounting import Accounting
from millwright.model.telemetry import Telemetry
from millwright.model.usage import Job, Outage, Period, Seat, Trouble, Usage

MOST_OFFENDERS = 20
_Row = TypeVar("_Row", Outage, Trouble)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a report is of. `history` is since when accounting is whole, for forecasts."""

    name: str
    begin: int
    end: int
    zone: tzinfo
    zone_name: str
    history: int | None = None
    pseudonyms: bool = False
    by: str = ""


def account(usage: Usage, telemetry: Telemetry, assumptions: Accounting, terms: Terms) -> Account:
    """Return the account of a period."""
    jobs, repeated = once(usage.jobs)
    period = Period(terms.begin, terms.end, known_until(jobs, terms.end))
    seats = {seat.node: seat for seat in usage.seats}
    holdings = held(jobs, seats, period)
    holdings.repeated = repeated
    heard = signals.signals_of(telemetry)
    rules = _rules(assumptions, heard)
    gathered = _gather(usage, (jobs, holdings), (heard, rules), (period, terms))
    named = {*heard, *(outage.node for outage in usage.outages)}
    told = Told(jobs, period, holdings, gathered, rules, _heard_of(telemetry),
                tuple(sorted(named - set(seats))))  # fmt: skip
    return _document(usage, assumptions, terms, told)


def _heard_of(telemetry: Telemetry) -> frozenset[str]:
    found = (signals.told_by_name(name) for _, device, name in telemetry.series if device)
    return frozenset(each[0] for each in found if each)


def _rules(assumptions: Accounting, heard: signals.Signals) -> Rules:
    bounds = assumptions.bounds
    idle_w = bounds.idle_power_w or signals.idle_power(heard)
    return Rules(
        active_above=bounds.active_above,
        idle_below=bounds.idle_sm_below,
        idle_s=bounds.idle_minutes * 60,
        stalled_util=bounds.stalled_util_percent,
        stalled_w=None if idle_w is None else idle_w * bounds.stalled_power_factor,
        stalled_s=bounds.stalled_minutes * 60,
        clock_mhz=bounds.max_sm_clock_mhz or signals.highest_clock(heard),
    )


def _gather(
    usage: Usage,
    work: tuple[list[Job], Holdings],
    told: tuple[signals.Signals, Rules],
    frame: tuple[Period, Terms],
) -> Gathered:
    (jobs, holdings), (heard, rules), (period, terms) = work, told, frame
    found = Gathered(days.Daily(period.begin, period.end, terms.zone))
    outages, troubles = _by_node(usage.outages), _by_node(usage.troubles)
    waiting = waits(jobs, period)
    for seat in usage.seats:
        node = Node(
            seat=seat,
            holds=holdings.holds.get(seat.node, ()),
            outages=outages.get(seat.node, ()),
            devices=heard.get(seat.node, {}),
            waiting=waiting,
            watched=usage.watched,
            cuts=found.daily.cuts,
        )
        found.add(node, grid_of(node, period, rules), troubles.get(seat.node, ()))
    return found


def _by_node(rows: Iterable[_Row]) -> Mapping[str, list[_Row]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.node].append(row)
    return found


def waits(jobs: Iterable[Job], period: Period) -> list[tuple[int, int]]:
    """Return when at least one GPU job could run and did not: pieces that do not overlap."""
    spans = sorted(
        (max(job.eligible, period.begin), min(_began(job, period), period.end))
        for job in jobs
        if job.eligible is not None and (job.gpus or job.begin is None) and _waited(job)
    )
    found: list[tuple[int, int]] = []
    for begin, end in spans:
        if end <= begin:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def _waited(job: Job) -> bool:
    return job.begin is not None or (job.state == "PENDING" and job.gpus > 0)


def _began(job: Job, period: Period) -> int:
    return job.begin if job.begin is not None else period.known_until


def _document(usage: Usage, assumptions: Accounting, terms: Terms, told: Told) -> Account:
    gathered, period = told.gathered, told.period
    facts = _facts(usage, told)
    rate, rate_source = ledger.rate_of(assumptions, facts)
    faults = losses.fault_losses(gathered.losses, rate)
    money = ledger.books(assumptions, replace(facts, faults=faults))
    rework = _rework(assumptions, told.jobs, period)
    bare = Account(
        name=terms.name,
        begin=stamp(period.begin),
        end=stamp(period.end),
        timezone=terms.zone_name,
        known_until=stamp(period.known_until),
        simulated=usage.simulated or any(t.simulated for t in usage.troubles),
        made_by=terms.by,
        currency=assumptions.currency,
        pseudonyms=terms.pseudonyms,
        nodes=len(usage.seats),
        gpus=sum(seat.gpus for seat in usage.seats),
        runs=len({job for job, _ in gathered.book}),
        waterfall=waterfall(gathered.sums, told.holdings, rework),
        idle_allocated_hours=gathered.slack / HOUR if signals.SM in told.names else None,
        stalled_hours=gathered.stalled / HOUR if told.sees_stalls else None,
        faults=faults,
        reliability=_reliability(usage, told),
        forecasts=_forecasts(usage, assumptions, terms, told),
        ledger=money.entries,
        daily=gathered.daily.told(),
        missing=(*missing(usage, assumptions, told), *money.missing),
        assumptions=assumed(assumptions, told, rate_source if rate is not None else ""),
        sources=usage.sources,
        notes=notes(told),
    )
    return bare.model_copy(update=_parties(usage, terms, told, rate))


def _parties(
    usage: Usage, terms: Terms, told: Told, rate: float | None
) -> dict[str, tuple[object, ...]]:
    """Return the tables of who held what, of tiers, of nodes and of remedies, by their names."""
    period, gathered = told.period, told.gathered
    exposure = {seat.node: float(_owned(seat, period)) for seat in usage.seats}
    kinds = lemons.signals_of(told.jobs, usage.outages, usage.troubles, period)
    users, accounts, offenders = _people(told, rate, pseudonyms=terms.pseudonyms)
    return {
        "users": users,
        "accounts": accounts,
        "offenders": offenders,
        "tiers": shares.holders(gathered.book, shares.tier_of, rate),
        "availability": losses.availability(gathered.losses.tiers),
        "lemons": lemons.lemons(kinds, exposure),
        "remedies": reliability.remedies(usage.troubles, period),
        "drills": cited(usage.drills, period.begin, period.end),
    }


def _reliability(usage: Usage, told: Told) -> Reliability:
    watched = usage.watched or bool(usage.troubles)
    served = losses.in_service_node_hours(told.gathered.losses.tiers) if watched else 0.0
    runs = (told.jobs, served)
    return reliability.reliability(told.period, usage.troubles, usage.outages, runs)


def _owned(seat: Seat, period: Period) -> int:
    begin = max(period.begin, seat.since or period.begin)
    end = min(period.end, seat.until if seat.until is not None else period.end)
    return max(0, end - begin)


def _facts(usage: Usage, told: Told) -> ledger.Facts:
    sums, gathered = told.gathered.sums, told.gathered
    rooms = {seat.node: seat.gpus for seat in usage.seats}
    mended = tuple(
        (each, rooms[each.node])
        for each in usage.troubles
        if each.node in rooms and each.closed is not None and any(ok for _, ok in each.remedies)
        and told.period.begin <= each.noticed < told.period.end
    )  # fmt: skip
    return ledger.Facts(
        days=told.period.days,
        owned_hours=sums.owned / HOUR,
        allocated_hours=sums.allocated / HOUR,
        effective_hours=sums.effective / HOUR if sums.rated else None,
        node_hours_up=gathered.node_seconds_up / HOUR,
        idle_hours=gathered.slack / HOUR if signals.SM in told.names else None,
        metered_kwh=gathered.joules / 3.6e6,
        metered_share=gathered.metered / sums.owned if sums.owned else 0.0,
        mended=mended,
    )


def _rework(assumptions: Accounting, jobs: Iterable[Job], period: Period) -> Rework:
    minutes = assumptions.checkpoint_minutes
    if minutes is None:
        return Rework(None)
    told = f"half of {minutes:g} min between checkpoints for each interrupted run"
    return Rework(reliability.reworked(jobs, period, minutes * 60), told)


People = tuple[tuple[Holder, ...], tuple[Holder, ...], tuple[Holder, ...]]


def _people(told: Told, rate: float | None, *, pseudonyms: bool) -> People:
    """Return users, accounts, and the runs that held GPUs in vain, the worst first."""
    book, jobs = told.gathered.book, told.jobs
    users = shares.holders(book, shares.user_of(jobs), rate)
    runs = shares.holders(book, shares.run_of(jobs), rate)
    wasted = sorted(
        (run for run in runs if (run.idle_allocated_hours or 0) + (run.stalled_hours or 0) > 0),
        key=lambda run: -((run.idle_allocated_hours or 0) + (run.stalled_hours or 0)),
    )[:MOST_OFFENDERS]
    owner = {job.id: job.user for job in jobs}
    called: Mapping[str, str] = {}
    if pseudonyms:
        called = shares.pseudonyms((user.of for user in users), "user")
        users = tuple(user.model_copy(update={"of": called[user.of]}) for user in users)
    numbers = shares.pseudonyms((run.of for run in wasted), "run") if pseudonyms else {}
    offenders = tuple(
        run.model_copy(update={"of": _named(run.of, owner.get(run.of, ""), numbers, called)})
        for run in wasted
    )
    return users, shares.holders(book, shares.account_of(jobs), rate), offenders


def _named(run: str, user: str, numbers: Mapping[str, str], called: Mapping[str, str]) -> str:
    return f"{numbers.get(run, run)} of {called.get(user or 'not said', user or 'not said')}"


def _forecasts(
    usage: Usage, assumptions: Accounting, terms: Terms, told: Told
) -> tuple[Forecast, ...]:
    growth = assumptions.growth
    since = min(terms.history if terms.history is not None else terms.begin, terms.begin)
    span = (since, told.period.known_until)
    first, used = days.used_daily(told.jobs, usage.seats, span, terms.zone)
    gpus = sum(seat.gpus for seat in usage.seats)
    found = [
        forecast(Series("GPU-hours held a day", "GPU-hours", first, used,
                        gpus * 24 * growth.gpu_limit_percent / 100, growth.gpu_lead_days))
    ]  # fmt: skip
    began, stored = days.daily_last(usage.storage, terms.zone)
    if began is not None:
        room = growth.storage_capacity_bytes
        limit = None if room is None else room * growth.storage_limit_percent / 100 / 1e12
        found.append(
            forecast(Series("storage in use", "TB", began, [each / 1e12 for each in stored],
                            limit, growth.storage_lead_days))
        )  # fmt: skip
    return tuple(found)
