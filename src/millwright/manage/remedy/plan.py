"""What would be done about complaints, in which order, and what holds it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from millwright.manage.remedy.breaker import tripped
from millwright.manage.remedy.chances import Precision, Tried
from millwright.manage.remedy.choose import Case, choose
from millwright.manage.remedy.fleet import Fleet
from millwright.manage.remedy.modes import mode_of, row_of
from millwright.manage.remedy.rails import Bounds, Hour, rails_of
from millwright.model.incident import Complaint
from millwright.model.remedy import HANDS, POWER, Policy, Remedy
from millwright.model.remedyplan import Decision, PlanItem
from millwright.model.site import Tier


@dataclass(frozen=True, slots=True)
class Past:
    """What the journal says of before.

    `open_` holds the incident of each node that has one; `tries` how often each remedy was tried
    of late, by node and fault; `recent` the nodes of incidents that began of late.
    """

    record: Sequence[Tried] = ()
    precision: Mapping[str, Precision] = field(default_factory=dict)
    open_: Mapping[str, str] = field(default_factory=dict)
    tries: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    recent: frozenset[str] = frozenset()
    drained_last_hour: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """By what it is decided: remedies, limits and the site's policy; `confirmed` says that
    somebody gave the factory's name, and who."""

    remedies: Mapping[str, Remedy]
    bounds: Bounds
    policy: Policy
    now: datetime
    confirmed: str = ""


def plan(
    complaints: Sequence[Complaint], fleet: Fleet, past: Past, rules: Rules, common: Sequence[str]
) -> tuple[tuple[PlanItem, ...], tuple[str, ...]]:
    """Return an item for each complaint, and why the breaker is tripped, where it is.

    One node is taken out after the other: each counts as out for those after it.
    """
    merged = joined(complaints)
    why = tripped(merged, past.recent, fleet, rules.bounds, common)
    items: list[PlanItem] = []
    taken = past.drained_last_hour
    for complaint in _worst_first(merged):
        made = _item(complaint, fleet, past, rules, (why, taken))
        items.append(made)
        if made.decision in ("repair", "hand over") and complaint.node not in fleet.away:
            fleet, taken = fleet.without(complaint.node), taken + 1
    return tuple(items), why


def joined(complaints: Iterable[Complaint]) -> list[Complaint]:
    """Return one complaint a node: the gravest, with what else is said of the node beside it.

    Findings of other families about the same device are independent evidence for it; those of
    another device are not.
    """
    devices: dict[tuple[str, str], list[Complaint]] = {}
    for each in complaints:
        devices.setdefault((each.node, each.device), []).append(each)
    nodes: dict[str, list[Complaint]] = {}
    for group in devices.values():
        families = tuple(dict.fromkeys(family for each in group for family in each.families))
        nodes.setdefault(group[0].node, []).extend(
            each.model_copy(update={"families": families}) for each in group
        )
    return [_gravest(group) for group in nodes.values()]


_RANK = {"critical": 0, "warning": 1, "watch": 2}


def _grave(each: Complaint) -> tuple[bool, int, bool, str, str]:
    return each.weak, _RANK[each.severity], not each.hard, each.device, each.fault


def _gravest(group: Sequence[Complaint]) -> Complaint:
    first = min(group, key=_grave)
    others = sorted({f"{e.fault} {e.device}".rstrip() for e in group if e is not first})
    told = f"{first.message}; beside it {', '.join(others)}" if others else first.message
    return first.model_copy(update={"message": told[:2000]})


def _worst_first(complaints: Iterable[Complaint]) -> list[Complaint]:
    return sorted(complaints, key=lambda each: (*_grave(each), each.node))


def _item(
    complaint: Complaint, fleet: Fleet, past: Past, rules: Rules, state: tuple[Sequence[str], int]
) -> PlanItem:
    post = fleet.posts.get(complaint.node)
    tier, sku = (post.tier, post.sku) if post else (None, "")
    seen = past.precision.get(complaint.family, Precision()), rules.bounds("auto_precision")
    settled = mode_of(complaint, tier, rules.policy, seen, rules.now)
    moment = Hour(rules.now, state[1])
    rails = rails_of(complaint.node, fleet, rules.bounds, moment, state[0])
    confirmed = rules.confirmed or (settled.why if settled.row else "")
    wants = tuple(
        act for act in rules.remedies
        if act in POWER and not rules.confirmed and not settled.names(act)
    )  # fmt: skip
    barred = dict(_barred(complaint, past, rules, wants))
    minutes = rules.bounds("disruption_minutes")
    choice = choose(Case(complaint, sku, past.record, barred, minutes), rules.remedies)
    item = PlanItem(
        complaint=complaint, sku=sku, decision="repair", mode=settled.mode, mode_why=settled.why,
        choice=choice, rails=rails, wants=wants, incident=past.open_.get(complaint.node, ""),
        confirmed_by=confirmed,
    )  # fmt: skip
    return item.model_copy(update={"decision": _decided(item)})


def barred_for(complaint: Complaint, tier: Tier | None, past: Past, rules: Rules) -> dict[str, str]:
    """Return the remedies that may not be taken for a complaint, and why."""
    row = row_of(rules.policy, complaint.fault, tier.name if tier else "", rules.now)
    named = row.actions if row is not None else ()
    wants = [
        act for act in rules.remedies
        if act in POWER and not rules.confirmed and act not in named
    ]  # fmt: skip
    return dict(_barred(complaint, past, rules, wants))


def _decided(item: PlanItem) -> Decision:
    if item.incident:
        return "goes on"
    if item.mode == "observe":
        return "observe"
    if item.complaint.weak:
        return "watch"
    if item.held:
        return "held"
    return "hand over" if item.choice and item.choice.remedy in HANDS else "repair"


def _barred(
    complaint: Complaint, past: Past, rules: Rules, wants: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield remedies that may not be taken: tried often enough of late, or not confirmed."""
    tries = past.tries.get(complaint.key, {})
    days = rules.bounds("tries_days")
    for name, remedy in rules.remedies.items():
        done = tries.get(name, 0)
        if done >= remedy.tries:
            enough = f"{remedy.tries} are enough"
            yield name, f"tried {done} times for {complaint.fault} within {days:g} days: {enough}"
        elif name in wants:
            factory = rules.policy.factory
            yield name, f"takes power away: say --confirm={factory}, or a policy that names it"
