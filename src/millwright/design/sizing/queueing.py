"""Waiting for one of several GPUs, with and without going before others.

Requests come at random and are served one by one by c GPUs (M/M/c): the textbook wait, which is
longer than that of equal service times and so on the safe side. Those that go before others do not
stop who is being served (non-preemptive priority, two classes alike in their service).
"""

from __future__ import annotations

import math


def erlang_c(servers: int, offered: float) -> float:
    """Return the chance to wait at all; `offered` is arrivals x service time. 1 where the load is
    too much."""
    if offered >= servers:
        return 1.0
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    busy = offered / servers
    return blocked / (1 - busy + busy * blocked)


def wait_exceeded(quantile: float, chance: float, mean_of_waiting_s: float) -> float:
    """Return the wait that a share `quantile` does not exceed, where those who wait do so
    exponentially: 0 where so few wait at all."""
    rest = 1 - quantile
    if chance <= rest:
        return 0.0
    return mean_of_waiting_s * math.log(chance / rest)


def first_class_wait_s(
    servers: int, rate_per_s: float, service_s: float, first_share: float, quantile: float
) -> float:
    """Return the wait of those who go before others.

    Once all servers are busy they queue behind their own kind alone: exponentially, at the rate
    servers / service time - own arrivals.
    """
    offered = rate_per_s * service_s
    if offered >= servers:
        return math.inf
    mean = 1 / (servers / service_s - rate_per_s * first_share)
    return wait_exceeded(quantile, erlang_c(servers, offered), mean)


def second_class_wait_s(
    servers: int, rate_per_s: float, service_s: float, first_share: float, quantile: float
) -> float:
    """Return the wait of all others: its mean is exact (Cobham), its tail taken as exponential.

    The mean is that of one queue, divided by what the first class leaves free.
    """
    offered = rate_per_s * service_s
    if offered >= servers:
        return math.inf
    one_queue = 1 / (servers / service_s - rate_per_s)
    first_busy = rate_per_s * first_share * service_s / servers
    return wait_exceeded(quantile, erlang_c(servers, offered), one_queue / (1 - first_busy))
