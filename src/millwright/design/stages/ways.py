"""Other ways to build from day one, each walked through all stages and compared like the first.

A way is proposed by the reasons for which something would move, and believed in only as far as the
comparison bears it out: what still moves is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.design.fabrics.ports import negotiated
from millwright.design.sizing.size import refusal_of
from millwright.design.solve import Design, solve
from millwright.design.stages.bills import cost_of, more_of
from millwright.design.stages.causes import EXCHANGED, OWN_SWITCHES, SPINES, TIERS
from millwright.design.stages.steps import Step
from millwright.design.stages.walked import Patch, Walk, walk, with_fabrics
from millwright.errors import Infeasible
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster
from millwright.model.stages import Cause, Way

ROUNDS = 3
"""A way that avoids one move may show another: its reason is looked at again, so many times."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What ways are compared on: the stages as the spec is, and what they came to."""

    catalog: Catalog
    currency: str
    steps: Sequence[Step]
    base: Walk

    @property
    def last(self) -> Design:
        """Return the largest design that can be built as the spec is."""
        return self.base.designs[-1]


@dataclass(frozen=True, slots=True)
class Idea:
    """A way before it is tried."""

    name: str
    title: str
    patch: Patch


@dataclass(frozen=True, slots=True)
class Tried:
    """A way that was walked."""

    way: Way
    walk: Walk | None


def tried_ways(ground: Ground) -> tuple[Tried, ...]:
    """Return the ways that may move less than the spec as it is; none where nothing moves."""
    if not ground.base.moved:
        return ()
    return tuple(_tried(ground, idea) for idea in _ideas(ground))


def best_of(tried: Sequence[Tried]) -> str:
    """Return the name of the way that moves nothing at the least cost; empty where each moves
    something. Where prices are missing, the way with fewer switches is the better one."""
    still = [each.way for each in tried if each.way.still]
    priced = all(w.end_cost is not None and not w.end_cost.unpriced for w in still)

    def order(way: Way) -> tuple[float, float, int]:
        cost = way.end_cost.known or 0.0 if priced and way.end_cost else 0.0
        return cost, way.end_kw or 0.0, sum(way.end_items.values())

    return min(still, key=order).name if still else ""


def _ideas(ground: Ground) -> Iterator[Idea]:
    compute = ground.last.cluster.fabrics.get("compute")
    fixes = _fixes(ground.base.causes, ground.last)
    concerned = any(
        cause.where == "fabrics.compute" and cause.rule in (SPINES, TIERS, OWN_SWITCHES)
        for cause in ground.base.causes
    )
    if compute is None or not concerned:
        if fixes:
            yield Idea("from-day-one", _title(fixes), fixes)
        return
    rest = {name: keys for name, keys in fixes.items() if name != "compute"}
    own = {k: v for k, v in fixes.get("compute", {}).items() if k not in ("tiers", "pods")}
    if compute.tiers == 2:
        yield Idea("final-spines", _title(fixes), fixes)
    yield from _larger_spine(ground, rest, own)
    tall = _three_tiers(ground)
    if tall is not None:
        own.pop("spines", None)
        title = _tall_title(tall["pods"])
        yield Idea("three-tiers", title, {**rest, "compute": {**own, **tall}})


def _tall_title(pods: object) -> str:
    many = f"{pods} pods" if pods != 1 else "the one pod"
    return f"three tiers from the start, with cores for {many}"


def _title(fixes: Patch) -> str:
    words = {
        "spines": "all {} spines", "cores": "{} cores", "medium": "{} throughout",
        "collapsed_up_to_units": "switches of its own", "tiers": "{} tiers",
        "pods": "cores for {} pods",
    }  # fmt: skip
    parts = [
        f"{fabric}: " + " and ".join(words[key].format(value) for key, value in keys.items())
        for fabric, keys in fixes.items()
    ]
    return f"from day one, {'; '.join(parts)}"


def _fixes(causes: Sequence[Cause], last: Design) -> Patch:
    """Return the keys that build at once what the last stage needs."""
    found: Patch = {}
    for cause in causes:
        fabric = cause.where.removeprefix("fabrics.")
        keys = _keys(cause, fabric, last)
        if keys:
            found.setdefault(fabric, {}).update(keys)
    return found


def _keys(cause: Cause, fabric: str, last: Design) -> dict[str, object]:
    summary = last.cluster.fabrics.get(fabric)
    if summary is None:
        return {}
    if cause.rule == EXCHANGED:
        media = Counter(
            medium
            for name, medium in zip(last.cables.fabric, last.cables.medium, strict=True)
            if name == fabric
        )
        return {"medium": media.most_common(1)[0][0]} if fabric != "oob" else {}
    if cause.rule not in (SPINES, TIERS, OWN_SWITCHES):
        return {}
    spines = _spines(last.cluster, fabric)
    if fabric == "inband":
        return {"cores": spines} if 0 < spines <= 16 else {}
    if fabric == "storage":
        return {"spines": spines} if spines else {}
    keys: dict[str, object] = {"collapsed_up_to_units": 0} if cause.rule == OWN_SWITCHES else {}
    if summary.tiers == 3:
        return {**keys, "tiers": 3, "pods": _pods(last.cluster)}
    if summary.tiers == 2:
        return {**keys, "tiers": 2, "spines": spines}
    return keys


