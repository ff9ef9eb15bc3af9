"""What would change the size of a workload: each figure in turn, more and less of it."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.design.sizing.sheet import Ground
from millwright.design.sizing.size import size_workload
from millwright.errors import Infeasible
from millwright.model.sizing import Change, Measured, WorkloadSize, past_whole
from millwright.model.workload import Workload

SPEC_FACTORS = (0.5, 2.0)
ASSUMED_FACTORS = (0.8, 1.25)


def changes(
    workload: Workload, ground: Ground, least: int, size: WorkloadSize, load: float = 1.0
) -> tuple[Change, ...]:
    """Return what gives another number of GPUs: figures of the spec halved and doubled, assumptions
    by a fifth less and a fourth more. None where the workload then has no size."""
    found = []
    for what, now, then, changed in _varied(workload, size):
        try:
            gpus: int | None = size_workload(changed, ground, least, load).gpus
        except Infeasible:
            gpus = None
        if gpus != size.gpus:
            found.append(Change(what=what, now=now, then=then, gpus=gpus))
    return tuple(found)


def _varied(workload: Workload, size: WorkloadSize) -> Iterator[tuple[str, float, float, Workload]]:
    for name, number in size.numbers.items():
        if number.formula or not number.value:
            continue
        if hasattr(workload, name):
            for factor in SPEC_FACTORS:
                then = number.value * factor
                yield name, number.value, then, workload.model_copy(update={name: then})
        elif not name.startswith(("gpu_", "model_")) and name != "bytes_per_parameter":
            yield from _assumed(workload, name, number.value)


def _assumed(
    workload: Workload, name: str, now: float
) -> Iterator[tuple[str, float, float, Workload]]:
    key = name.replace("_", "-")
    for factor in ASSUMED_FACTORS:
        then = now * factor
        if past_whole(key, then):
            continue
        measured = {**workload.measured, key: Measured(value=then, source="tried")}
        yield key, now, then, workload.model_copy(update={"measured": measured})
