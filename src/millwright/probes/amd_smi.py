"""`amd-smi list|static|metric --json`: AMD accelerators, in the layouts of ROCm 6 and 7.

Written after the tool's documentation and not tried on a real output. A figure stands as
`{"value": 29, "unit": "C"}`; the tool's MB are of 2**20 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.json_node import Node, document
from millwright.probes.quantity import counter, quantity
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "amd-smi"


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One accelerator, as far as the asked subcommand tells it; the rest is None."""

    index: int
    bus_id: str | None = None
    uuid: str | None = None
    name: str | None = None
    serial: str | None = None
    vbios: str | None = None
    driver: str | None = None
    memory_total_mib: float | None = None
    memory_used_mib: float | None = None
    power_draw_w: float | None = None
    power_limit_w: float | None = None
    temperature_c: float | None = None
    edge_temperature_c: float | None = None
    memory_temperature_c: float | None = None
    sm_clock_mhz: float | None = None
    memory_clock_mhz: float | None = None
    utilization_percent: float | None = None
    memory_utilization_percent: float | None = None
    throttle_status: str | None = None
    pcie_width: int | None = None
    pcie_width_max: int | None = None
    pcie_replays: int | None = None
    ecc_corrected: int | None = None
    ecc_uncorrected: int | None = None


@dataclass(frozen=True, slots=True)
class Accelerators:
    """The accelerators of a node, in the tool's order."""

    gpus: tuple[Accelerator, ...]


def command(subcommand: str = "metric") -> list[str]:
    """Return what to ask a node: `list`, `static` or `metric`."""
    return ["amd-smi", subcommand, "--json"]


def read(text: str) -> Reading[Accelerators]:
    """Return every accelerator; one that does not say its number is a problem."""
    whole, problems = document(text, expected=lambda node: bool(_rows(node)))
    gpus: list[Accelerator] = []
    for row in _rows(whole):
        index = counter(row.at("gpu").said)
        if index is None:
            problems.append(Problem("a GPU does not say its number"))
        else:
            gpus.append(_accelerator(index, row))
    problems += [] if gpus else [Problem("no GPU is listed")]
    measured = tuple(measurement for gpu in gpus for measurement in _measured(gpu))
    facts = Accelerators(tuple(gpus))
    return Reading(TOOL, facts, measured, tuple(problems), is_simulated(text))


def _rows(whole: Node) -> tuple[Node, ...]:
    """Return the rows, which older releases give bare and newer ones under `gpu_data`."""
    rows = whole.entries or whole.at("gpu_data").entries
    return rows if any(row.at("gpu").value is not None for row in rows) else ()


def _accelerator(index: int, row: Node) -> Accelerator:
    asic, heat, power = row.at("asic"), row.at("temperature"), row.at("power")
    clock, usage, pcie = row.at("clock"), row.at("usage"), row.at("pcie")
    bus, memory, ecc = row.at("bus"), row.at("mem_usage"), row.at("ecc")
    return Accelerator(
        index,
        bus_id=row.first("bdf").said or bus.at("bdf").said,
        uuid=row.at("uuid").said,
        name=asic.at("market_name").said,
        serial=row.at("board", "product_serial").said or asic.at("asic_serial").said,
        vbios=row.at("vbios", "version").said,
        driver=row.at("driver").first("version", "driver_version").said,
        memory_total_mib=_mib(memory.at("total_vram")) or _mib(row.at("vram", "size")),
        memory_used_mib=_mib(memory.at("used_vram")),
        power_draw_w=_value(
            power.first("socket_power", "current_socket_power", "average_socket_power"), "W"
        ),
        power_limit_w=_limit(row.at("limit")),
        temperature_c=_value(heat.first("hotspot", "junction"), "C"),
        edge_temperature_c=_value(heat.at("edge"), "C"),
        memory_temperature_c=_value(heat.first("mem", "vram"), "C"),
        sm_clock_mhz=_value(clock.at("gfx_0", "clk"), "MHz"),
        memory_clock_mhz=_value(clock.at("mem_0", "clk"), "MHz"),
        utilization_percent=_value(usage.at("gfx_activity"), "%"),
        memory_utilization_percent=_value(usage.at("umc_activity"), "%"),
        throttle_status=power.at("throttle_status").said,
        pcie_width=counter(pcie.first("width", "current_lanes").said),
        pcie_width_max=counter(bus.at("max_pcie_width").said),
        pcie_replays=counter(pcie.first("replay_count").said),
        ecc_corrected=counter(ecc.first("total_correctable_count", "total_correctable").said),
        ecc_uncorrected=counter(ecc.first("total_uncorrectable_count", "total_uncorrectable").said),
    )


def _limit(limit: Node) -> float | None:
    """Return the limit in force, which ROCm 7 puts one level deeper."""
    told = limit.first("socket_power", "current_power", "socket_power_limit")
    deeper = limit.at("ppt0").first("socket_power_limit", "socket_power")
    return _value(told if told.value is not None else deeper, "W")


def _value(node: Node, unit: str) -> float | None:
    """Return a figure in its unit: an object of both, or as older releases wrote it, `29 C`."""
    told, given = node.at("value").said, node.at("unit").said
    if told is not None:
        return quantity(f"{told} {given}", unit) if given else None
    return quantity(node.said, unit, bare=False)


def _mib(node: Node) -> float | None:
    return next((value for unit in ("MB", "MiB") if (value := _value(node, unit))), None)


def _measured(gpu: Accelerator) -> Iterator[Measurement]:
    values = (
        (metrics.GPU_TEMPERATURE, gpu.temperature_c),
        (metrics.GPU_EDGE_TEMPERATURE, gpu.edge_temperature_c),
        (metrics.GPU_MEMORY_TEMPERATURE, gpu.memory_temperature_c),
        (metrics.GPU_POWER_DRAW, gpu.power_draw_w),
        (metrics.GPU_POWER_LIMIT, gpu.power_limit_w),
        (metrics.GPU_SM_CLOCK, gpu.sm_clock_mhz),
        (metrics.GPU_MEMORY_CLOCK, gpu.memory_clock_mhz),
        (metrics.GPU_UTILIZATION, gpu.utilization_percent),
        (metrics.GPU_MEMORY_UTILIZATION, gpu.memory_utilization_percent),
        (metrics.GPU_MEMORY_TOTAL, gpu.memory_total_mib),
        (metrics.GPU_MEMORY_USED, gpu.memory_used_mib),
        (metrics.GPU_PCIE_WIDTH, gpu.pcie_width),
        (metrics.GPU_PCIE_REPLAYS, gpu.pcie_replays),
        (metrics.GPU_ECC_CORRECTED, gpu.ecc_corrected),
        (metrics.GPU_ECC_UNCORRECTED, gpu.ecc_uncorrected),
    )
    for metric, value in values:
        if value is not None:
            yield metric.of(value, f"gpu{gpu.index}")
