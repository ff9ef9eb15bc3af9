"""Repair as a person reads it: what would be done, why, and what holds it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from millwright.model.incident import Incident, Weighed
from millwright.model.lifecycle import NodeState
from millwright.model.nodeset import folded
from millwright.model.remedyplan import PlanItem, RemedyPlan
from millwright.reports.table import Table, left, right

_WORDS = {
    "repair": "would be repaired",
    "hand over": "would go to a person",
    "watch": "watched: one weak sign disrupts nothing",
    "held": "held back",
    "observe": "observed only",
    "goes on": "its incident goes on",
}


def plan_lines(plan: RemedyPlan) -> Iterator[str]:
    """Yield a plan as text: each complaint with its reasons, numbers and guard rails."""
    mark = " · SIMULATED" if plan.simulated else ""
    yield f"Repair of {plan.factory}: {len(plan.items)} nodes complained of{mark}"
    for why in plan.breaker:
        yield f"CIRCUIT BREAKER: {why}; nobody is drained"
    for item in plan.items:
        yield from item_lines(item)
    yield from (f"not a complaint: {note}" for note in plan.notes)


def item_lines(item: PlanItem) -> Iterator[str]:
    """Yield one complaint with what is decided of it."""
    each = item.complaint
    where = f"{each.node} {each.device}".rstrip()
    mark = "  SIMULATED" if each.simulated else ""
    yield f"{where}  {each.fault}  {_WORDS[item.decision]}{mark}"
    if each.message:
        yield f"    {each.message}"
    families = ", ".join(each.families) or "none"
    fact = "a hard fact" if each.hard else f"evidence of {families}"
    yield f"    {each.severity}, {fact}; told by {each.source}"
    if item.incident:
        yield f"    incident {item.incident}"
    yield f"    mode {item.mode}: {item.mode_why}"
    if item.choice is not None:
        yield f"    order: {' > '.join(item.choice.ladder)}"
        yield from (f"    {reason}" for reason in item.choice.reasons)
        yield from (f"      {line}" for line in _weighed(item.choice.weighed))
    for rail in item.rails:
        yield f"    {'HOLDS' if rail.holds else 'clear'}  {rail.name}: {rail.told}"


def _weighed(weighed: Iterable[Weighed]) -> Iterator[str]:
    for each in weighed:
        if each.total is None:
            yield f"{each.remedy:<16} not taken: {each.excluded}"
            continue
        wrong = f" + {each.wrong:g} if wrong" if each.wrong else ""
        after = f" + {each.after:g} after" if each.after else ""
        chance = f"P {each.chance:.2f}  " if each.chance else ""
        yield f"{each.remedy:<16} {chance}{each.own:g} itself{wrong}{after} = {each.total:g}"


def states_table(states: Mapping[str, NodeState], simulated: bool) -> Table:
    """Return how many nodes are in which state, and which."""
    by_state: dict[str, list[str]] = {}
    for node, state in states.items():
        by_state.setdefault(state, []).append(node)
    rows = tuple((state, len(nodes), folded(nodes)) for state, nodes in by_state.items())
    title = "Life of nodes" + (" · SIMULATED" if simulated else "")
    return Table(title, (*left("state"), *right("nodes"), *left("which")), rows)


def incidents_table(incidents: Iterable[Incident]) -> Table:
    """Return incidents, one a line."""
    rows = tuple(
        (
            each.id, each.node, each.complaint.device, each.complaint.fault, each.stands,
            each.opened, each.closed or "", "SIMULATED" if each.simulated else "",
        )
        for each in incidents
    )  # fmt: skip
    columns = left("incident", "node", "device", "fault", "stands", "opened", "closed", "")
    return Table("Incidents", columns, rows)


def precision_lines(seen: Mapping[str, tuple[int, int, float]]) -> Iterator[str]:
    """Yield how often classes of complaints were right when they were looked at again."""
    for family, (right_, wrong, lower) in sorted(seen.items()):
        yield f"{family}: {right_} right, {wrong} wrong; at least {lower:.2f} of them are right"
