"""All workloads of a spec on one kind of server: sizes, and refusals where there is none."""

from __future__ import annotations

import heapq
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
from millwright.model.spec import MAX_GPUS, Factory
from millwright.model.workload import Workload

Sizing = Callable[[Sheet, int], WorkloadSize]
TOO_MUCH = "MW-D-085"


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

    Raises Infeasible where the spec says too little, where the server cannot do it, or where it
    takes more GPUs than any design has.
    """
    try:
        found = KINDS[workload.kind](Sheet(workload, ground, load), least)
    except OverflowError:
        raise _too_much(workload, "more GPUs than can be counted") from None
    if found.gpus > MAX_GPUS:
        raise _too_much(workload, f"{found.gpus:,} GPUs")
    return found


def _too_much(workload: Workload, needed: str) -> Infeasible:
    return Infeasible(
        f"it would take {needed}, and a design has {MAX_GPUS:,} at most",
        rule=TOO_MUCH,
        where=f"workloads.{workload.name}.gpus",
        hint="check the figures of the workload and their units",
    )


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
    total = sum(size.gpus for size in sizes)
    if total > MAX_GPUS:
        refused.append(refusal_of(_all_too_much(total)))
    per_node = ground.server.gpu_count.value
    return FactorySize(
        server=ground.server.name,
        gpus_per_node=per_node,
        nodes=None if refused else nodes_for(sizes, per_node),
        gpus=None if refused else total,
        workloads=tuple(sizes),
        refused=tuple(refused),
    )


def _all_too_much(total: int) -> Infeasible:
    return Infeasible(
        f"all workloads together would take {total:,} GPUs, and a design has {MAX_GPUS:,} at most",
        rule=TOO_MUCH,
        where="workloads",
        hint="part them over several designs",
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
    free: dict[int, list[int]] = {room: [] for room in range(per_node + 1)}
    nodes, least = 0, 0
    pieces: list[int] = []
    for size in sizes:
        whole, rest = divmod(size.gpus_per_replica, per_node)
        nodes += whole * size.replicas
        pieces += [rest] * (size.replicas if rest else 0)
        least = max(least, 2 if size.spread else 1)
    for piece in sorted(pieces, reverse=True):
        rooms = [room for room in range(piece, per_node + 1) if free[room]]
        room = min(rooms, key=lambda each: free[each][0], default=per_node)
        at = heapq.heappop(free[room]) if rooms else nodes
        nodes += not rooms
        heapq.heappush(free[room - piece], at)
    return max(nodes, least)
