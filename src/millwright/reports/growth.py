"""A growth as a person reads it: what comes, what it changes on what stands, how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from millwright.model.growth import GrowthLine, GrowthPlan, GrowthRun, NewCable, Retested
from millwright.model.nodeset import folded

MOST = 12
"""As many things of one kind are told; all of them are in the JSON."""


def plan_lines(plan: GrowthPlan) -> Iterator[str]:
    """Yield a plan as text."""
    mark = " · SIMULATED" if plan.simulated else ""
    coming = f"{folded(plan.nodes)} ({len(plan.nodes)})" if plan.nodes else "no node"
    yield f"Growth of {plan.factory}: {coming} to {len(plan.installed)} hosts{mark}"
    yield from _coming(plan)
    yield from _cables(plan.cables)
    yield from _kept(plan)
    if plan.nodes:
        yield f"  {plan.new_steps} roles on the new nodes"
    yield f"  now: {plan.jobs}"
    if plan.minutes is not None:
        yield f"  about {plan.minutes:g} minutes ({plan.minutes_source})"
    elif plan.minutes_source:
        yield f"  UNKNOWN how long it takes ({plan.minutes_source})"
    yield from (f"  note: {each}" for each in plan.notes)
    yield from (f"REFUSED: {each}" for each in plan.refused)


def _coming(plan: GrowthPlan) -> Iterator[str]:
    if plan.racks:
        yield f"  racks: {_few(plan.racks)}"
    told = []
    for each in plan.devices:
        place = f"{each.rack} unit {each.u}" if each.rack and each.u else each.rack or "no rack"
        where = ", ".join(f"{net} {address}" for net, address in each.addresses.items())
        told.append(f"  {each.name}  {each.role}  {each.model}  {place}  {where}".rstrip())
    yield from told[:MOST]
    if len(told) > MOST:
        yield f"  and {len(told) - MOST} more devices (all of them with --json)"


def _cables(cables: Sequence[NewCable]) -> Iterator[str]:
    groups: dict[str, list[NewCable]] = {}
    for each in cables:
        groups.setdefault(each.fabric, []).append(each)
    for fabric, found in groups.items():
        taken = [each.takes for each in found if each.takes]
        ports = f", at ports that are free today: {_few(taken)}" if taken else ""
        yield f"  cables of {fabric}: {len(found)}{ports}"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more


def _kept(plan: GrowthPlan) -> Iterator[str]:
    yield "  what is installed:"
    if not plan.moves:
        yield "    no device and no cable of it moves"
    for move in plan.moves:
        yield f"    {move.rule} {move.where}: {move.message[:400]}"
    for each in plan.roles:
        yield f"    {each.role} on {folded(each.hosts)}: {_few(each.what)[:300]}"
        yield f"      {each.effect}"
    for restart in plan.restarts:
        yield f"    STARTS AGAIN {restart.unit} on {folded(restart.hosts)}: {restart.why}"
    if plan.roles and not plan.restarts:
        yield "    nothing of it is started again"
    if plan.nodes:
        hit = [name for name in plan.computing if name in plan.disturbs]
        told = f"{len(hit)} of {len(plan.computing)} nodes that compute"
        yield f"    disturbed: {folded(plan.disturbs) or 'nobody'}; {told}"


def outcomes(run: GrowthRun, lines: Sequence[GrowthLine]) -> dict[str, str]:
    """Return how a run stands for each new node."""
    told = dict.fromkeys(run.plan.nodes, "not yet")
    for line in lines:
        if line.node not in told:
            continue
        if line.phase == "failed":
            told[line.node] = f"stays out, {line.step}: {line.detail}"
        elif line.phase == "done" and line.step == "serve":
            told[line.node] = "in service"
    return told


def run_lines(run: GrowthRun, lines: Sequence[GrowthLine]) -> Iterator[str]:
    """Yield how a run stands: nodes, steps, and the proof."""
    mark = "  SIMULATED" if run.simulated else ""
    yield f"{run.id}  {run.stands}{mark}"
    if run.why:
        yield f"  {run.why}"
    groups: dict[str, list[str]] = {}
    for node, how in outcomes(run, lines).items():
        groups.setdefault(how, []).append(node)
    yield from (f"  {how}: {folded(nodes)}" for how, nodes in groups.items())
    for line in lines:
        if line.node in run.plan.installed and line.phase == "failed":
            yield f"  {line.node} was not told of the new nodes: {line.detail}"
    done = [line.step for line in lines if line.phase == "done" and not line.node]
    yield f"  done: {', '.join(dict.fromkeys(done)) or 'nothing'}"
    yield from _tested(run.before, run.after)
    yield from _proof(run)


def _tested(before: Retested | None, after: Retested | None) -> Iterator[str]:
    for when, found in (("before", before), ("after", after)):
        if found is None:
            continue
        words: dict[str, list[str]] = {}
        for node, word in found.verdicts.items():
            words.setdefault(word, []).append(node)
        if found.untested:
            words["UNKNOWN, not tested"] = list(found.untested)
        told = "; ".join(f"{folded(nodes)} {word}" for word, nodes in words.items())
        yield f"  fabric and storage {when}: {told or 'nothing was tested'}"
    if before and after:
        for metric in before.medians.keys() & after.medians.keys():
            was, now = before.medians[metric], after.medians[metric]
            yield f"    {metric}: median {was:g} before, {now:g} after"


def _proof(run: GrowthRun) -> Iterator[str]:
    found = run.proof
    if found is None:
        yield "  whether anything was started again is not proven yet"
        return
    told = f"{found.services} services on {found.hosts} installed hosts and {found.jobs} jobs"
    if found.restarted:
        yield f"  NOT UNDISTURBED, of {told}:"
    elif found.foreseen:
        yield f"  of {told} nothing was started again but what was foreseen and allowed:"
    else:
        yield f"  of {told} nothing was started again"
    yield from (f"    STARTED AGAIN: {each}" for each in found.restarted)
    yield from (f"    as foreseen: {each}" for each in found.foreseen)
    yield from (f"    UNKNOWN: {each}" for each in found.unknown)
    yield from (f"    {each}" for each in found.ended)


def run_document(run: GrowthRun, lines: Sequence[GrowthLine]) -> dict[str, Any]:
    """Return how a run stands as a document, with its journal."""
    journal: list[Mapping[str, Any]] = [line.model_dump(mode="json") for line in lines]
    document = run.model_dump(mode="json", by_alias=True)
    return {**document, "outcomes": outcomes(run, lines), "journal": journal}
