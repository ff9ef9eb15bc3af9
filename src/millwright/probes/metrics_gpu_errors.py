"""Metrics of what goes wrong in GPUs and on the links between them."""

from __future__ import annotations

from millwright.probes.metric import Delta, Metric, dcgm

GPU_PCIE_REPLAYS = Metric(
    "gpu_pcie_replays",
    "count",
    "higher",
    "packets sent again over PCIe",
    "error-counter",
    dcgm("DCGM_FI_DEV_PCIE_REPLAY_COUNTER", 202, "DCGM_FI_DEV_PCIE_REPLAY_TOTAL"),
)
GPU_ECC_CORRECTED = Metric(
    "gpu_ecc_corrected",
    "count",
    "higher",
    "corrected memory errors since the driver was loaded",
    "error-counter",
    dcgm("DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", 310),
)
GPU_ECC_UNCORRECTED = Metric(
    "gpu_ecc_uncorrected",
    "count",
    "higher",
    "uncorrected memory errors since the driver was loaded",
    "error-counter",
    dcgm("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", 311),
)
GPU_ROWS_REMAPPED_CORRECTED = Metric(
    "gpu_rows_remapped_corrected",
    "count",
    "higher",
    "memory rows replaced after corrected errors",
    "error-counter",
    dcgm("DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS", 394, "DCGM_FI_DEV_ROW_REMAP_CORRECTABLE_TOTAL"),
)
GPU_ROWS_REMAPPED_UNCORRECTED = Metric(
    "gpu_rows_remapped_uncorrected",
    "count",
    "higher",
    "memory rows replaced after uncorrected errors",
    "error-counter",
    dcgm(
        "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", 393, "DCGM_FI_DEV_ROW_REMAP_UNCORRECTABLE_TOTAL"
    ),
)
GPU_ROW_REMAP_PENDING = Metric(
    "gpu_row_remap_pending",
    "count",
    "higher",
    "whether a row waits for a reset to be replaced",
    "error-counter",
    dcgm("DCGM_FI_DEV_ROW_REMAP_PENDING", 396),
)
GPU_ROW_REMAP_FAILED = Metric(
    "gpu_row_remap_failed",
    "count",
    "higher",
    "whether a row could not be replaced",
    "error-counter",
    dcgm("DCGM_FI_DEV_ROW_REMAP_FAILURE", 395, "DCGM_FI_DEV_ROW_REMAP_FAILED"),
)
GPU_LAST_XID = Metric(
    "gpu_last_xid",
    "code",
    "higher",
    "last Xid of a GPU, 0 for none",
    "error-counter",
    dcgm("DCGM_FI_DEV_XID_ERRORS", 230, "DCGM_FI_DEV_XID_ERROR"),
    compared=False,
)
GPU_THROTTLED = Metric(
    "gpu_throttled",
    "ratio",
    "higher",
    "part of the time that heat or a power brake held clocks back",
    "error-counter",
    differs=Delta(absolute=0.01),
)
NVLINK_SPEED = Metric(
    "nvlink_speed",
    "GB/s",
    "lower",
    "speed of one NVLink, one direction",
    "inventory",
    differs=Delta(percent=1),
)
NVLINK_INACTIVE = Metric(
    "nvlink_inactive", "count", "higher", "NVLinks of a GPU that are down", "error-counter"
)
NVLINK_CRC_ERRORS = Metric(
    "nvlink_crc_errors",
    "count",
    "higher",
    "NVLink data that failed its checksum",
    "error-counter",
    dcgm("DCGM_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL", 419),
)
NVLINK_FLIT_ERRORS = Metric(
    "nvlink_flit_errors",
    "count",
    "higher",
    "NVLink flow-control units that failed their checksum",
    "error-counter",
    dcgm("DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL", 409),
)
NVLINK_REPLAYS = Metric(
    "nvlink_replays",
    "count",
    "higher",
    "NVLink packets sent again",
    "error-counter",
    dcgm("DCGM_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL", 429),
)
NVLINK_RECOVERIES = Metric(
    "nvlink_recoveries",
    "count",
    "higher",
    "times an NVLink retrained",
    "error-counter",
    dcgm("DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL", 439),
)
C2C_SPEED = Metric(
    "c2c_speed",
    "GB/s",
    "lower",
    "speed of one link from chip to chip",
    "inventory",
    differs=Delta(percent=1),
)