def _spines(cluster: Cluster, fabric: str) -> int:
    counts = Counter(
        (device.plane, device.pod)
        for device in cluster.devices
        if (device.fabric, device.role) == (fabric, "spine")
    )
    return max(counts.values(), default=0)


def _pods(cluster: Cluster) -> int:
    counts: dict[int | None, set[int]] = {}
    for device in cluster.devices:
        if (device.fabric, device.role) == ("compute", "spine"):
            counts.setdefault(device.plane, set()).add(device.pod or 0)
    return max((len(pods) for pods in counts.values()), default=0)


def _three_tiers(ground: Ground) -> dict[str, object] | None:
    """Return the keys of three tiers with cores for all pods of the last stage; None where the
    switches do not carry it."""
    final = ground.steps[len(ground.base.designs) - 1].factory
    try:
        tall = solve(with_fabrics(final, {"compute": {"tiers": 3}}), ground.catalog)
    except Infeasible:
        return None
    if tall.cluster.fabrics["compute"].tiers != 3:
        return None
    return {"tiers": 3, "pods": _pods(tall.cluster)}


def _larger_spine(ground: Ground, rest: Patch, own: dict[str, object]) -> Iterator[Idea]:
    """Yield the spine with the fewest ports of those that have more than the spec's has, where the
    last stage stays within two tiers with it."""
    last = ground.last.cluster
    compute = last.fabrics["compute"]
    switches = ground.catalog.switches
    names = {d.model for d in last.devices if (d.fabric, d.role) == ("compute", "spine")}
    if len(names) != 1:
        return
    mine = switches[names.pop()]

    def ports(name: str) -> int:
        plan = negotiated(switches[name], compute.link_gbps)
        return plan.ports if plan.gbps == compute.link_gbps else 0

    fitting = [
        name
        for name, each in switches.items()
        if each.protocol == mine.protocol and each.connector == mine.connector
        and each.source != "millwright-lab" and ports(name) > ports(mine.name)
    ]  # fmt: skip
    final = ground.steps[len(ground.base.designs) - 1].factory
    for name in sorted(fitting, key=ports):
        keys = {**own, "spine_switch": name}
        keys.pop("spines", None)
        try:
            design = solve(with_fabrics(final, {"compute": keys}), ground.catalog)
        except Infeasible:
            continue
        if design.cluster.fabrics["compute"].tiers == 2:
            keys["spines"] = _spines(design.cluster, "compute")
            title = f"{keys['spines']} larger spines ({name}) from day one"
            yield Idea("larger-spines", title, {**rest, "compute": keys})
            return


def _tried(ground: Ground, idea: Idea) -> Tried:
    patch, found = idea.patch, None
    for _ in range(ROUNDS):
        changed = [
            Step(step.months, with_fabrics(step.factory, patch), step.nodes, step.needed)
            for step in ground.steps[: len(ground.base.designs)]
        ]
        try:
            found = walk(ground.catalog, ground.currency, changed)
        except Infeasible as refusal:
            return Tried(_refused(idea, patch, refusal), None)
        more = _fixes(found.causes, found.designs[-1])
        wider = {name: {**more.get(name, {}), **patch.get(name, {})} for name in {**more, **patch}}
        if wider == patch or not found.moved:
            break
        patch = wider
    assert found is not None
    return Tried(_way(ground, idea, patch, found), found)


def _refused(idea: Idea, patch: Patch, refusal: Infeasible) -> Way:
    return Way(name=idea.name, title=idea.title, says=says(patch), refused=refusal_of(refusal))


def _way(ground: Ground, idea: Idea, patch: Patch, found: Walk) -> Way:
    prices, base = ground.catalog.prices, ground.base
    day_one = more_of(base.designs[0].bom, found.designs[0].bom)
    mine, spent = found.pieces(), base.pieces()
    end = {n: mine[n] - spent[n] for n in dict.fromkeys((*spent, *mine)) if mine[n] != spent[n]}
    stopped = found.stages[-1].refused
    return Way(
        name=idea.name,
        title=idea.title,
        says=says(patch),
        moved=found.moved,
        day_one_items=day_one,
        end_items=end,
        day_one_cost=cost_of(day_one, prices, ground.currency),
        end_cost=cost_of(end, prices, ground.currency),
        day_one_kw=_more_kw(base.designs[0], found.designs[0]),
        end_kw=_more_kw(base.designs[-1], found.designs[-1]),
        left=tuple(found.causes),
        refused=stopped,
    )


def _more_kw(before: Design, after: Design) -> float | None:
    was, now = before.cluster.power.it_max_kw, after.cluster.power.it_max_kw
    return None if was is None or now is None else round(now - was, 3)


def says(patch: Patch) -> str:
    """Return the keys as factory.yaml would say them."""
    fabrics = ", ".join(
        f"{name}: {{{', '.join(f'{key}: {value}' for key, value in keys.items())}}}"
        for name, keys in patch.items()
    )
    return f"fabrics: {{{fabrics}}}"
