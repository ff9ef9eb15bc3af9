"""Every metric that a reader can measure: its name, its unit, and which way is worse.

A family holds one metric a test: its name has a place for the test's own name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from millwright.model.measurement import Measurement, Param

Worse = Literal["lower", "higher", "either"]


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured. `worse` says which way a device goes that is not well."""

    name: str
    unit: str
    worse: Worse
    meaning: str

    def of(self, value: float, device: str = "", peer: str = "", /, **params: Param) -> Measurement:
        """Return a value of this metric; `params` are the conditions, in the order they stand."""
        return Measurement(self.name, value, self.unit, device, peer, tuple(params.items()))

    def named(self, test: str) -> Metric:
        """Return the member of this family that a test of that name gives."""
        return Metric(self.name.format(test=test), self.unit, self.worse, self.meaning)


# Fabric, benchmarks and management controllers

IB_PORT_RATE = Metric("ib_port_rate", "Gb/s", "lower", "rate of a port that is active")
IB_LINK_DOWNED = Metric("ib_link_downed", "count", "higher", "times the link went down")
IB_LINK_RECOVERIES = Metric("ib_link_recoveries", "count", "higher", "times the link retrained")
IB_SYMBOL_ERRORS = Metric("ib_symbol_errors", "count", "higher", "errors on the wire")
IB_RECEIVE_ERRORS = Metric("ib_receive_errors", "count", "higher", "packets that came in broken")
IB_TRANSMIT_DISCARDS = Metric("ib_transmit_discards", "count", "higher", "packets not sent")
IB_TRANSMIT_WAIT = Metric("ib_transmit_wait", "ticks", "higher", "time with data but no credits")

NCCL_BUSBW = Metric("nccl_{test}_busbw", "GB/s", "lower", "bus bandwidth at one message size")
NCCL_AVERAGE_BUSBW = Metric(
    "nccl_{test}_avg_busbw", "GB/s", "lower", "bus bandwidth, mean over all sizes of a run"
)
NCCL_OUT_OF_BOUNDS = Metric(
    "nccl_{test}_out_of_bounds", "count", "higher", "values that a collective computed wrong"
)
NVBANDWIDTH = Metric("nvbandwidth_{test}", "GB/s", "lower", "bandwidth of one cell of a test")
NVBANDWIDTH_SUM = Metric("nvbandwidth_{test}_sum", "GB/s", "lower", "sum over a test's cells")
NVBANDWIDTH_LATENCY = Metric("nvbandwidth_{test}_time", "ns", "higher", "latency of a cell")
GPU_BURN_GFLOPS = Metric("gpu_burn_gflops", "GFLOP/s", "lower", "speed at the end of a burn")
GPU_BURN_ERRORS = Metric("gpu_burn_errors", "count", "higher", "wrong results of a burn")
GPU_BURN_TEMPERATURE = Metric("gpu_burn_temperature", "degC", "higher", "heat at the end of a burn")
GPU_COPY_BANDWIDTH = Metric("gpu_copy_bandwidth", "GB/s", "lower", "copies by SM or DMA engine")
GPU_STREAM = Metric("gpu_stream_{test}", "GB/s", "lower", "memory bandwidth of a STREAM kernel")
CUDA_BANDWIDTH = Metric("cuda_bandwidth_{test}", "GB/s", "lower", "CUDA bandwidthTest, by size")
ROCM_BANDWIDTH = Metric("rocm_bandwidth_{test}", "GB/s", "lower", "median of HIP copies, by size")
PCIE_LINK_SPEED = Metric("pcie_link_speed", "GT/s", "lower", "speed that a PCIe link trained to")
PCIE_LINK_WIDTH = Metric("pcie_link_width", "lanes", "lower", "width that a PCIe link trained to")

BMC_TEMPERATURE = Metric("bmc_temperature", "degC", "higher", "a sensor of the chassis")
BMC_FAN_SPEED = Metric("bmc_fan_speed", "RPM", "either", "a fan's speed")
BMC_FAN_DUTY = Metric("bmc_fan_duty", "%", "either", "a fan's share of its full speed")
BMC_POWER = Metric("bmc_power", "W", "either", "power that a chassis or a part consumes")
BMC_SUPPLY_INPUT = Metric("bmc_supply_input", "W", "either", "power that a supply takes in")
BMC_SUPPLY_OUTPUT = Metric("bmc_supply_output", "W", "either", "power that a supply gives")
BMC_VOLTAGE = Metric("bmc_voltage", "V", "either", "a voltage sensor")

