"""What a program of perftest says: the ends of a pair, its settings, and a row a message size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["bw", "lat"]


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """One message size; rates in Gb/s of 10^9 bits. A peak of zero was not measured and is None.

    `told` is the mean as it was printed, in `told_unit`.
    """

    bytes: int
    iterations: int
    peak_gbps: float | None
    average_gbps: float
    message_rate_mpps: float | None
    told: float
    told_unit: str


@dataclass(frozen=True, slots=True)
class Latency:
    """One message size; times in microseconds, None where this version does not tell them."""

    bytes: int
    iterations: int
    least_us: float | None
    most_us: float | None
    typical_us: float | None
    mean_us: float | None
    spread_us: float | None
    p99_us: float | None
    p999_us: float | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the head of an output says; of client and server in one output, what both say."""

    device: str | None = None
    transport: str | None = None
    connection: str | None = None
    link: str | None = None
    queue_pairs: int | None = None
    mtu_bytes: int | None = None
    gid_index: int | None = None
    both_ways: bool = False


@dataclass(frozen=True, slots=True)
class PairTest:
    """One output: `verb` is write, read, send, atomic or raw; None where no title is told."""

    verb: str | None
    kind: Kind | None
    settings: Settings
    bandwidths: tuple[Bandwidth, ...] = ()
    latencies: tuple[Latency, ...] = ()
