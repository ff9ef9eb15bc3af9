"""Hardware for a spec of workloads alone: the best of the candidates, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from millwright.design.sizing.candidates import Wish, candidates, hardware
from millwright.errors import Infeasible
from millwright.model.finding import Finding
from millwright.model.sizing import CRITERIA, Candidate, Criterion
from millwright.model.spec import Factory

DERIVED = "MW-D-087"
TOLD = 3


@dataclass(frozen=True, slots=True)
class Derived:
    """The spec with hardware in it, and the remark that says whence."""

    factory: Factory
    finding: Finding


def derive(wish: Wish, by: Criterion = "kw") -> Derived:
    """Return the spec with the best candidate's hardware. Raises Infeasible where none fits."""
    found = candidates(wish, by)
    fitting = [each for each in found if not each.refused and each.rank(by) is not None]
    if not fitting:
        raise _none_fits(found)
    best = fitting[0]
    nodes = best.nodes or 0
    finding = Finding(
        rule=DERIVED,
        severity="info",
        where="workloads",
        message=f"the spec names no hardware: {nodes} x {best.server} in the design of "
        f"{best.blueprint} do all workloads, with the least of {len(fitting)} by: {CRITERIA[by]}",
        hint="`design candidates` shows the others; `design why workloads.NAME.gpus` every number",
    )
    return Derived(hardware(wish.factory, best.server, nodes, best.blueprint), finding)


def _none_fits(found: Sequence[Candidate]) -> Infeasible:
    """Return the refusal: the one reason where all have the same, as where the spec says too
    little; else the first of many."""
    first = [each.refused[0] for each in found if each.refused]
    if len(first) == len(found) and len({(r.rule, r.where, r.message) for r in first}) == 1:
        only = first[0]
        return Infeasible(only.message, rule=only.rule, where=only.where, hint=only.hint)
    reasons = [
        f"{each.server}: {each.refused[0].message} ({each.refused[0].rule})"
        for each in found
        if each.refused
    ]
    more = len(reasons) - TOLD
    told = "; ".join(reasons[:TOLD]) + (f"; and {more} more" if more > 0 else "")
    return Infeasible(
        f"no server of the catalogue does all workloads within the site: {told}",
        rule=DERIVED,
        where="workloads",
        hint="`design candidates` tells every reason; several pools under `compute` may part the "
        "work",
    )
