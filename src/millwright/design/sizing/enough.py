"""Whether the hardware of a design is enough for its workloads: today, and as they grow."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.design.sizing.candidates import Wish
from millwright.design.sizing.growing import Case, loads_after
from millwright.design.sizing.sheet import NOT_SAID, ground_of
from millwright.design.sizing.size import size_factory
from millwright.model.cluster import Cluster
from millwright.model.finding import Finding
from millwright.model.sizing import FactorySize, Number, Refusal
from millwright.model.spec import Factory

TOO_FEW = "MW-D-075"
GROWS_BEYOND = "MW-D-076"
CASES: tuple[Case, ...] = ("low", "likely", "high")


def size_on(wish: Wish, cluster: Cluster) -> FactorySize | None:
    """Return all workloads on the servers of a design; None where it has none of one kind, where
    they are simulated or have no GPUs, and where no workload runs here."""
    servers = {pool.server for pool in cluster.pools}
    if len(servers) != 1 or cluster.simulated or not wish.factory.workloads:
        return None
    server = wish.catalog.servers[servers.pop()]
    if server.gpu is None:
        return None
    return size_factory(wish.factory, ground_of(wish.catalog, server, wish.models), wish.loads)


def reads_of(size: FactorySize | None) -> dict[str, Number]:
    """Return what workloads read from storage while they run, in GB/s; those that say none are
    left out."""
    sizes = size.workloads if size else ()
    found = {each.workload: each.numbers.get("read_gbytes_per_s") for each in sizes}
    return {name: number for name, number in found.items() if number is not None}


def with_parameters(factory: Factory, size: FactorySize | None) -> Factory:
    """Return the spec with the weights that sizes found by a model's name: what trains is saved
    whole, whichever way it was named."""
    sizes = size.workloads if size else ()
    found = {s.workload: s.numbers["parameters_b"] for s in sizes if "parameters_b" in s.numbers}
    told = tuple(
        workload.model_copy(update={"parameters_b": found[workload.name].value})
        if workload.parameters_b is None and workload.name in found
        else workload
        for workload in factory.workloads
    )
    return factory.model_copy(update={"workloads": told})


def remarks_on(wish: Wish, cluster: Cluster) -> tuple[Finding, ...]:
    """Return what is to be said of the design beside its workloads."""
    size = size_on(wish, cluster)
    if size is None:
        return _of_many_kinds(wish, cluster)
    found = [_unsized(refusal, size.server) for refusal in size.refused]
    if size.nodes is not None and size.nodes > cluster.nodes:
        found.append(
            Finding(
                rule=TOO_FEW, severity="warn", where="compute",
                message=f"all workloads take {size.gpus:,} GPUs in {size.nodes:,} x {size.server}, "
                f"and the design has {cluster.nodes:,}",
                hint="more nodes under `compute`, or none of it: workloads alone are sized; "
                "`design size` tells each of them",
            )
        )  # fmt: skip
    return (*found, *_grown(wish, cluster))


def _of_many_kinds(wish: Wish, cluster: Cluster) -> tuple[Finding, ...]:
    if cluster.simulated or not wish.factory.workloads:
        return ()
    servers = sorted({pool.server for pool in cluster.pools})
    if len(servers) < 2:
        return ()
    told = Finding(
        rule=TOO_FEW, severity="info", where="compute",
        message=f"servers of several kinds ({', '.join(servers)}): whether they are enough for the "
        "workloads is not known, since no workload says which of them is its own",
        hint="`design size --server NAME` tells what all workloads take on one kind",
    )  # fmt: skip
    return (told,)


def _unsized(refusal: Refusal, server: str) -> Finding:
    """Return a workload without a size: a spec that says too little is no fault of the server."""
    silent = refusal.rule == NOT_SAID
    told = f"not sized: {refusal.message}" if silent else f"on {server}: {refusal.message}"
    return Finding(
        rule=refusal.rule, severity="info" if silent else "warn", where=refusal.where,
        message=told, hint=refusal.hint,
    )  # fmt: skip


def grown_nodes(wish: Wish, cluster: Cluster, months: int) -> tuple[int | None, ...]:
    """Return the nodes that growth takes by then, low, likely and high; None has no size."""
    sizes = []
    for case in CASES:
        loads = loads_after(wish.factory, months, case)
        found = size_on(Wish(wish.factory, wish.catalog, wish.models, loads), cluster)
        sizes.append(found.nodes if found else None)
    return tuple(sizes)


def steps_of(wish: Wish) -> tuple[int, ...]:
    """Return the months of the growth that the spec foresees, in order."""
    return tuple(sorted({step.after_months for step in wish.factory.growth}))


def _grown(wish: Wish, cluster: Cluster) -> Iterator[Finding]:
    """Yield the first step of growth that the design is too small for."""
    for months in steps_of(wish):
        low, likely, high = grown_nodes(wish, cluster, months)
        if low is None or likely is None or high is None:
            return
        if likely > cluster.nodes:
            bounds = "" if low == high else f" ({low:,} to {high:,})"
            yield Finding(
                rule=GROWS_BEYOND, severity="info", where="growth",
                message=f"after {months} months the workloads are likely to take "
                f"{likely:,} nodes{bounds}, and the design has {cluster.nodes:,}: it is sized for "
                "today",
                hint=f"`design size --after {months}`; `manage grow plan` says the way",
            )  # fmt: skip
            return
