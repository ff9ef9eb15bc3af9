"""How much data there is after so many months: what is kept, growing as the spec foresees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.design.storing.figures import Notes
from millwright.model.storageplan import Holding
from millwright.model.workload import Growth, Workload

MIB, TB, GB = 2**20, 1e12, 1e9
DAYS_PER_MONTH = 365 / 12
HORIZONS = (12, 24, 36)
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Amount:
    """Data of a workload: what comes each day and is kept `years`, and what lies there always."""

    what: str
    tb_per_day: float = 0.0
    years: float = 0.0
    tb_standing: float = 0.0


def factor_at(growth: Sequence[Growth], workload: str, month: int) -> Triple:
    """Return low, likely and high growth in a month: the workload's own latest step, else the
    latest that is for all, as sizes of GPUs count it."""
    reached = [step for step in growth if step.after_months <= month]
    own = [step for step in reached if step.workload == workload]
    steps = own or [step for step in reached if step.workload is None]
    if not steps:
        return 1.0, 1.0, 1.0
    factor = max(steps, key=lambda step: step.after_months).factor
    return factor if isinstance(factor, tuple) else (factor, factor, factor)


def holdings(
    workloads: Sequence[Workload], growth: Sequence[Growth], notes: Notes
) -> tuple[Holding, ...]:
    """Return what each workload holds after each horizon; workloads without data are left out."""
    found = []
    for workload in workloads:
        for amount in _amounts(workload, notes):
            tb = tuple(_after(amount, growth, workload.name, months) for months in HORIZONS)
            found.append(
                Holding(workload=workload.name, what=amount.what, tb=tb, confidence="estimate")
            )
    return tuple(found)


def _after(amount: Amount, growth: Sequence[Growth], workload: str, months: int) -> Triple:
    first = max(0, months - round(amount.years * 12))
    sums = [0.0, 0.0, 0.0]
    for month in range(first, months):
        for at, factor in enumerate(factor_at(growth, workload, month)):
            sums[at] += amount.tb_per_day * DAYS_PER_MONTH * factor
    last = factor_at(growth, workload, months)
    low, likely, high = (
        round(held + amount.tb_standing * factor, 3)
        for held, factor in zip(sums, last, strict=True)
    )
    return low, likely, high


def _amounts(workload: Workload, notes: Notes) -> Iterator[Amount]:
    kind = workload.kind
    if kind == "imaging-inference" and workload.studies_per_day and workload.study_mib:
        daily = workload.studies_per_day * workload.study_mib * MIB / TB
        kept = daily / notes.of(workload, "imaging-compression")
        yield Amount("studies", tb_per_day=kept, years=_years(workload, notes))
    elif kind == "genomics-wgs" and workload.genomes_per_day:
        depth = (workload.coverage or 30) / 30
        daily = workload.genomes_per_day * notes.of(workload, "genome-gb") * depth * GB / TB
        yield Amount("genomes", tb_per_day=daily, years=_years(workload, notes))
    elif kind == "imaging-training" and workload.volumes and workload.volume_mib:
        yield Amount("volumes", tb_standing=workload.volumes * workload.volume_mib * MIB / TB)
    elif kind in ("training", "fine-tuning"):
        yield from _trained(workload, notes)
    elif kind in ("rag", "embedding") and workload.documents:
        each = notes.of(workload, "passages-per-document") * notes.of(workload, "vector-bytes")
        yield Amount("vectors", tb_standing=workload.documents * each / TB)


def _trained(workload: Workload, notes: Notes) -> Iterator[Amount]:
    if workload.tokens_b:
        size = workload.tokens_b * 1e9 * notes.of(workload, "token-bytes") / TB
        yield Amount("tokens", tb_standing=size)
    if workload.parameters_b:
        each = checkpoint_tb(workload, workload.parameters_b, notes)
        kept = notes.of(workload, "checkpoints-kept")
        yield Amount("checkpoints", tb_standing=each * kept)


def checkpoint_tb(workload: Workload, parameters_b: float, notes: Notes) -> float:
    """Return the size of a checkpoint with its optimiser state, in TB: of all weights, or of the
    adapters where they alone learn."""
    if workload.method in ("lora", "qlora"):
        parameters_b *= notes.of(workload, "adapter-share")
    return parameters_b * 1e9 * notes.of(workload, "checkpoint-bytes-per-parameter") / TB


def _years(workload: Workload, notes: Notes) -> float:
    said = workload.data.retention_years if workload.data else None
    return said if said is not None else notes.of(workload, "retention-years")
