"""Models that answer people: how many GPUs meet the time to the first token and each one after.

Every power of two of GPUs that one set of links joins is tried as a replica, and the one that
needs the fewest GPUs in all is taken: more load then never needs fewer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from millwright.design.sizing.llmfacts import LlmFacts, facts_of
from millwright.design.sizing.models import put_shape
from millwright.design.sizing.replica import (
    Replica,
    Targets,
    exchange_s,
    failing,
    first_token_s,
    greatest_batch,
    memory_s,
    per_token_s,
    rate_per_s,
)
from millwright.design.sizing.sheet import Sheet, gpus_told
from millwright.errors import Infeasible
from millwright.model.sizing import Bound, WorkloadSize

TOO_LARGE = "MW-D-082"
TOO_SLOW = "MW-D-083"


@dataclass(frozen=True, slots=True)
class Fleet:
    """Replicas of one size, with the requests that each has beside each other at its limit."""

    replica: Replica
    batch: float
    served_per_s: float
    needed: int
    replicas: int

    @property
    def gpus(self) -> int:
        """Return the GPUs of all replicas."""
        return self.replicas * self.replica.gpus


def replicas_for(load_per_s: float, replica_per_s: float, spare: int, least: int) -> int:
    """Return how many replicas carry a load with `spare` of them down, and never fewer than
    `least`."""
    return max(math.ceil(load_per_s / replica_per_s - 1e-9) + spare, least, 1)


def size_llm(sheet: Sheet, least: int) -> WorkloadSize:
    """Return the size of a model that answers; `least` replicas stand whatever the load.

    Raises Infeasible where the model does not fit, or where a lone request misses its targets.
    """
    facts = facts_of(sheet)
    targets = Targets(sheet.said("ttft_s", "s"), sheet.said("tpot_ms", "ms") / 1000)
    load_per_s = _load(sheet)
    spare = round(sheet.assume("spare-replicas"))
    tried = tuple(_fleets(sheet, facts, targets, (load_per_s, spare, least)))
    if not tried:
        raise _refused(sheet, facts, targets)
    best = min(tried, key=lambda fleet: (fleet.gpus, fleet.replica.gpus))
    _tell(sheet, facts, best, least)
    binds = _binds(best, targets)
    return WorkloadSize(
        workload=sheet.workload.name,
        kind=sheet.workload.kind,
        gpu=sheet.ground.gpu.name,
        gpus=best.gpus,
        replicas=best.replicas,
        gpus_per_replica=best.replica.gpus,
        spread=best.replicas > best.needed,
        binds=binds,
        because=_because(best, binds, load_per_s, targets),
        confidence=sheet.numbers["gpus"].confidence,
        numbers=dict(sheet.numbers),
    )


def _load(sheet: Sheet) -> float:
    users = sheet.said("peak_users")
    hourly = sheet.said("requests_per_user_hour", "1/h")
    return sheet.reckon(
        "requests_per_s",
        users * hourly / 3600 * sheet.load,
        "1/s",
        f"peak_users x requests_per_user_hour / 3600{sheet.growth}",
        "peak_users",
        "requests_per_user_hour",
        *sheet.growing,
    )


def degrees(domain: int) -> Iterator[int]:
    """Yield the sizes of a replica that are tried: powers of two within one set of links."""
    degree = 1
    while degree <= domain:
        yield degree
        degree *= 2


def _fleets(
    sheet: Sheet, facts: LlmFacts, targets: Targets, wanted: tuple[float, int, int]
) -> Iterator[Fleet]:
    load_per_s, spare, least = wanted
    for degree in degrees(sheet.ground.domain):
        replica = facts.replica(degree)
        batch = greatest_batch(replica, targets)
        if not batch:
            continue
        limit = rate_per_s(replica, batch)
        if facts.output_tokens_per_gpu_s is not None:
            limit = degree * facts.output_tokens_per_gpu_s / facts.output_tokens
        served = limit * facts.load_share
        count = replicas_for(load_per_s, served, spare, least)
        needed = replicas_for(load_per_s, served, 0, 1)
        yield Fleet(replica, batch, served, needed, count)


def _refused(sheet: Sheet, facts: LlmFacts, targets: Targets) -> Infeasible:
    degree = max(degrees(sheet.ground.domain))
    replica = facts.replica(degree)
    where = sheet.where("gpus")
    if replica.room < 1:
        return Infeasible(
            f"{facts.shape.name} needs {facts.weights_bytes / 1e9:,.0f} GB for its weights and "
            f"{replica_cache_gb(facts, replica):,.1f} GB for one request, and {degree} "
            f"{sheet.ground.gpu.name} leave {facts.room_bytes(degree) / 1e9:,.0f} GB",
            rule=TOO_LARGE,
            where=where,
            hint="a smaller precision, GPUs with more memory, or more of them on one set of links",
        )
    return Infeasible(
        f"a lone request on {degree} {sheet.ground.gpu.name} takes "
        f"{first_token_s(replica, 0):.2f} s to its first token (target {targets.first_token_s:g}) "
        f"and {per_token_s(replica, 0) * 1000:.1f} ms for each after it (target "
        f"{targets.per_token_s * 1000:g})",
        rule=TOO_SLOW,
        where=where,
        hint="longer targets, a smaller model or precision, or faster GPUs",
    )


def replica_cache_gb(facts: LlmFacts, replica: Replica) -> float:
    """Return what one request holds in the caches of a replica."""
    return facts.cache_bytes(replica.gpus, facts.context_tokens) / 1e9


def _binds(fleet: Fleet, targets: Targets) -> Bound:
    if fleet.needed == 1 and fleet.replicas > 1:
        return "redundancy"
    return _limit(fleet, targets)


def _limit(fleet: Fleet, targets: Targets) -> Bound:
    """Return what fails with the least more than the greatest batch."""
    return failing(fleet.replica, targets, fleet.batch + 1e-6 * (1 + fleet.batch)) or "compute"


def _because(fleet: Fleet, binds: Bound, load_per_s: float, targets: Targets) -> str:
    limit = _limit(fleet, targets)
    told = (
        f"a replica on {gpus_told(fleet.replica.gpus)} has at most {fleet.batch:.1f} requests "
        f"beside each other before {limit} ends it; {fleet.served_per_s:.2f} requests/s are "
        "planned for it"
    )
    if binds == "redundancy":
        return f"{told}, and one carries the {load_per_s:.2f} asked for: the others are spare"
    return f"{told}: {fleet.needed} carry the {load_per_s:.2f} asked for"


def _tell(sheet: Sheet, facts: LlmFacts, fleet: Fleet, least: int) -> None:
    """Write down the numbers of the fleet that was chosen."""
    put_shape(sheet, facts.shape)
    facts.tell(sheet, fleet.replica)
    _tell_times(sheet, fleet)
    _tell_served(sheet, fleet, measured=facts.output_tokens_per_gpu_s is not None)
    sheet.reckon(
        "replicas_needed", fleet.needed, "", "requests_per_s / replica_requests_per_s, rounded up",
        "requests_per_s", "replica_requests_per_s",
    )  # fmt: skip
    sheet.reckon(
        "replicas", fleet.replicas, "", f"replicas_needed + spare_replicas, and at least {least}",
        "replicas_needed", "spare_replicas",
    )  # fmt: skip
    sheet.reckon(
        "gpus", fleet.gpus, "", "replicas x gpus_per_replica", "replicas", "gpus_per_replica",
        note="of all sizes of a replica, the one with the fewest GPUs in all",
    )  # fmt: skip


def _tell_times(sheet: Sheet, fleet: Fleet) -> None:
    replica, batch = fleet.replica, fleet.batch
    whole = max(batch, 1.0)
    sheet.reckon(
        "requests_beside", batch, "", "the most within ttft_s, tpot_ms and room",
        "ttft_s", "tpot_ms", "room",
    )  # fmt: skip
    sheet.reckon(
        "token_memory_ms", memory_s(replica, whole) * 1000, "ms",
        "(weights read + requests_beside x cache) / (GPUs x bandwidth x share)",
        "requests_beside", "weights_gb", "cache_gb_per_request", "gpus_per_replica",
        "gpu_memory_bandwidth_tbytes_per_s", "decode_bandwidth_share",
    )  # fmt: skip
    sheet.reckon(
        "token_exchange_ms", exchange_s(replica, whole) * 1000, "ms",
        "2 all-reduces a layer of 2 bytes a value", "gpus_per_replica", "requests_beside",
        "collective_us", "link_share", "model_layers", "model_hidden",
    )  # fmt: skip
    sheet.reckon(
        "token_ms", per_token_s(replica, batch) * 1000, "ms",
        "the slower of memory and arithmetic + exchange + requests_beside x prefill_s / "
        "output_tokens", "requests_beside", "prefill_s", "output_tokens", "token_memory_ms",
        "token_exchange_ms",
    )  # fmt: skip
    sheet.reckon(
        "first_token_s", first_token_s(replica, batch), "s",
        "wait for other prompts at the 95th percentile (M/D/1) + prefill_s + one step",
        "prefill_s", "token_ms",
    )  # fmt: skip


def _tell_served(sheet: Sheet, fleet: Fleet, *, measured: bool) -> None:
    if measured:
        formula = "GPUs x output_tokens_per_gpu_s / output_tokens x load_share"
        inputs = ("gpus_per_replica", "output_tokens_per_gpu_s")
    else:
        formula = "requests_beside / (output_tokens x token_ms) x load_share"
        inputs = ("requests_beside", "token_ms")
    sheet.reckon(
        "replica_requests_per_s", fleet.served_per_s, "1/s", formula, *inputs, "output_tokens",
        "load_share",
    )  # fmt: skip
