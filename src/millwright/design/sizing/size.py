"""All workloads of a spec on one kind of server: sizes, and refusals where there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from millwright.design.sizing.batchwork import (
    put_index,
    size_embedding,
    size_fine_tuning,
    size_genomes,
    size_notebooks,
)
from millwright.design.sizing.imaging import size_reading, size_volumes
from millwright.design.sizing.llm import size_llm
from millwright.design.sizing.sheet import Ground, Sheet
from millwright.design.sizing.training import size_training
from millwright.errors import Infeasible
from millwright.model.sizing import FactorySize, Refusal, WorkloadSize
from millwright.model.spec import Factory
from millwright.model.workload import Workload

Sizing = Callable[[Sheet, int], WorkloadSize]


def _size_rag(sheet: Sheet, least: int) -> WorkloadSize:
    """Size the model that answers from documents; their vectors are a workload of their own."""
    put_index(sheet)
    return size_llm(sheet, least)


KINDS: dict[str, Sizing] = {
    "llm-inference": size_llm,
    "rag": _size_rag,
    "embedding": size_embedding,
    "training": lambda sheet, _: size_training(sheet),
    "fine-tuning": lambda sheet, _: size_fine_tuning(sheet),
    "imaging-inference": size_reading,
    "imaging-training": lambda sheet, _: size_volumes(sheet),
    "genomics-wgs": lambda sheet, _: size_genomes(sheet),
    "notebooks": lambda sheet, _: size_notebooks(sheet),
}


def size_workload(
    workload: Workload, ground: Ground, least: int = 0, load: float = 1.0
) -> WorkloadSize:
    """Return the size of one workload; `least` replicas stand whatever the load.

    Raises Infeasible where the spec says too little, or where the server cannot do it.
    """
    return KINDS[workload.kind](Sheet(workload, ground, load), least)


def least_replicas(factory: Factory, workload: Workload) -> int:
    """Return how many replicas the workload's tier asks for."""
    tiers = {tier.name: tier.min_replicas for tier in factory.tiers}
    return tiers.get(workload.tier or "", 0)


def size_factory(
    factory: Factory, ground: Ground, loads: Mapping[str, float] | None = None
) -> FactorySize:
    """Return all workloads on one kind of server; what cannot be sized is refused by name.

    `loads` multiply what is asked of a workload: growth.
    """
    sizes: list[WorkloadSize] = []
    refused: list[Refusal] = []
    for workload in factory.workloads:
        load = (loads or {}).get(workload.name, 1.0)
        try:
            sizes.append(size_workload(workload, ground, least_replicas(factory, workload), load))
        except Infeasible as refusal:
            refused.append(refusal_of(refusal))
    per_node = ground.server.gpu_count.value
    return FactorySize(
        server=ground.server.name,
        gpus_per_node=per_node,
        nodes=None if refused else nodes_for(sizes, per_node),
        gpus=None if refused else sum(size.gpus for size in sizes),
        workloads=tuple(sizes),
        refused=tuple(refused),
    )


def refusal_of(refusal: Infeasible) -> Refusal:
    """Return a refusal as it is written down."""
    return Refusal(
        rule=refusal.rule, where=refusal.where, message=refusal.message, hint=refusal.hint
    )


def nodes_for(sizes: Iterable[WorkloadSize], per_node: int) -> int:
    """Return the nodes that hold all replicas: one that fits a node lies within one, the largest
    first, and those that must spread lie on two nodes at least.

    First fit by falling size: never more than about a fifth above the least possible.
    """
    free: list[int] = []
    least = 0
    pieces: list[int] = []
    for size in sizes:
        whole, rest = divmod(size.gpus_per_replica, per_node)
        pieces += [per_node] * (whole * size.replicas)
        pieces += [rest] * (size.replicas if rest else 0)
        least = max(least, 2 if size.spread else 1)
    for piece in sorted(pieces, reverse=True):
        at = next((index for index, room in enumerate(free) if room >= piece), None)
        if at is None:
            free.append(per_node - piece)
        else:
            free[at] -= piece
    return max(len(free), least if pieces else 0, math.ceil(sum(pieces) / per_node))
