"""Whether a model may go from one zone to another: by decisions of the design, and by residency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from millwright.model.placement import Decision
from millwright.model.site import Zone
from millwright.model.spec import Factory
from millwright.model.workload import Workload


def against(
    factory: Factory, decisions: Iterable[Decision], way: tuple[Workload, Workload], to: Zone
) -> Iterator[str]:
    """Yield what keeps a model that the first workload trained from serving the second in a zone.

    Where the design has placed both counts, and the data that the model has seen: weights can give
    it back, so that its residency is that of the model.
    """
    trained, serves = way
    placed = {each.workload: each.zone for each in decisions if each.subject == "placement"}
    if placed.get(serves.name) != to.name:
        where = placed.get(serves.name)
        yield (
            f"{serves.name} runs in {where}, and not in {to.name}"
            if where
            else (f"no decision places {serves.name}")
        )
    if trained.data is None:
        yield f"nobody says which data {trained.name} trains on"
        return
    where = to.jurisdiction or (factory.site.jurisdiction if to.kind == "on-prem" else None)
    allowed = trained.data.residency
    if allowed and not any(_within(where, each) for each in allowed):
        lies = f"lies in {where}" if where else "does not say where it lies"
        yield (
            f"what {trained.name} trains on stays in {', '.join(allowed)}, and {to.name} {lies}: "
            "weights can give back what they have seen"
        )


def _within(where: str | None, allowed: str) -> bool:
    return where is not None and (where == allowed or where.startswith(f"{allowed}-"))
