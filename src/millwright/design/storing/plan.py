"""Joins speed, room, checkpoints and spares of a design that is solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from millwright.design.storing.capacity import HORIZONS, holdings
from millwright.design.storing.failures import checkpointing, spares
from millwright.design.storing.figures import Notes
from millwright.model.cluster import BomLine, Cluster
from millwright.model.finding import Finding
from millwright.model.sizing import Assumption, Number
from millwright.model.spec import Factory
from millwright.model.storageplan import Checkpointing, Holding, StoragePlan

Triple = tuple[float, float, float]
SLOW = "MW-D-077"


def storage_plan(
    factory: Factory,
    cluster: Cluster,
    bom: Sequence[BomLine],
    assumptions: Mapping[str, Assumption],
    reads: Mapping[str, Number] | None = None,
) -> StoragePlan:
    """Return what the design needs of storage and spares. `reads` is what workloads read, in GB/s.

    Speeds follow the tier in proportion to the nodes that the fabric is built for; what the spec
    says itself wins. Checkpoints are reckoned for a job on all GPUs, the case that fails most.
    """
    notes = Notes(assumptions)
    read = _speed(factory, cluster, notes, "read")
    write = _speed(factory, cluster, notes, "write")
    _note_reads(reads or {}, notes)
    held = holdings(factory.workloads, factory.growth, notes)
    return StoragePlan(
        tier=factory.storage.tier,
        read_gbytes_per_s=read,
        write_gbytes_per_s=write,
        reads_gbytes_per_s={name: round(n.value, 3) for name, n in (reads or {}).items()},
        horizons_months=HORIZONS,
        holdings=held,
        raw_tb=_raw(held, notes) if held else (),
        capacity_said_tib=factory.storage.capacity_tib,
        checkpoints=_checkpoints(factory, cluster, write, notes),
        spares=tuple(spares(bom, notes)) if not cluster.simulated else (),
        numbers=notes.numbers,
    )


def _note_reads(reads: Mapping[str, Number], notes: Notes) -> None:
    names = []
    for workload, number in reads.items():
        names.append(f"{workload}_read_gbytes_per_s")
        notes.numbers[names[-1]] = number.model_copy(update={"inputs": ()})
    if names:
        total = round(sum(number.value for number in reads.values()), 3)
        notes.reckon("workloads_read_gbytes_per_s", total, "GB/s", " + ".join(names), *names)


def too_slow(plan: StoragePlan) -> tuple[Finding, ...]:
    """Return the remark where storage gives less than its workloads read beside each other."""
    needed, given = sum(plan.reads_gbytes_per_s.values()), plan.read_gbytes_per_s
    if not needed or (given is not None and given >= needed):
        return ()
    who = ", ".join(plan.reads_gbytes_per_s)
    told = "nothing says how much storage gives" if given is None else f"storage gives {given:g}"
    finding = Finding(
        rule=SLOW,
        severity="info" if given is None else "warn",
        where="storage",
        message=f"workloads read {needed:.1f} GB/s while they run ({who}), and {told}",
        hint="a higher `storage.tier`, `storage.read_gbytes_per_s` as it is bought, or a cache on "
        "the nodes; `design show storage` tells the figures",
    )
    return (finding,)


def _speed(factory: Factory, cluster: Cluster, notes: Notes, way: str) -> float | None:
    name = f"{way}_gbytes_per_s"
    said: float | None = getattr(factory.storage, name)
    if said is not None:
        return notes.said(name, said, "GB/s")
    tier = factory.storage.tier
    if tier is None:
        return None
    key = f"tier-{tier}-{way}"
    slots = sum(pool.slots for pool in cluster.pools)
    per_unit, nodes = notes.take(key), notes.take("tier-unit-nodes")
    notes.said("node-places", slots, "", "design")
    value = round(per_unit * slots / nodes, 3)
    formula = f"{key} x node-places / tier-unit-nodes"
    return notes.reckon(name, value, "GB/s", formula, key, "node-places", "tier-unit-nodes")


def _raw(held: Sequence[Holding], notes: Notes) -> tuple[Triple, ...]:
    """Return raw space after each horizon: all that is held, its copies, and the file system."""
    share = notes.take("data-copies") / (1 - notes.take("filesystem-overhead"))
    found = []
    for at in range(len(HORIZONS)):
        low, likely, high = (
            round(sum(holding.tb[at][bound] for holding in held) * share, 3) for bound in range(3)
        )
        found.append((low, likely, high))
    return tuple(found)


def _checkpoints(
    factory: Factory, cluster: Cluster, write: float | None, notes: Notes
) -> tuple[Checkpointing, ...]:
    if not write:
        return ()
    found = (checkpointing(w, cluster.gpus, write, notes) for w in factory.workloads)
    return tuple(each for each in found if each is not None)
