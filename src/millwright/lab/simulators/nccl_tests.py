"""nccl-tests: collectives over the GPUs of one node, or of a job's nodes.

A step takes a fixed latency and then the bytes at the bus bandwidth of the slowest GPU (and, over
several nodes, of the adapters whose link is up). Between nodes only rank 0 speaks, and of nodes
it knows what `peers.json` says: {"node002": {"fraction": 0.8}}; of a node with `with` only where
one of those takes part as well.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass

from .bench import visible
from .device import PEERS, Gpu, Node, load_node, read_json
from .mark import MARK
from .nccl_options import Options, UsageError, parse
from .ranks import World, world
from .state import load_on, next_run

VERSION = "2.17.6"
_CUDA_FAILURE = 2
_NOISE = 0.004
_SLEEP_LIMIT_S = 0.02


@dataclass(frozen=True, slots=True)
class Collective:
    """One collective: `share` of the all-reduce bandwidth it reaches, in a node and between."""

    name: str
    share: float
    share_between: float
    reduces: bool = False
    rooted: bool = False
    split: bool = False

    def bus_factor(self, ranks: int) -> float:
        """Return bus bandwidth over algorithm bandwidth, as nccl-tests defines it."""
        if self.name == "all_reduce":
            return 2 * (ranks - 1) / ranks
        return (ranks - 1) / ranks if self.split else 1.0


ALL_REDUCE = Collective("all_reduce", 1.0, 1.0, reduces=True)
ALL_GATHER = Collective("all_gather", 0.78, 0.95, split=True)
REDUCE_SCATTER = Collective("reduce_scatter", 0.78, 0.95, reduces=True, split=True)
ALLTOALL = Collective("alltoall", 0.72, 0.12, split=True)
BROADCAST = Collective("broadcast", 0.76, 0.9, rooted=True)
REDUCE = Collective("reduce", 0.76, 0.9, reduces=True, rooted=True)
SENDRECV = Collective("sendrecv", 0.74, 0.12)


def measure(collective: Collective, argv: list[str]) -> int:
    """Run one collective as its command does."""
    node = load_node()
    try:
        options = parse(argv)
    except UsageError as error:
        sys.stderr.write(f"{error}\nUSAGE: {collective.name}_perf [-b,--minbytes <min>] ...\n")
        return 1
    place = world(node.name)
    gpus = visible(node)
    if place.local_size > 1 and len(gpus) >= options.gpus:
        # A launcher may show each process its own GPUs only; together they are the node's.
        gpus = node.answering()
    if options.gpus * place.local_size > len(gpus):
        sys.stdout.write(
            f"{node.name}: Test CUDA failure common.cu:1024 'invalid device ordinal'\n"
            f" .. {node.name} pid {os.getpid()}: Test failure common.cu:896\n"
        )
        return _CUDA_FAILURE
    if place.rank > 0:
        return 0
    used = gpus[: options.gpus * place.local_size]
    _report(node, used, collective, options, place)
    return 0


def bus_bandwidth(node: Node, gpus: list[Gpu], collective: Collective, place: World) -> float:
    """Return the bus bandwidth that large messages reach, in GB/s."""
    slowest = min(node.memory_fraction(gpu) for gpu in gpus)
    inside = node.number("performance", "all_reduce_busbw_gbytes_per_s") * collective.share
    if len(place.hosts) == 1:
        return inside * slowest
    slowest = min(slowest, _together(place.hosts))
    up = sum(not hca.down for hca in node.hcas) / max(1, len(node.hcas))
    between = node.number("performance", "multi_node_busbw_gbytes_per_s")
    return min(inside, between * collective.share_between * up) * slowest


def _together(hosts: tuple[str, ...]) -> float:
    """Return what part of the bandwidth these hosts reach with each other."""
    peers, slowest = read_json(PEERS), 1.0
    for host in hosts:
        said = peers.get(host, {})
        others = said.get("with")
        if others is None or set(others) & set(hosts):
            slowest = min(slowest, float(said.get("fraction", 1.0)))
    return slowest


def _report(
    node: Node, gpus: list[Gpu], collective: Collective, options: Options, place: World
) -> None:
    run, busses = next_run(), []
    bus = bus_bandwidth(node, gpus, collective, place)
    sys.stdout.write(_heading(node, gpus, collective, options, place))
    with load_on(gpus, 60):
        for size in options.sizes():
            count, row = _row(
                node, (collective, options, len(gpus) * len(place.hosts)), bus, (run, size)
            )
            busses += row
            sys.stdout.write(_line(collective, options, count, row))
            sys.stdout.flush()
    average = sum(cell[2] for cell in busses) / max(1, len(busses))
    sys.stdout.write(
        f"# Out of bounds values : 0 OK\n# Avg bus bandwidth    : {average:g} \n#\n"
        f"# Collective test concluded: {collective.name}_perf\n\n"
    )


def _row(
    node: Node, test: tuple[Collective, Options, int], bus: float, moment: tuple[int, int]
) -> tuple[tuple[int, int], list[tuple[float, float, float]]]:
    """Return (bytes, elements) and for out-of-place and in-place (us, algbw, busbw)."""
    collective, options, ranks = test
    run, size = moment
    ways = ranks if collective.split else 1
    count = size // options.type_bytes // ways
    size = count * ways * options.type_bytes
    factor = collective.bus_factor(ranks)
    cells = []
    for place in ("out", "in"):
        latency_us = 14.0 + 2.2 * ranks**0.5
        micros = latency_us + size * factor / max(bus, 1e-9) / 1000
        micros = node.noisy(micros, collective.name, size, place, run, spread=_NOISE)
        algorithm = size / micros / 1000
        cells.append((micros, algorithm, algorithm * factor))
        time.sleep(min(_SLEEP_LIMIT_S, micros * options.iterations / 1e6))
    return (size, count), cells


def _line(
    collective: Collective,
    options: Options,
    amount: tuple[int, int],
    cells: list[tuple[float, float, float]],
) -> str:
    operation = options.operation if collective.reduces else "none"
    root = 0 if collective.rooted else -1
    wrong = "0" if options.check else "N/A"
    head = f"{amount[0]:>12}  {amount[1]:>12}{options.type_name:>10}{operation:>8}{root:>8}"
    halves = (
        f"  {_seven(micros):>7}  {algorithm:6.2f}  {bus:6.2f}  {wrong:>6}"
        for micros, algorithm, bus in cells
    )
    return f"{head}{''.join(halves)}\n"


def _seven(micros: float) -> str:
    """Seven characters of microseconds, as many decimals as fit."""
    for decimals in (2, 1):
        if len(shown := f"{micros:.{decimals}f}") <= 7:
            return shown
    return f"{micros:.0f}"


def _heading(
    node: Node, gpus: list[Gpu], collective: Collective, options: Options, place: World
) -> str:
    code = _version_code(node.version("nccl"))
    lines = [
        f"# {MARK}",
        f"# nccl-tests version {VERSION} nccl-headers={code} nccl-library={code}",
        f"# Collective test starting: {collective.name}_perf",
        f"# nThread 1 nGpus {options.gpus} minBytes {options.least} maxBytes {options.most} "
        f"step: {options.step_words} warmup iters: {options.warmup} iters: {options.iterations} "
        f"agg iters: 1 validation: {int(options.check)} graph: 0",
        "#",
        "# Using devices",
    ]
    name, per_host = node.text("gpu", "product_name"), len(gpus)
    for rank in range(per_host * len(place.hosts)):
        gpu = gpus[rank % per_host]
        lines.append(
            f"#  Rank {rank:>2} Group  0 Pid {os.getpid() + rank // options.gpus:>6} on "
            f"{place.hosts[rank // per_host]:>10} device {gpu.index:>2} "
            f"[0000:{gpu.bus_id.rpartition('.')[0]}] {name}"
        )
    return "\n".join([*lines, "#", *_COLUMNS, ""])


_COLUMNS = (
    f"#{'out-of-place':>74}{'in-place':>33}",
    f"#{'size':>11}{'count':>14}{'type':>10}{'redop':>8}{'root':>8}"
    + f"{'time':>9}{'algbw':>8}{'busbw':>8}{'#wrong':>8}" * 2,
    f"#{'(B)':>11}{'(elements)':>14}{'':26}" + f"{'(us)':>9}{'(GB/s)':>8}{'(GB/s)':>8}{'':8}" * 2,
)


def _version_code(version: str) -> int:
    major, minor, patch = (int(part) for part in version.split("."))
    return major * 10_000 + minor * 100 + patch


def all_reduce_perf(argv: list[str]) -> int:
    """Every rank ends with the sum of all."""
    return measure(ALL_REDUCE, argv)


def all_gather_perf(argv: list[str]) -> int:
    """Every rank ends with the parts of all."""
    return measure(ALL_GATHER, argv)


def reduce_scatter_perf(argv: list[str]) -> int:
    """Every rank ends with its part of the sum."""
    return measure(REDUCE_SCATTER, argv)


def alltoall_perf(argv: list[str]) -> int:
    """Every rank sends a part to every other."""
    return measure(ALLTOALL, argv)


def broadcast_perf(argv: list[str]) -> int:
    """One rank's data goes to all."""
    return measure(BROADCAST, argv)


def reduce_perf(argv: list[str]) -> int:
    """One rank ends with the sum of all."""
    return measure(REDUCE, argv)


def sendrecv_perf(argv: list[str]) -> int:
    """Each rank sends to the next and hears from the one before."""
    return measure(SENDRECV, argv)
