"""Which runbook a fault has, and what stands in it: a function of the catalogue and the site's
word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from millwright.manage.faults.advice import advice
from millwright.manage.faults.explaining import origins, steps
from millwright.model.catalog import Source
from millwright.model.fault import Fault, FaultCatalog
from millwright.reports.runbook import Runbook


def runbook(name: str, catalog: FaultCatalog, sources: Mapping[str, Source]) -> Runbook:
    """Return the runbook of a group."""
    group = catalog.groups[name]
    members = tuple(fault for fault in catalog.faults.values() if fault.group == name)
    return Runbook(
        group=group,
        members=tuple((fault, advice(fault, overrides=catalog.overrides)) for fault in members),
        steps=tuple(steps(group.actions, catalog)),
        sources=origins(_named(group.source, members), sources),
    )


def _named(own: str, members: Sequence[Fault]) -> Iterator[str]:
    yield own
    for fault in members:
        yield fault.source
        yield from (opinion.source for opinion in fault.opinions)


def group_of(name: str, catalog: FaultCatalog) -> str | None:
    """Return the group that a fault's id or a group's name means; None where neither is known."""
    bare = name.removeprefix("runbook:")
    if bare in catalog.groups:
        return bare
    fault = catalog.faults.get(name)
    return fault.group if fault else None
