"""Where simulated nodes stand, and what is measured of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GPUS = 8
NODES_PER_RACK = 4
NODES_PER_LEAF_GROUP = 32
RACKS_PER_PDU = 2
SKU = "simulated-8gpu"
MOST_NODES = 16_384

Part = Literal["gpu", "memory", "pcie", "node", "nic"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A metric of a simulated fleet: what it reads on a typical part, and of which part."""

    metric: str
    unit: str
    typical: float
    part: Part
    test: str


KINDS = (
    Kind("gemm_bf16_tflops", "TFLOP/s", 712.0, "gpu", "gemm"),
    Kind("gemm_fp8_tflops", "TFLOP/s", 1391.0, "gpu", "gemm"),
    Kind("gemm_fp16_tflops", "TFLOP/s", 701.0, "gpu", "gemm"),
    Kind("gemm_tf32_tflops", "TFLOP/s", 371.0, "gpu", "gemm"),
    Kind("hbm_copy_bandwidth", "GB/s", 2897.0, "memory", "hbm"),
    Kind("hbm_triad_bandwidth", "GB/s", 2951.0, "memory", "hbm"),
    Kind("hbm_scale_bandwidth", "GB/s", 2889.0, "memory", "hbm"),
    Kind("nvbandwidth_host_to_device_memcpy_ce", "GB/s", 54.9, "pcie", "pcie"),
    Kind("nvbandwidth_device_to_host_memcpy_ce", "GB/s", 51.7, "pcie", "pcie"),
    Kind("nccl_all_reduce_busbw", "GB/s", 471.0, "node", "nccl"),
    Kind("nccl_all_gather_busbw", "GB/s", 363.0, "node", "nccl"),
)
WRITE_BANDWIDTH = Kind("ib_write_bw", "Gb/s", 391.0, "nic", "pairs")
STEP_TIME = Kind("step_time", "s", 0.412, "node", "train")
PCIE_WIDTH = Kind("gpu_pcie_width", "lanes", 16.0, "pcie", "inventory")
STEPS = 120
FIRMWARE, OLD_FIRMWARE = "96.00.A5", "96.00.74"


def node_names(count: int) -> tuple[str, ...]:
    """Return names that sort as they count."""
    width = max(3, len(str(count)))
    return tuple(f"sim{at + 1:0{width}d}" for at in range(count))


def rack_of(node: int) -> str:
    """Return the rack in which a node stands."""
    return f"rack{node // NODES_PER_RACK + 1:04d}"


def pdu_of(node: int) -> str:
    """Return what feeds its rack."""
    return f"pdu{node // NODES_PER_RACK // RACKS_PER_PDU + 1:04d}"


def leaf_of(node: int, rail: int) -> str:
    """Return the leaf that a node's adapter on a rail (from 0) is plugged into."""
    return f"leaf{node // NODES_PER_LEAF_GROUP + 1:03d}-{rail + 1}"
