"""What is to be done about a fault, and why that: every authority is heard, one is followed.

The driver's own recovery action comes first (it knows the GPU and is newer than any table), then
the site's word, then NVIDIA's table, then ours, then all others in the order of the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.model.fault import Advice, Fault, FaultOverride, Opinion, Severity, Weighed
from millwright.model.faultwords import MENDS, REBOOTS, RECOVERIES, Action, chain_of

REBOOTS_TRIED = 2
"""After so many reboots without lasting success nobody reboots again."""

DRIVER, SITE, NVIDIA, OURS, OTHERS = 1, 2, 3, 4, 5
OF_THE_DRIVER = ("xid:", "recovery:", "remap:", "retire:", "sram:", "ecc:", "nvlink:")
"""Kinds of faults about which the recovery action of a GPU says anything."""

_PASSIVE: frozenset[Action] = frozenset(("collect", "drain", "watch", "validate"))
_LAST: Sequence[Action] = ("inspect", "replace", "contact-vendor")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of one occurrence beyond its code.

    `recovery_action` is the driver's (Xid 154, DCGM field 1523), None where nobody could read it.
    `reboots` counts those since this fault first came. `severity` is what its own words say.
    """

    recovery_action: int | None = None
    reboots: int = 0
    severity: Severity | None = None


PLAIN = Circumstances()


def advice(
    fault: Fault,
    circumstances: Circumstances = PLAIN,
    overrides: Mapping[str, FaultOverride] | None = None,
) -> Advice:
    """Return what is to be done, with all opinions and why one of them wins.

    That the driver asks for something is a hard fact, however its words for the fault sound.
    """
    heard = sorted(_heard(fault, circumstances, overrides or {}), key=lambda each: each.rank)
    winner = next(each for each in heard if each.acts)
    action, steps = _resolved(fault, winner)
    because = winner.because
    if winner.does == "workflow":
        because = f"{because}; it names a procedure, {winner.said}, whose steps are ours"
    if circumstances.reboots >= REBOOTS_TRIED and action in REBOOTS:
        because = (
            f"{because}; but it still asks for a restart after {circumstances.reboots} of them: "
            "a person inspects the hardware"
        )
        action, steps = "inspect", chain_of("inspect")
    asked = winner.rank == DRIVER and winner.does != "none"
    return Advice(
        fault=fault.id,
        action=action,
        authority=winner.authority,
        because=because,
        steps=steps,
        severity="critical" if asked else circumstances.severity or fault.severity,
        hard=fault.hard or asked,
        opinions=tuple(_weighed(each, winner) for each in heard),
    )


@dataclass(frozen=True, slots=True)
class _Heard:
    """One voice before it is weighed; one that does not act is shown and never followed."""

    rank: int
    authority: str
    said: str
    does: Action
    because: str
    acts: bool = True
    idle: str = "it only classifies, and names no action"
    opinion: Opinion | None = None


def _heard(
    fault: Fault, circumstances: Circumstances, overrides: Mapping[str, FaultOverride]
) -> Iterator[_Heard]:
    if (number := circumstances.recovery_action) is not None:
        yield _driver(fault, number)
    if override := overrides.get(fault.id):
        by = f", {override.by}" if override.by else ""
        told = f"the site decided so{by}: {override.why}"
        yield _Heard(SITE, "site", override.action, override.does, told)
    yield _ours(fault)
    for place, opinion in enumerate(fault.opinions):
        yield _other(place, opinion)


def _driver(fault: Fault, number: int) -> _Heard:
    known = RECOVERIES.get(number)
    said = f"recovery action {number}" + (f" ({known.name})" if known else "")
    does: Action = known.does if known else "unknown"
    told = "the driver itself says what this GPU needs now, and knows it better than any table"
    if known is None:
        told = f"the driver asks for action {number}, which is not known here: a person looks"
    acts = fault.id.startswith(OF_THE_DRIVER)
    idle = "the recovery action of a GPU says nothing about this fault"
    return _Heard(DRIVER, "driver", said, does, told, acts, idle)


def _ours(fault: Fault) -> _Heard:
    told = f"no authority above names an action. {fault.why}"
    return _Heard(OURS, "millwright", " > ".join(fault.actions), principal(fault.actions), told)


def _other(place: int, opinion: Opinion) -> _Heard:
    ranks = {"site": SITE, "nvidia": NVIDIA}
    rank = ranks.get(opinion.authority, OTHERS + place)
    told = {
        SITE: "the site's own entry says so",
        NVIDIA: "NVIDIA's table says so, and neither the driver nor the site says otherwise",
    }.get(rank, f"{opinion.authority} says so, and nobody above names an action")
    acts = bool(opinion.action) and opinion.does != "unknown"
    said = (opinion.authority, opinion.action, opinion.does)
    return _Heard(rank, *said, told, acts, opinion=opinion)


def principal(actions: Sequence[Action]) -> Action:
    """Return what a chain of steps begins with, evidence aside: watching, where it waits first, or
    else its first step that mends, or that acts."""
    if next((action for action in actions if action != "collect"), None) == "watch":
        return "watch"
    for wanted in (MENDS, [each for each in actions if each not in _PASSIVE]):
        if found := next((action for action in actions if action in wanted), None):
            return found
    return actions[0]


def _resolved(fault: Fault, winner: _Heard) -> tuple[Action, tuple[Action, ...]]:
    """Return the action and its steps; a procedure that is only named is filled with ours."""
    if winner.does == "workflow" or winner.authority == "millwright":
        return principal(fault.actions), fault.actions
    if winner.does in (principal(fault.actions), first_mend(fault.actions)):
        return winner.does, fault.actions
    chain = chain_of(winner.does)
    last = tuple(step for step in fault.actions if step in _LAST and step not in chain)
    if winner.does in ("none", "watch") and fault.severity != "critical":
        last = ()
    return winner.does, (*chain, *last)


def first_mend(actions: Sequence[Action]) -> Action | None:
    """Return the first step of a chain that mends without hands."""
    return next((action for action in actions if action in MENDS), None)


def _weighed(each: _Heard, winner: _Heard) -> Weighed:
    opinion = each.opinion
    if each is winner:
        why = each.because
    elif not each.acts:
        why = each.idle
    else:
        agrees = " and asks for the same" if each.does == winner.does else ""
        why = f"{winner.authority} is heard before{agrees}"
    return Weighed(
        authority=each.authority,
        said=each.said,
        does=each.does,
        investigate=opinion.investigate if opinion else "",
        level=opinion.level if opinion else "",
        after=opinion.after if opinion else 1,
        source=opinion.source if opinion else "",
        rank=each.rank,
        wins=each is winner,
        why=f"{why}. {opinion.note}" if opinion and opinion.note else why,
    )
