"""Growth in stages, whole: as the spec is, or as one of the ways that move less."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.design.sizing.candidates import Wish
from millwright.design.solve import solve
from millwright.design.stages.steps import Step, steps
from millwright.design.stages.walked import Walk, walk
from millwright.design.stages.ways import Ground, Tried, best_of, tried_ways
from millwright.errors import Infeasible
from millwright.model.spec import Factory
from millwright.model.stages import GrowthCase, GrowthStages

NO_WAY = "MW-D-059"
BEST = "best"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is planned: a spec whose hardware is known, how fast it grows, and which way.

    `way` is empty for the spec as it is, `best` for whatever moves nothing at the least cost, else
    the name of a way.
    """

    wish: Wish
    factory: Factory
    case: GrowthCase = "likely"
    way: str = ""


def grow(ask: Ask) -> GrowthStages:
    """Return day one and all stages, what waits for each of them, and the other ways.

    Raises Infeasible where day one cannot be built, no growth is foreseen, or there is no such way.
    """
    catalog, factory = ask.wish.catalog, ask.factory
    day_one = solve(factory, catalog).cluster
    found = steps(ask.wish, factory, day_one, ask.case)
    all_steps = [Step(0, factory, day_one.nodes), *found.of]
    base = walk(catalog, factory.currency, all_steps)
    tried = tried_ways(Ground(catalog, factory.currency, all_steps, base))
    best = best_of(tried)
    shown = _shown(ask, base, tried, best)
    return GrowthStages(
        name=factory.name,
        case=ask.case,
        simulated=day_one.simulated,
        way=best if ask.way == BEST else ask.way,
        site_kw=factory.site.power.available_kw,
        stages=tuple(shown.stages),
        reserved=tuple(shown.reserved),
        ways=tuple(each.way for each in tried),
        best=best,
        notes=tuple(found.notes),
    )


def _shown(ask: Ask, base: Walk, tried: tuple[Tried, ...], best: str) -> Walk:
    wanted = best if ask.way == BEST else ask.way
    if not wanted:
        return base
    for each in tried:
        if each.way.name == wanted and each.walk is not None:
            return each.walk
    known = ", ".join(each.way.name for each in tried if each.walk is not None)
    raise Infeasible(
        f"there is no other way {wanted!r}",
        rule=NO_WAY,
        where="growth",
        hint=f"there are {known}" if known else "as the spec is, nothing moves",
    )
