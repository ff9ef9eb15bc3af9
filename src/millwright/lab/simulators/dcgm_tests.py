"""What `dcgmi diag` tests at each level, and what a GPU's faults do to each test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .device import Gpu, Node
from .state import setting

PASS, FAIL, SKIP = "Pass", "Fail", "Skip"
_LEAST = 0.9
_CATEGORY, _ISOLATE, _MONITOR = 8, 2, 1


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a test failed: the manager's number, its category and severity, and words."""

    error_id: int
    category: int
    severity: int
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """One test of one GPU."""

    status: str
    info: str = ""
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """A test of DCGM 4, the level it starts at and what DCGM 3 calls it ('' where it has none)."""

    category: str
    name: str
    level: int
    older_name: str
    judge: Callable[[Node, Gpu], Result]


def tests_of(level: int) -> list[Test]:
    """Return the tests of a level, 1 (seconds) to 4 (hours)."""
    return [test for test in _TESTS if test.level <= level]


def _software(node: Node, gpu: Gpu) -> Result:
    ecc = node.ecc(gpu)
    if ecc.failed:
        text = f"GPU {gpu.index} had uncorrectable memory errors and row remapping failed."
        return Result(FAIL, finding=Finding(80, _CATEGORY, _ISOLATE, text))
    if ecc.pending:
        text = f"GPU {gpu.index} had memory errors and row remappings are pending"
        return Result(FAIL, finding=Finding(85, _CATEGORY, _ISOLATE, text))
    if (setting(gpu, "persistence") or "Enabled") != "Enabled":
        text = f"Persistence Mode: Persistence mode for GPU {gpu.index} is disabled."
        return Result(FAIL, finding=Finding(29, _CATEGORY, 5, text))
    return Result(PASS)


def _memory(node: Node, gpu: Gpu) -> Result:
    total = int(node.number("gpu", "memory_mib") * 2**20 * 0.98)
    info = f"GPU {gpu.index} Allocated {total} bytes (98.0%)"
    if errors := node.ecc(gpu).uncorrected:
        text = f"Detected {errors} double-bit ECC error(s) in memory of GPU {gpu.index}."
        return Result(FAIL, info, Finding(4, 1, _ISOLATE, text))
    return Result(PASS, info)


def _pcie(node: Node, gpu: Gpu) -> Result:
    part = node.pcie_width(gpu) / node.number("pci", "width")
    speeds = [
        node.noisy(node.number("performance", key) * part, "diag", key, gpu.slot)
        for key in ("d2h_gbytes_per_s", "h2d_gbytes_per_s")
    ]
    info = (
        f"GPU {gpu.index} GPU to Host bandwidth:\t\t{speeds[0]:.2f} GB/s, "
        f"GPU {gpu.index} Host to GPU bandwidth:\t\t{speeds[1]:.2f} GB/s"
    )
    if part < 1:
        text = f"Bandwidth of GPU {gpu.index} in direction GPU->Host is below the minimum."
        return Result(FAIL, info, Finding(38, 1, _MONITOR, text))
    return Result(PASS, info)


def _compute(node: Node, gpu: Gpu) -> Result:
    fraction = node.compute_fraction(gpu)
    speed = node.noisy(node.number("performance", "bf16_tflops") * 1000 * fraction, gpu.slot)
    info = f"GPU {gpu.index} relative stress level\t{speed:.0f}"
    if node.throttled(gpu):
        text = f"GPU {gpu.index} clocks are held back: HW thermal slowdown is active."
        return Result(FAIL, info, Finding(30, 4, _MONITOR, text))
    if fraction < _LEAST:
        text = f"Max stress level of {speed:.0f} on GPU {gpu.index} is below what was asked."
        return Result(FAIL, info, Finding(51, 1, _MONITOR, text))
    return Result(PASS, info)


def _power(node: Node, gpu: Gpu) -> Result:
    draw = node.noisy(node.number("power", "load_w"), "diag", gpu.slot)
    if node.throttled(gpu):
        text = f"Max power of {0.5 * draw:.1f} W on GPU {gpu.index} did not reach its target."
        return Result(
            FAIL, f"GPU {gpu.index} max power: {0.5 * draw:.1f} W", Finding(50, 3, 1, text)
        )
    return Result(
        PASS, f"GPU {gpu.index} max power: {draw:.1f} W average power usage: {draw:.1f} W"
    )


def _bandwidth(node: Node, gpu: Gpu) -> Result:
    fraction = node.memory_fraction(gpu)
    speed = node.noisy(node.number("performance", "hbm_gbytes_per_s") * fraction, "hbm", gpu.slot)
    info = f"GPU {gpu.index} memory bandwidth {speed:.1f} GB/s"
    if fraction < _LEAST:
        text = f"Memory bandwidth of GPU {gpu.index} is below the minimum."
        return Result(FAIL, info, Finding(52, 1, _MONITOR, text))
    return Result(PASS, info)


_TESTS = (
    Test("Deployment", "software", 1, "", _software),
    Test("Hardware", "memory", 2, "GPU Memory", _memory),
    Test("Hardware", "diagnostic", 3, "Diagnostic", _compute),
    Test("Hardware", "nvbandwidth", 3, "", _pcie),
    Test("Hardware", "memtest", 4, "Memtest", _memory),
    Test("Hardware", "pulse_test", 4, "Pulse Test", _power),
    Test("Integration", "pcie", 2, "PCIe", _pcie),
    Test("Stress", "memory_bandwidth", 3, "Memory Bandwidth", _bandwidth),
    Test("Stress", "targeted_stress", 3, "Targeted Stress", _compute),
    Test("Stress", "targeted_power", 3, "Targeted Power", _power),
)
