"""Refuses bars that judge nothing: that cannot fail, or that nothing in the design can meet.

A bar that is too low is worse than none, for it is believed. What the wire carries, what the slot
behind an adapter carries, and what a data sheet promises bound a bar from above.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from millwright.model.bar import ANY, Bar
from millwright.model.catalog import Catalog
from millwright.model.finding import Finding
from millwright.probes.metrics import named

_USELESS = 0.1
"""Of what is possible, below which a floor cannot fail but by accident (a unit's mistake)."""
_WIDE_PERCENT = 50.0
_GBPS_PER_LANE = {1: 2.0, 2: 4.0, 3: 7.877, 4: 15.754, 5: 31.508, 6: 60.5}
"""Gb/s a lane after its line code (PCI-SIG base specification), before packets cost anything."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that a metric can read on some SKUs, and why; `pattern` is of metrics' names."""

    pattern: str
    most: float
    unit: str
    why: str
    skus: frozenset[str] = frozenset()

    def bounds(self, bar: Bar) -> bool:
        """Return whether the limit holds for what a bar judges."""
        alike = not self.skus or bool(self.skus & {sku.casefold() for sku in bar.skus})
        return (
            alike and bar.unit == self.unit and re.fullmatch(self.pattern, bar.metric) is not None
        )


def pcie_gbps(generation: int, lanes: int) -> float:
    """Return what a PCI Express link carries one way, before packets: 63 GB/s for Gen5 x16."""
    return _GBPS_PER_LANE.get(generation, 0.0) * lanes


def slot_limit(sku: str, generation: int, lanes: int) -> Limit:
    """Return what an adapter behind such a slot can reach, whatever its own port runs at."""
    return Limit(
        r"(ib_.*_bw|iperf3_bandwidth)", pcie_gbps(generation, lanes), "Gb/s",
        f"the slot is PCIe Gen{generation} x{lanes}", frozenset({sku.casefold()}),
    )  # fmt: skip


def limits_of(catalog: Catalog) -> tuple[Limit, ...]:
    """Return what data sheets of the catalogue allow: memory, dense products, ports of adapters."""
    found: list[Limit] = []
    for gpu in catalog.gpus.values():
        skus = frozenset(
            {gpu.name, *(s.name for s in catalog.servers.values() if s.gpu == gpu.name)}
        )
        bandwidth = gpu.memory_bandwidth_tbytes_per_s.value * 1000
        found.append(
            Limit(r"(hbm_.*bandwidth|gpu_stream_.*)", bandwidth, "GB/s", "the data sheet", skus)
        )
        for kind, figure in (("bf16", gpu.dense_bf16_tflops), ("fp8", gpu.dense_fp8_tflops)):
            if figure is not None:
                found.append(
                    Limit(rf"gemm_{kind}_tflops", figure.value, "TFLOP/s", "the data sheet", skus)
                )
    for server in catalog.servers.values():
        speeds = [port.speed_gbps for port in server.ports_of("compute")]
        if speeds:
            found.append(
                Limit(r"ib_.*_bw", max(speeds), "Gb/s", "the wire", frozenset({server.name}))
            )
        slots = [
            (port.pcie_generation, port.pcie_lanes)
            for port in server.ports_of("compute")
            if port.pcie_generation and port.pcie_lanes
        ]
        for generation, lanes in sorted(set(slots)):
            found.append(slot_limit(server.name, generation, lanes))
    return tuple(found)


def lint(bars: Iterable[Bar], limits: Sequence[Limit] = ()) -> tuple[Finding, ...]:
    """Return what is wrong with bars, in their order; an error means that a bar must not judge."""
    return tuple(finding for bar in bars for finding in _faults(bar, limits))


def _faults(bar: Bar, limits: Sequence[Limit]) -> Iterator[Finding]:
    where = f"bars.{bar.name}"
    metric = named(bar.metric)
    if metric is None:
        yield _finding("MW-B-101", "warn", where, f"{bar.metric} is no known metric: WARN at most")
    elif bar.unit and metric.unit not in ("as told", bar.unit):
        told = f"{bar.metric} is told in {metric.unit}, the bar in {bar.unit}: it judges nothing"
        yield _finding("MW-B-102", "error", where, told)
    if metric is not None and (metric.worse, bar.rule) in _BLIND:
        told = f"{bar.metric} is worse when {metric.worse}, and `{bar.rule}` cannot see that"
        yield _finding("MW-B-103", "error", where, told)
    yield from _never_fails(bar, where)
    yield from _out_of_reach(bar, where, limits)


_BLIND = {("lower", "at_most"), ("higher", "at_least")}


def _never_fails(bar: Bar, where: str) -> Iterator[Finding]:
    low, high = bar.bounds
    if bar.rule == "at_least" and high > 0 >= low:
        yield _finding("MW-B-104", "error", where, f"no value is below {low:g}: it cannot fail")
    if bar.tolerance_percent is not None and bar.tolerance_percent >= _WIDE_PERCENT:
        told = f"within {bar.tolerance_percent:g} % holds of nearly everything"
        yield _finding("MW-B-104", "error", where, told)
    if bar.expected is not None and bar.rule == "at_least" and low < bar.expected / 2:
        told = f"{low:g} is less than half of the {bar.expected:g} that is expected"
        yield _finding("MW-B-105", "warn", where, told)


def _out_of_reach(bar: Bar, where: str, limits: Sequence[Limit]) -> Iterator[Finding]:
    low, _ = bar.bounds
    own = [Limit(re.escape(bar.metric), bar.wire, bar.unit, "its own wire")] if bar.wire else []
    for limit in (*own, *(each for each in limits if each.bounds(bar))):
        if low > limit.most:
            told = f"{low:g} {bar.unit} is more than the {limit.most:g} of {limit.why}"
            yield _finding("MW-B-106", "error", where, f"{told}: every healthy part would fail")
        elif bar.rule == "at_least" and 0 < low < _USELESS * limit.most:
            told = f"{low:g} {bar.unit} is under a tenth of the {limit.most:g} of {limit.why}"
            yield _finding("MW-B-104", "error", where, f"{told}: it cannot fail; a unit's mistake?")
    if bar.platform == ANY and bar.rule == "at_least" and bar.metric.startswith("nccl_"):
        told = "figures of virtual machines and of bare metal differ: name the platform"
        yield _finding("MW-B-107", "warn", where, told)


def _finding(rule: str, severity: str, where: str, message: str) -> Finding:
    return Finding.model_validate(
        {"rule": rule, "severity": severity, "where": where, "message": message,
         "hint": "mend it or leave it out: then results are compared among themselves"}
    )  # fmt: skip


def usable(bars: Sequence[Bar], findings: Iterable[Finding]) -> tuple[Bar, ...]:
    """Return the bars without those that a lint called an error."""
    refused = {each.where for each in findings if each.severity == "error"}
    return tuple(bar for bar in bars if f"bars.{bar.name}" not in refused)
