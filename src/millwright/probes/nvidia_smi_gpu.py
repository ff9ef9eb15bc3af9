"""One NVIDIA GPU as `nvidia-smi -q` describes it, by XML or by text, drivers of 2012 to 2026."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.reading import Problem


@dataclass(frozen=True, slots=True)
class EccCounts:
    """Memory errors by where they were found; a total is known only where one part is."""

    corrected: int | None = None
    uncorrected: int | None = None
    sram_corrected: int | None = None
    sram_uncorrected: int | None = None
    dram_corrected: int | None = None
    dram_uncorrected: int | None = None


@dataclass(frozen=True, slots=True)
class MemoryRepair:
    """Pages retired (GPUs up to Volta) and rows remapped (since Ampere)."""

    retired_single_bit: int | None = None
    retired_double_bit: int | None = None
    retirement_pending: bool | None = None
    remapped_corrected: int | None = None
    remapped_uncorrected: int | None = None
    remap_pending: bool | None = None
    remap_failed: bool | None = None


@dataclass(frozen=True, slots=True)
class PcieLink:
    """How the link trained and what it could be; a GPU at rest may lower its generation."""

    generation: int | None = None
    generation_max: int | None = None
    width: int | None = None
    width_max: int | None = None
    replays: int | None = None
    replay_rollovers: int | None = None


@dataclass(frozen=True, slots=True)
class Heat:
    """Temperatures; `margin_c` is what is left until the GPU slows down (T.Limit)."""

    gpu_c: float | None = None
    memory_c: float | None = None
    margin_c: float | None = None
    slowdown_c: float | None = None
    shutdown_c: float | None = None


@dataclass(frozen=True, slots=True)
class Power:
    """Draw and limits of the GPU alone; `module_draw_w` is of the whole module where it is told.

    `draw_w` is the instantaneous draw where the driver tells it apart from the average.
    """

    draw_w: float | None = None
    average_draw_w: float | None = None
    limit_w: float | None = None
    default_limit_w: float | None = None
    max_limit_w: float | None = None
    module_draw_w: float | None = None


@dataclass(frozen=True, slots=True)
class HeldBack:
    """How long a reason held the clocks back since the driver was loaded."""

    reason: str
    for_us: int


@dataclass(frozen=True, slots=True)
class Clocks:
    """Clocks now and at most, and why they are what they are, in the words of `REASONS`."""

    sm_mhz: float | None = None
    memory_mhz: float | None = None
    sm_max_mhz: float | None = None
    memory_max_mhz: float | None = None
    reasons: tuple[str, ...] = ()
    reasons_told: bool = False
    held_back: tuple[HeldBack, ...] = ()


@dataclass(frozen=True, slots=True)
class Fabric:
    """The NVLink fabric as the GPU sees it; `ailments` are the health lines that say True."""

    state: str | None = None
    status: str | None = None
    clique: str | None = None
    cluster_uuid: str | None = None
    health: str | None = None
    bandwidth: str | None = None
    ailments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU in the driver's order. A lost one keeps its place, without what it cannot say."""

    index: int
    bus_id: str
    lost: bool
    name: str | None = None
    uuid: str | None = None
    serial: str | None = None
    vbios: str | None = None
    board_part_number: str | None = None
    persistence: bool | None = None
    mig: bool | None = None
    mig_pending: bool | None = None
    ecc: bool | None = None
    ecc_pending: bool | None = None
    recovery_action: str | None = None
    volatile: EccCounts = EccCounts()
    aggregate: EccCounts = EccCounts()
    repair: MemoryRepair = MemoryRepair()
    pcie: PcieLink = PcieLink()
    heat: Heat = Heat()
    power: Power = Power()
    clocks: Clocks = Clocks()
    fabric: Fabric = Fabric()
    utilization_percent: float | None = None
    memory_utilization_percent: float | None = None
    memory_total_mib: float | None = None
    memory_used_mib: float | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """The driver and its GPUs; `attached` is how many the driver says it has."""

    driver: str | None
    cuda: str | None
    attached: int | None
    gpus: tuple[Gpu, ...]


def problems_of(machine: Machine) -> list[Problem]:
    """Return what is wrong with the answer as a whole: GPUs counted and not listed, or none."""
    listed = len(machine.gpus)
    if machine.attached is not None and machine.attached != listed:
        return [Problem(f"{machine.attached} GPUs are attached, {listed} are listed")]
    return [] if listed else [Problem("no GPU is listed")]


def measured(gpus: Iterable[Gpu]) -> tuple[Measurement, ...]:
    """Return what the GPUs measured, `gpu0` being the driver's first."""
    return tuple(
        metric.of(value, f"gpu{gpu.index}")
        for gpu in gpus
        for metric, value in _values(gpu)
        if value is not None
    )


def _values(gpu: Gpu) -> Iterable[tuple[metrics.Metric, float | None]]:
    return (
        (metrics.GPU_TEMPERATURE, gpu.heat.gpu_c),
        (metrics.GPU_MEMORY_TEMPERATURE, gpu.heat.memory_c),
        (metrics.GPU_THERMAL_MARGIN, gpu.heat.margin_c),
        (metrics.GPU_POWER_DRAW, gpu.power.draw_w),
        (metrics.GPU_POWER_LIMIT, gpu.power.limit_w),
        (metrics.GPU_SM_CLOCK, gpu.clocks.sm_mhz),
        (metrics.GPU_MEMORY_CLOCK, gpu.clocks.memory_mhz),
        (metrics.GPU_UTILIZATION, gpu.utilization_percent),
        (metrics.GPU_MEMORY_UTILIZATION, gpu.memory_utilization_percent),
        (metrics.GPU_MEMORY_TOTAL, gpu.memory_total_mib),
        (metrics.GPU_MEMORY_USED, gpu.memory_used_mib),
        (metrics.GPU_PCIE_GENERATION, gpu.pcie.generation),
        (metrics.GPU_PCIE_WIDTH, gpu.pcie.width),
        (metrics.GPU_PCIE_REPLAYS, gpu.pcie.replays),
        (metrics.GPU_ECC_CORRECTED, gpu.volatile.corrected),
        (metrics.GPU_ECC_UNCORRECTED, gpu.volatile.uncorrected),
    )
