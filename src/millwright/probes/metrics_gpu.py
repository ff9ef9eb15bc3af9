"""Metrics of GPUs as their vendors' tools tell them: nvidia-smi, dcgmi, rocm-smi, amd-smi."""

from __future__ import annotations

from millwright.probes.metric import Delta, Metric, dcgm

GPU_TEMPERATURE = Metric(
    "gpu_temperature",
    "degC",
    "higher",
    "the GPU's hottest core sensor",
    "thermal",
    dcgm("DCGM_FI_DEV_GPU_TEMP", 150, "DCGM_FI_DEV_GPU_TEMP_CELSIUS"),
)
GPU_EDGE_TEMPERATURE = Metric(
    "gpu_edge_temperature", "degC", "higher", "the sensor at its edge", "thermal"
)
GPU_MEMORY_TEMPERATURE = Metric(
    "gpu_memory_temperature",
    "degC",
    "higher",
    "the GPU's memory",
    "thermal",
    dcgm("DCGM_FI_DEV_MEMORY_TEMP", 140, "DCGM_FI_DEV_MEMORY_TEMP_CELSIUS"),
)
GPU_THERMAL_MARGIN = Metric(
    "gpu_thermal_margin",
    "degC",
    "lower",
    "left before it slows down",
    "thermal",
    dcgm("DCGM_FI_DEV_GPU_TEMP_LIMIT", 153, "DCGM_FI_DEV_GPU_TEMP_MARGIN_CELSIUS"),
)
GPU_POWER_DRAW = Metric(
    "gpu_power_draw",
    "W",
    "either",
    "power that a GPU draws",
    "power",
    dcgm("DCGM_FI_DEV_POWER_USAGE", 155, "DCGM_FI_DEV_BOARD_POWER_WATTS"),
)
GPU_POWER_LIMIT = Metric(
    "gpu_power_limit", "W", "lower", "power limit in force", "power", differs=Delta(absolute=1)
)
GPU_ENERGY = Metric(
    "gpu_energy",
    "mJ",
    "either",
    "energy since the driver was loaded",
    "utilization",
    dcgm("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 156),
)
GPU_SM_CLOCK = Metric(
    "gpu_sm_clock",
    "MHz",
    "lower",
    "clock of the compute units",
    "clock",
    dcgm("DCGM_FI_DEV_SM_CLOCK", 100),
)
GPU_MEMORY_CLOCK = Metric(
    "gpu_memory_clock",
    "MHz",
    "lower",
    "clock of the memory",
    "clock",
    dcgm("DCGM_FI_DEV_MEM_CLOCK", 101),
)
GPU_UTILIZATION = Metric(
    "gpu_utilization",
    "%",
    "either",
    "part of time with a kernel running",
    "utilization",
    dcgm("DCGM_FI_DEV_GPU_UTIL", 203),
)
GPU_MEMORY_UTILIZATION = Metric(
    "gpu_memory_utilization",
    "%",
    "either",
    "part of time that the memory was read or written",
    "utilization",
    dcgm("DCGM_FI_DEV_MEM_COPY_UTIL", 204),
)
GPU_MEMORY_TOTAL = Metric(
    "gpu_memory_total",
    "MiB",
    "lower",
    "memory there is",
    "inventory",
    dcgm("DCGM_FI_DEV_FB_TOTAL", 250),
)
GPU_MEMORY_USED = Metric(
    "gpu_memory_used",
    "MiB",
    "either",
    "memory in use",
    "utilization",
    dcgm("DCGM_FI_DEV_FB_USED", 252),
)
GPU_MEMORY_FREE = Metric(
    "gpu_memory_free",
    "MiB",
    "either",
    "memory that is free",
    "utilization",
    dcgm("DCGM_FI_DEV_FB_FREE", 251),
)
GPU_PCIE_GENERATION = Metric(
    "gpu_pcie_generation", "count", "lower", "as the link trained now", "inventory"
)
GPU_PCIE_WIDTH = Metric("gpu_pcie_width", "lanes", "lower", "as the link trained now", "inventory")
GPU_GRAPHICS_ACTIVE = Metric(
    "gpu_graphics_active",
    "ratio",
    "either",
    "part of time at work",
    "utilization",
    dcgm("DCGM_FI_PROF_GR_ENGINE_ACTIVE", 1001, "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO"),
)
GPU_SM_ACTIVE = Metric(
    "gpu_sm_active",
    "ratio",
    "either",
    "part of cycles with a warp resident",
    "utilization",
    dcgm("DCGM_FI_PROF_SM_ACTIVE", 1002, "DCGM_FI_PROF_SM_UTIL_RATIO"),
)
GPU_SM_OCCUPANCY = Metric(
    "gpu_sm_occupancy",
    "ratio",
    "either",
    "resident warps of those possible",
    "utilization",
    dcgm("DCGM_FI_PROF_SM_OCCUPANCY", 1003, "DCGM_FI_PROF_SM_OCCUPANCY_RATIO"),
)
GPU_TENSOR_ACTIVE = Metric(
    "gpu_tensor_active",
    "ratio",
    "either",
    "part of cycles in tensor pipes",
    "utilization",
    dcgm("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", 1004, "DCGM_FI_PROF_TENSOR_UTIL_RATIO"),
)
GPU_DRAM_ACTIVE = Metric(
    "gpu_dram_active",
    "ratio",
    "either",
    "part of cycles with memory busy",
    "utilization",
    dcgm("DCGM_FI_PROF_DRAM_ACTIVE", 1005, "DCGM_FI_PROF_DRAM_UTIL_RATIO"),
)
GPU_PCIE_SENT = Metric(
    "gpu_pcie_sent",
    "B/s",
    "either",
    "rate of what was sent over PCIe",
    "utilization",
    dcgm("DCGM_FI_PROF_PCIE_TX_BYTES", 1009),
)
GPU_PCIE_RECEIVED = Metric(
    "gpu_pcie_received",
    "B/s",
    "either",
    "rate of what came in over PCIe",
    "utilization",
    dcgm("DCGM_FI_PROF_PCIE_RX_BYTES", 1010),
)
GPU_COUNT = Metric("gpu_count", "count", "lower", "GPUs that answer", "inventory")
DCGM_PCIE_BANDWIDTH = Metric(
    "dcgm_pcie_{test}", "GB/s", "lower", "PCIe test of a diagnostic", "interconnect"
)
DCGM_PROFTESTER_GFLOPS = Metric(
    "dcgm_proftester_gflops", "GFLOP/s", "lower", "while under load", "compute"
)
DCGM_PROFTESTER_BANDWIDTH = Metric(
    "dcgm_proftester_bandwidth", "GiB/s", "lower", "memory while under load", "memory"
)
