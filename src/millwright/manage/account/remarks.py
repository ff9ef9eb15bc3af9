"""What a report says about itself: what is missing, what was assumed, what was odd."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from millwright.manage.account import signals
from millwright.manage.account.gathered import Told
from millwright.manage.account.waterfall import HOUR
from millwright.model.account import Missing
from millwright.model.accounting import Accounting
from millwright.model.usage import Usage


def missing(usage: Usage, assumptions: Accounting, told: Told) -> Iterable[Missing]:
    """Yield what is not told for want of an input."""
    asked = (
        (not usage.watched, "which nodes were up", "--events: sacctmgr show event"),
        (not any(job.eligible is not None for job in told.jobs),
         "whether jobs waited while GPUs were free", "the column Eligible or Submit of sacct"),
        (not told.names, "what GPUs did while they were held", "--telemetry or --prometheus"),
        (
            bool(told.names) and not {signals.GRAPHICS, signals.UTILIZATION} & told.names,
            "whether GPUs worked",
            "DCGM field 1001 (or 203) in telemetry",
        ),
        (bool(told.names) and signals.TENSOR not in told.names, "how effective work was",
         "DCGM field 1004 in telemetry"),
        (bool(told.names) and signals.SM not in told.names, "GPUs held in vain",
         "DCGM field 1002 in telemetry"),
        (bool(told.names) and not told.sees_stalls, "stalled jobs",
         "DCGM fields 203 and 155, and a time without work or bounds.idle_power_w"),
        (not usage.troubles, "when faults were noticed, and which remedies helped",
         "--incidents, or `manage remedy` in this workspace"),
        (assumptions.growth.gpu_lead_days is None, "when to order", "growth.gpu_lead_days"),
        (not usage.storage, "when storage is full", "--storage"),
    )  # fmt: skip
    return (Missing(what=what, needs=needs) for absent, what, needs in asked if absent)


def assumed(assumptions: Accounting, told: Told, rate_source: str) -> tuple[str, ...]:
    """Return what the figures rest on, estimates named as such."""
    bounds, rules = assumptions.bounds, told.rules
    given = bounds.max_sm_clock_mhz is not None
    clock = "as given" if given else "the highest that any GPU showed, so that OFU is at most this"
    lines = [
        f"active: graphics engine above {bounds.active_above:g} (estimate)",
        f"held in vain: SM active below {bounds.idle_sm_below:g} for more than "
        f"{bounds.idle_minutes:g} minutes, within one job",
        f"full: {assumptions.growth.gpu_limit_percent:g} % of all GPU-hours held (estimate)",
        f"maintenance: outages whose reason begins with {', '.join(assumptions.planned_reasons)}",
    ]
    lines.append(
        "lemon nodes: two cases or more, and a chance of at most 5 % of so many or more (binomial "
        "by node-hours, corrected after Holm over all nodes and kinds of trouble)"
    )
    if rules.clock_mhz:
        lines.append(f"highest clock: {rules.clock_mhz:g} MHz, {clock}")
    if rules.stalled_w:
        lines.append(
            f"stalled: utilisation of {rules.stalled_util:g} % and more at {rules.stalled_w:.0f} W "
            f"and less for more than {bounds.stalled_minutes:g} minutes (estimate)"
        )
    if rate_source:
        lines.append(f"a lost GPU-hour is priced by {rate_source}")
    return tuple(lines)


def notes(told: Told) -> tuple[str, ...]:
    """Return what is odd in what was given."""
    holdings, sums = told.holdings, told.gathered.sums
    found = []
    if told.period.known_until < told.period.end:
        found.append(f"accounting ends at {stamp(told.period.known_until)}: what follows is "
                     "unknown")  # fmt: skip
    if holdings.strangers:
        hours = sum(holdings.strangers.values()) / HOUR
        found.append(f"{hours:,.1f} GPU-hours were held on {len(holdings.strangers)} nodes that "
                     "nobody owns here; they are in no other figure")  # fmt: skip
    if told.foreign:
        found.append(f"telemetry or events name {len(told.foreign)} nodes that nobody owns here, "
                     f"such as {told.foreign[0]}: they are in no figure")  # fmt: skip
    if sums.overbooked:
        found.append(f"{sums.overbooked / HOUR:,.1f} GPU-hours are booked beyond what a node has, "
                     "or while it was down; they count once, or not at all")  # fmt: skip
    if holdings.guessed:
        found.append(f"{holdings.guessed} runs held GPUs that do not part evenly over their nodes: "
                     "they are parted as evenly as nodes have room")  # fmt: skip
    if holdings.repeated:
        found.append(f"{holdings.repeated} rows tell of a run again; each run counts once")
    return tuple(found)


def stamp(moment: int) -> str:
    """Return a moment as documents show it."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