# GPUs, as the tools of their vendors tell them: nvidia-smi, dcgmi, dcgm-exporter, rocm-smi, amd-smi

GPU_TEMPERATURE = Metric("gpu_temperature", "degC", "higher", "the GPU's hottest core sensor")
GPU_EDGE_TEMPERATURE = Metric("gpu_edge_temperature", "degC", "higher", "the sensor at its edge")
GPU_MEMORY_TEMPERATURE = Metric("gpu_memory_temperature", "degC", "higher", "the GPU's memory")
GPU_THERMAL_MARGIN = Metric("gpu_thermal_margin", "degC", "lower", "left before it slows down")
GPU_POWER_DRAW = Metric("gpu_power_draw", "W", "either", "power that a GPU draws")
GPU_POWER_LIMIT = Metric("gpu_power_limit", "W", "lower", "power limit in force")
GPU_ENERGY = Metric("gpu_energy", "mJ", "either", "energy since the driver was loaded")
GPU_SM_CLOCK = Metric("gpu_sm_clock", "MHz", "lower", "clock of the compute units")
GPU_MEMORY_CLOCK = Metric("gpu_memory_clock", "MHz", "lower", "clock of the memory")
GPU_UTILIZATION = Metric("gpu_utilization", "%", "either", "part of time with a kernel running")
GPU_MEMORY_UTILIZATION = Metric(
    "gpu_memory_utilization", "%", "either", "part of time that the memory was read or written"
)
GPU_MEMORY_TOTAL = Metric("gpu_memory_total", "MiB", "lower", "memory there is")
GPU_MEMORY_USED = Metric("gpu_memory_used", "MiB", "either", "memory in use")
GPU_MEMORY_FREE = Metric("gpu_memory_free", "MiB", "either", "memory that is free")
GPU_PCIE_GENERATION = Metric("gpu_pcie_generation", "count", "lower", "as the link trained now")
GPU_PCIE_WIDTH = Metric("gpu_pcie_width", "lanes", "lower", "as the link trained now")
GPU_PCIE_REPLAYS = Metric("gpu_pcie_replays", "count", "higher", "packets sent again over PCIe")
GPU_ECC_CORRECTED = Metric("gpu_ecc_corrected", "count", "higher", "since the driver was loaded")
GPU_ECC_UNCORRECTED = Metric("gpu_ecc_uncorrected", "count", "higher", "since it was loaded")
GPU_LAST_XID = Metric("gpu_last_xid", "code", "higher", "last Xid of a GPU, 0 for none")
GPU_GRAPHICS_ACTIVE = Metric("gpu_graphics_active", "ratio", "either", "part of time at work")
GPU_SM_ACTIVE = Metric("gpu_sm_active", "ratio", "either", "part of cycles with a warp resident")
GPU_SM_OCCUPANCY = Metric("gpu_sm_occupancy", "ratio", "either", "resident warps of those possible")
GPU_TENSOR_ACTIVE = Metric("gpu_tensor_active", "ratio", "either", "part of cycles in tensor pipes")
GPU_DRAM_ACTIVE = Metric("gpu_dram_active", "ratio", "either", "part of cycles with memory busy")
GPU_PCIE_SENT = Metric("gpu_pcie_sent", "B/s", "either", "rate of what was sent over PCIe")
GPU_PCIE_RECEIVED = Metric("gpu_pcie_received", "B/s", "either", "rate of what came in over PCIe")
NVLINK_SPEED = Metric("nvlink_speed", "GB/s", "lower", "speed of one NVLink, one direction")
C2C_SPEED = Metric("c2c_speed", "GB/s", "lower", "speed of one link from chip to chip")
DCGM_PCIE_BANDWIDTH = Metric("dcgm_pcie_{test}", "GB/s", "lower", "PCIe test of a diagnostic")
DCGM_PROFTESTER_GFLOPS = Metric("dcgm_proftester_gflops", "GFLOP/s", "lower", "while under load")
DCGM_PROFTESTER_BANDWIDTH = Metric(
    "dcgm_proftester_bandwidth", "GiB/s", "lower", "memory while under load"
)
