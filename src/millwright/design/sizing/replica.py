"""One replica of a model that answers: how fast it reads and writes, and how many it serves.

Requests are decoded together, and prompts are read between steps (continuous batching). A step
takes as long as the slower of memory and arithmetic, and then its exchange between GPUs. While
prompts are read nobody's next token comes, so that a token takes, with b requests beside each
other,

    time per token = step(b) + b x prefill / output tokens

which follows from Little's law. Rate, time per token and time to the first token all rise with b,
so that the greatest b within all targets is what the replica serves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from millwright.design.sizing.shapes import touched_share
from millwright.model.languagemodel import ModelShape
from millwright.model.sizing import Bound

TAIL = 0.05
"""The share of requests that may wait longer: targets are held to the 95th percentile."""
HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Replica:
    """A model on `gpus` GPUs. Bytes and rates are those of all of them together.

    `room` is how many requests its cache holds beside each other.
    """

    shape: ModelShape
    gpus: int
    shared_bytes: float
    expert_bytes: float
    cache_bytes_per_request: float
    room: int
    bandwidth_bytes_per_s: float
    flops_per_s: float
    flops_per_token: float
    exchange_bytes_per_s: float
    exchange_fixed_s: float
    prefill_s: float
    output_tokens: float


@dataclass(frozen=True, slots=True)
class Targets:
    """Time to the first token, at the 95th percentile, and time per token after it, on average."""

    first_token_s: float
    per_token_s: float


def all_reduce_bytes(gpus: int, payload_bytes: float) -> float:
    """Return what each GPU sends in a ring: 2 (n - 1) / n of the payload."""
    return 2 * (gpus - 1) / gpus * payload_bytes


def exchange_s(replica: Replica, tokens: float) -> float:
    """Return the time in which GPUs exchange what they have of so many tokens: two all-reduces a
    layer, of 2 bytes a value."""
    if replica.gpus == 1:
        return 0.0
    payload = tokens * replica.shape.hidden * 2
    sent = 2 * replica.shape.layers * all_reduce_bytes(replica.gpus, payload)
    return sent / replica.exchange_bytes_per_s + replica.exchange_fixed_s


def memory_s(replica: Replica, batch: float) -> float:
    """Return the time in which weights and caches of a step are read."""
    weights = replica.shared_bytes + replica.expert_bytes * touched_share(replica.shape, batch)
    return (weights + batch * replica.cache_bytes_per_request) / replica.bandwidth_bytes_per_s


def arithmetic_s(replica: Replica, batch: float) -> float:
    """Return the time in which a step is computed."""
    return batch * replica.flops_per_token / replica.flops_per_s


def step_s(replica: Replica, batch: float) -> float:
    """Return the time of one step for all requests of a batch; nobody steps with less than one."""
    whole = max(batch, 1.0)
    bound = max(memory_s(replica, whole), arithmetic_s(replica, whole))
    return bound + exchange_s(replica, whole)


def per_token_s(replica: Replica, batch: float) -> float:
    """Return how long a request waits for its next token, prompts of others included."""
    return step_s(replica, batch) + batch * replica.prefill_s / replica.output_tokens


def rate_per_s(replica: Replica, batch: float) -> float:
    """Return how many requests a second begin and end while so many are beside each other."""
    return batch / (replica.output_tokens * per_token_s(replica, batch))


def waiting_p95_s(service_s: float, busy_share: float) -> float:
    """Return what 95 of 100 wait at most for one server with equal service times (M/D/1).

    The mean is s p / (2 (1 - p)); the tail is taken as exponential. 0 below 5 % load.
    """
    if busy_share <= TAIL:
        return 0.0
    if busy_share >= 1:
        return math.inf
    return service_s / (2 * (1 - busy_share)) * math.log(busy_share / TAIL)


def first_token_s(replica: Replica, batch: float) -> float:
    """Return when the first token comes: the wait for other prompts, the own one, one step."""
    busy = rate_per_s(replica, batch) * replica.prefill_s
    return waiting_p95_s(replica.prefill_s, busy) + replica.prefill_s + step_s(replica, batch)


def greatest_batch(replica: Replica, targets: Targets) -> float:
    """Return how many requests may be beside each other, on average and so in parts of one; 0
    where not even a lone one meets its targets."""
    if replica.room < 1 or failing(replica, targets, 0.0) is not None:
        return 0.0
    low, high = 0.0, float(replica.room)
    if failing(replica, targets, high) is None:
        return high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if failing(replica, targets, middle) is None:
            low = middle
        else:
            high = middle
    return low


def failing(replica: Replica, targets: Targets, batch: float) -> Bound | None:
    """Return what keeps so many requests from their targets, or None."""
    if batch > replica.room:
        return "capacity"
    if first_token_s(replica, batch) > targets.first_token_s:
        return "compute"
    if per_token_s(replica, batch) > targets.per_token_s:
        return slowest(replica, batch)
    return None


def slowest(replica: Replica, batch: float) -> Bound:
    """Return which part of a token's time is the longest."""
    whole = max(batch, 1.0)
    memory, arithmetic = memory_s(replica, whole), arithmetic_s(replica, whole)
    parts: dict[Bound, float] = {
        "bandwidth": memory if memory >= arithmetic else 0.0,
        "compute": batch * replica.prefill_s / replica.output_tokens
        + (arithmetic if arithmetic > memory else 0.0),
        "exchange": exchange_s(replica, whole),
    }
    return max(parts, key=lambda bound: parts[bound])
