"""Metrics of burn-in and acceptance: arithmetic, memory, disks, applications, and boots."""

from __future__ import annotations

from millwright.probes.metric import Delta, Metric

# GPUs

GEMM_TFLOPS = Metric(
    "gemm_{test}_tflops",
    "TFLOP/s",
    "lower",
    "matrix products of one precision (bf16, fp8, fp16, tf32, fp32, fp64), dense",
    "compute",
)
HBM_BANDWIDTH = Metric(
    "hbm_bandwidth", "GB/s", "lower", "the GPU's memory, bytes read and written", "memory"
)
HBM_TEST_BANDWIDTH = Metric(
    "hbm_{test}_bandwidth", "GB/s", "lower", "the GPU's memory, by kernel", "memory"
)
GPU_FRYER_GFLOPS = Metric(
    "gpu_fryer_gflops", "GFLOP/s", "lower", "gpu-fryer, in a precision that is not told", "compute"
)
RVS_GST_GFLOPS = Metric(
    "rvs_gst_gflops",
    "GFLOP/s",
    "lower",
    "ROCm Validation Suite's GEMM against its target, in the action's precision",
    "compute",
)
GPU_FRYER_TEMPERATURE = Metric(
    "gpu_fryer_temperature", "degC", "higher", "the most heat while it ran", "thermal"
)
GPU_FRYER_THROTTLED = Metric(
    "gpu_fryer_throttled", "count", "higher", "kinds of throttling that were seen", "error-counter"
)
GPU_BURN_GFLOPS = Metric(
    "gpu_burn_gflops", "GFLOP/s", "lower", "speed at the end of a burn", "compute"
)
GPU_BURN_ERRORS = Metric(
    "gpu_burn_errors", "count", "higher", "wrong results of a burn", "error-counter"
)
GPU_BURN_TEMPERATURE = Metric(
    "gpu_burn_temperature", "degC", "higher", "heat at the end of a burn", "thermal"
)
GPU_STREAM = Metric(
    "gpu_stream_{test}", "GB/s", "lower", "memory bandwidth of a STREAM kernel", "memory"
)

# Hosts

HPL_TFLOPS = Metric("hpl_tflops", "TFLOP/s", "lower", "LINPACK, FP64", "compute")
HPL_MXP_TFLOPS = Metric(
    "hpl_mxp_tflops", "TFLOP/s", "lower", "LINPACK in mixed precision", "compute"
)
HPCG_GFLOPS = Metric("hpcg_gflops", "GFLOP/s", "lower", "HPCG's rating", "compute")
STREAM = Metric(
    "stream_{test}", "MB/s", "lower", "STREAM, best rate (copy, scale, add, triad)", "memory"
)
MLC_BANDWIDTH = Metric(
    "mlc_{test}_bandwidth", "MB/s", "lower", "Intel MLC, by mix or between NUMA nodes", "memory"
)
MLC_LATENCY = Metric(
    "mlc_{test}_latency",
    "ns",
    "higher",
    "Intel MLC, between NUMA nodes or under load",
    "memory",
    differs=Delta(percent=5),
)
STRESS_NG = Metric(
    "stress_ng_{test}_bogo_ops_per_s",
    "bogo-op/s",
    "lower",
    "stress-ng: a stressor's own operations by wall-clock",
    "compute",
    differs=Delta(percent=5),
)
STRESS_NG_MEMORY = Metric(
    "stress_ng_memory_rate",
    "MB/s",
    "lower",
    "stress-ng's own kind of STREAM",
    "memory",
    differs=Delta(percent=5),
)
STRESS_NG_FAILED = Metric(
    "stress_ng_failed", "count", "higher", "stressors that found a fault", "error-counter"
)
STRESSAPPTEST_COPY = Metric(
    "stressapptest_copy",
    "MB/s",
    "lower",
    "what memory threads copied",
    "memory",
    differs=Delta(percent=5),
)
STRESSAPPTEST_ERRORS = Metric(
    "stressapptest_errors", "count", "higher", "words that came back wrong", "error-counter"
)
STRESSAPPTEST_INCIDENTS = Metric(
    "stressapptest_hardware_incidents", "count", "higher", "as it counts them", "error-counter"
)
MEMTESTER_FAILURES = Metric(
    "memtester_failures", "count", "higher", "patterns that memory did not keep", "error-counter"
)

BURNIN_FAULTS = Metric(
    "burnin_faults",
    "count",
    "higher",
    "faults that a test's own tool tells of: tests failed, stressors that found an error",
    "error-counter",
)

# Disks and file systems

FIO_BANDWIDTH = Metric(
    "fio_{test}_bandwidth", "MB/s", "lower", "fio, mean (read, write, trim)", "storage"
)
FIO_IOPS = Metric("fio_{test}_iops", "1/s", "lower", "fio, mean operations", "storage")
FIO_LATENCY = Metric(
    "fio_{test}_latency",
    "us",
    "higher",
    "fio, mean time to completion",
    "storage",
    differs=Delta(percent=10),
)
FIO_LATENCY_P99 = Metric(
    "fio_{test}_latency_p99",
    "us",
    "higher",
    "fio, 99 of 100 complete sooner",
    "storage",
    differs=Delta(percent=20),
)
FIO_ERRORS = Metric("fio_errors", "count", "higher", "operations that failed", "error-counter")
IOR_BANDWIDTH = Metric(
    "ior_{test}_bandwidth", "MiB/s", "lower", "a shared file system (read, write)", "storage"
)
MDTEST_RATE = Metric(
    "mdtest_{test}_rate",
    "1/s",
    "lower",
    "metadata operations of a file system",
    "storage",
    differs=Delta(percent=10),
)

# Applications and time

STEP_TIME = Metric("step_time", "s", "higher", "one step of a training run", "application")
STEP_TIME_SPREAD = Metric(
    "step_time_p99_over_median",
    "ratio",
    "higher",
    "how uneven steps are",
    "application",
    differs=Delta(percent=10),
)
TOKENS_PER_S = Metric(
    "tokens_per_s_per_gpu", "1/s", "lower", "tokens of a training run", "application"
)
BOOT_TIME = Metric("boot_time", "s", "higher", "from power to a login", "duration")
BOOTS_TRIED = Metric(
    "boots_tried", "count", "either", "starts of a reboot loop", "duration", compared=False
)
BOOTS_FAILED = Metric(
    "boots_failed", "count", "higher", "starts that were ordered and did not come", "error-counter"
)
SOAK_ELAPSED = Metric(
    "soak_elapsed",
    "ratio",
    "lower",
    "part of its planned time that a segment ran",
    "duration",
    differs=Delta(percent=5),
)

# What other suites measured, by the names that they give

SUPERBENCH = Metric(
    "superbench_{test}", "", "either", "a result of SuperBench; its unit is told nowhere", "foreign"
)
OCPTV = Metric(
    "ocptv_{test}",
    "",
    "either",
    "a measurement of an OCP diagnostic, in the unit that it says",
    "foreign",
)
