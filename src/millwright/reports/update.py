"""A rolling update as a person reads it: its waves, versions and way back, and how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from millwright.model.nodeset import folded
from millwright.model.update import NodeUpdate, UpdatePlan, UpdateRun


def plan_lines(plan: UpdatePlan) -> Iterator[str]:
    """Yield a plan as text: nodes alike are told together."""
    mark = " · SIMULATED" if plan.simulated else ""
    what = ", ".join(f"{part} {version}" for part, version in plan.order.set.items())
    yield f"Update of {plan.factory}: {what}{mark}"
    for number, wave in enumerate(plan.waves):
        yield f"  {'canary' if number == 0 else f'wave {number}'}: {folded(wave)} ({len(wave)})"
    for group in _alike(plan.nodes):
        yield from _group(group)
    if plan.waves:
        yield (
            f"at most {_nodes(plan.most_out)} out at once; {plan.bake_minutes:g} minutes between "
            f"waves; halts where {_halts(plan.allowed_failures)}"
        )
        yield f"about {plan.minutes:.0f} minutes ({plan.minutes_source})"
    yield from (f"firmware: {each}" for each in plan.firmware)
    yield from (f"note: {each}" for each in plan.notes)


def _nodes(count: int) -> str:
    return "1 node" if count == 1 else f"{count} nodes"


def _halts(allowed: int) -> str:
    return f"the canary or more than {_nodes(allowed)} fail" if allowed else "a node fails"


def _alike(nodes: tuple[NodeUpdate, ...]) -> Iterator[list[NodeUpdate]]:
    groups: dict[str, list[NodeUpdate]] = {}
    for each in nodes:
        bare = each.model_copy(update={"node": "x", "rails": ()})
        groups.setdefault(bare.model_dump_json(), []).append(each)
    yield from groups.values()


def _group(group: list[NodeUpdate]) -> Iterator[str]:
    each = group[0]
    names = folded([one.node for one in group])
    if each.fate != "update":
        word = "has it already" if each.fate == "unchanged" and not each.why else each.fate
        yield f"  {names}: {word}" + (f": {each.why}" if each.why else "")
        return
    after = "starts again" if each.boots else "does not start again"
    back = "the old versions are still offered" if each.back else f"NO WAY BACK: {each.why}"
    yield f"  {names}: {after}; {back}"
    for name, version in each.wanted.items():
        yield f"    {name}  {each.before.get(name, 'not there')} > {version}"


def run_lines(run: UpdateRun, outcomes: Mapping[str, str]) -> Iterator[str]:
    """Yield how a run stands, nodes that ended alike together."""
    mark = "  SIMULATED" if run.simulated else ""
    undoes = f", takes back {run.undoes}" if run.undoes else ""
    yield f"{run.id}  {run.stands}{undoes}  {run.waves_done} of {len(run.plan.waves)} waves{mark}"
    if run.why:
        yield f"  {run.why}"
    groups: dict[str, list[str]] = {}
    for node, how in outcomes.items():
        groups.setdefault(how or "not yet", []).append(node)
    for each in run.plan.held:
        groups.setdefault(f"held back ({each.why})", []).append(each.node)
    yield from (f"  {how}: {folded(nodes)}" for how, nodes in groups.items())


def run_document(run: UpdateRun, outcomes: Mapping[str, str]) -> dict[str, Any]:
    """Return how a run stands as a document."""
    return {**run.model_dump(mode="json", by_alias=True), "outcomes": dict(outcomes)}
