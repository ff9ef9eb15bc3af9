"""One way through all stages: each designed in earnest, and compared with the one before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from millwright.design.sizing.size import refusal_of
from millwright.design.solve import Design, solve
from millwright.design.stages.bills import Prices, bought, cost_of, items
from millwright.design.stages.causes import told
from millwright.design.stages.compared import compared
from millwright.design.stages.steps import Step
from millwright.design.stages.taken import Since, taken
from millwright.errors import Infeasible
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog
from millwright.model.fabricspec import ComputeFabric, InbandFabric, OobFabric, StorageFabric
from millwright.model.spec import Factory
from millwright.model.stages import Cause, Reserved, Stage

Patch = dict[str, dict[str, object]]
"""Keys of fabrics, by the name of the fabric."""
KINDS: dict[str, type[Frozen]] = {
    "compute": ComputeFabric, "storage": StorageFabric, "inband": InbandFabric, "oob": OobFabric,
}  # fmt: skip


@dataclass(slots=True)
class Walk:
    """All stages of one way, up to the first that is refused."""

    stages: list[Stage] = field(default_factory=list)
    designs: list[Design] = field(default_factory=list)
    reserved: list[Reserved] = field(default_factory=list)

    @property
    def moved(self) -> int:
        """Return how many installed things move on this way."""
        return sum(stage.checked.moved for stage in self.stages)

    @property
    def causes(self) -> list[Cause]:
        """Return all reasons, in the order of stages."""
        return [cause for stage in self.stages for cause in stage.causes]

    def pieces(self) -> Counter[str]:
        """Return all that is bought on this way, whether or not it stays."""
        counts: Counter[str] = Counter()
        for stage in self.stages:
            counts.update(items(stage.bought))
        return counts


def walk(catalog: Catalog, currency: str, steps: Sequence[Step]) -> Walk:
    """Return the way: the first step is day one. Its refusal is raised, that of a later one told,
    and nothing follows it."""
    found, since = Walk(), Since()
    for number, step in enumerate(steps):
        try:
            design = solve(step.factory, catalog)
        except Infeasible as refusal:
            if number == 0:
                raise
            found.stages.append(_refused(number, step, refusal))
            return found
        former = found.designs[-1] if found.designs else None
        stage = _stage(number, step, design, (former, catalog.prices, currency))
        if former is not None:
            stage = _moving(stage, (former, design), catalog, since, found)
        since.came(number, design)
        found.stages.append(stage)
        found.designs.append(design)
    return found


def _refused(number: int, step: Step, refusal: Infeasible) -> Stage:
    return Stage(
        number=number,
        after_months=step.months,
        nodes=step.nodes,
        needed=step.needed,
        refused=refusal_of(refusal),
    )


def _stage(
    number: int, step: Step, design: Design, bill: tuple[Design | None, Prices, str]
) -> Stage:
    former, prices, currency = bill
    cluster = design.cluster
    more, less = bought(former.bom if former else (), design.bom, prices, currency)
    loads = [rack.load for rack in cluster.rack_units if rack.load is not None]
    return Stage(
        number=number,
        after_months=step.months,
        nodes=cluster.nodes,
        needed=step.needed,
        gpus=cluster.gpus,
        racks=cluster.racks.total,
        switches=sum(device.kind == "switch" for device in cluster.devices),
        cables=len(design.cables),
        it_max_kw=cluster.power.it_max_kw,
        circuits=sum(load.circuits for load in loads) if loads else None,
        bought=more,
        freed=less,
        cost=cost_of(items(more), prices, currency),
    )


def _moving(
    stage: Stage, designs: tuple[Design, Design], catalog: Catalog, since: Since, found: Walk
) -> Stage:
    old, new = designs
    beside = compared(old, new)
    moves, causes = told(old, new, beside.shifts, catalog)
    found.reserved += taken(since, stage.number, new, beside.new_cables)
    return stage.model_copy(update={"checked": beside.checked, "moves": moves, "causes": causes})


def with_fabrics(factory: Factory, patch: Patch) -> Factory:
    """Return the spec with keys of its fabrics said otherwise."""
    said = {}
    for name, keys in patch.items():
        own = getattr(factory.fabrics, name)
        said[name] = own.model_copy(update=keys) if own else KINDS[name].model_validate(keys)
    fabrics = factory.fabrics.model_copy(update=said)
    return factory.model_copy(update={"fabrics": fabrics})
