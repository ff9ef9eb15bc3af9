"""What failures cost: the best interval between checkpoints, the time that trains, spares."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from millwright.design.storing.capacity import checkpoint_tb
from millwright.design.storing.figures import Notes
from millwright.model.cluster import BomLine
from millwright.model.storageplan import Checkpointing, Spare
from millwright.model.workload import Workload

HOURS_PER_YEAR = 8760.0
MOST_SPARES = 100_000


def interval_s(write_s: float, between_failures_s: float) -> float:
    """Return Young's interval between checkpoints; good where writing is short against failures."""
    return math.sqrt(2 * write_s * between_failures_s)


def lost_share(
    write_s: float, between_failures_s: float, restart_s: float, every_s: float
) -> float:
    """Return the share of time that is lost with a checkpoint every so often: to writing, to work
    done again, to restarts. Capped at 1: beyond, nothing trains."""
    lost = write_s / every_s + every_s / (2 * between_failures_s) + restart_s / between_failures_s
    return min(1.0, lost)


def checkpointing(
    workload: Workload, gpus: int, write_gbytes_per_s: float, notes: Notes
) -> Checkpointing | None:
    """Return how a training workload saves itself on so many GPUs; None for one that does not."""
    if workload.kind not in ("training", "fine-tuning") or not workload.parameters_b or gpus < 1:
        return None
    terabytes = checkpoint_tb(workload, workload.parameters_b, notes)
    write_s = terabytes * 1000 / write_gbytes_per_s
    hours = notes.of(workload, "gpu-hours-per-failure") / gpus
    every = interval_s(write_s, hours * 3600)
    lost = lost_share(write_s, hours * 3600, notes.of(workload, "restart-minutes") * 60, every)
    return Checkpointing(
        workload=workload.name,
        terabytes=round(terabytes, 4),
        write_s=round(write_s, 2),
        gpus=gpus,
        hours_between_failures=round(hours, 2),
        interval_min=round(every / 60, 2),
        goodput=round(1 - lost, 4),
    )


def poisson_quantile(mean: float, chance: float) -> int:
    """Return the fewest parts that last with that chance where `mean` fail on average.

    Summed in logarithms, so that large fleets do not underflow.
    """
    total = 0.0
    for count in range(MOST_SPARES):
        total += math.exp(count * math.log(mean) - mean - math.lgamma(count + 1)) if mean else 1.0
        if total >= chance:
            return count
    return MOST_SPARES


def spares(bom: Sequence[BomLine], notes: Notes) -> Iterator[Spare]:
    """Yield the spares of every item of the bill that fails one by one."""
    share = notes.take("spare-lead-days") / 365
    chance = notes.take("spare-chance")
    rates = {
        "server": ("node", 1 / notes.take("node-years-between-failures")),
        "switch": ("switch", 1 / notes.take("switch-years-between-failures")),
        "transceiver": ("transceiver", notes.take("transceiver-failures-per-year")),
        "cable": ("cable", notes.take("cable-failures-per-year")),
        "pdu": ("pdu", 1 / notes.take("pdu-years-between-failures")),
    }
    counts: Counter[tuple[str, str]] = Counter()
    for line in bom:
        counts[line.category, line.item] += line.quantity
    for (category, item), installed in counts.items():
        if category in rates:
            kind, rate = rates[category]
            mean = installed * rate * share
            yield Spare.model_validate(
                {
                    "kind": kind,
                    "item": item,
                    "installed": installed,
                    "expected": round(mean, 3),
                    "keep": poisson_quantile(mean, chance),
                }
            )
