"""Metrics of hosts and of what watches over them: sensors, processors, memory, clocks."""

from __future__ import annotations

from millwright.probes.metric import Delta, Metric, node_exporter

BMC_TEMPERATURE = Metric("bmc_temperature", "degC", "higher", "a sensor of the chassis", "thermal")
BMC_FAN_SPEED = Metric(
    "bmc_fan_speed", "RPM", "either", "a fan's speed", "thermal", differs=Delta(percent=25)
)
BMC_FAN_DUTY = Metric(
    "bmc_fan_duty",
    "%",
    "either",
    "a fan's share of its full speed",
    "thermal",
    differs=Delta(percent=25),
)
BMC_POWER = Metric("bmc_power", "W", "either", "power that a chassis or a part consumes", "power")
BMC_SUPPLY_INPUT = Metric(
    "bmc_supply_input", "W", "either", "power that a supply takes in", "power", compared=False
)
BMC_SUPPLY_OUTPUT = Metric(
    "bmc_supply_output", "W", "either", "power that a supply gives", "power", compared=False
)
BMC_VOLTAGE = Metric(
    "bmc_voltage", "V", "either", "a voltage sensor", "power", differs=Delta(percent=5)
)
BMC_CURRENT = Metric("bmc_current", "A", "either", "a current sensor", "power", compared=False)

HOST_TEMPERATURE = Metric(
    "host_temperature",
    "degC",
    "higher",
    "a sensor that the kernel reads",
    "thermal",
    node_exporter("node_hwmon_temp_celsius"),
)
CPU_COUNT = Metric("cpu_count", "count", "lower", "processors that the kernel runs", "inventory")
CPU_CLOCK = Metric(
    "cpu_clock",
    "MHz",
    "lower",
    "clock of a processor under load",
    "clock",
    node_exporter("node_cpu_scaling_frequency_hertz", 1e-6),
)
MEMORY_TOTAL = Metric(
    "memory_total",
    "MiB",
    "lower",
    "memory that the kernel has",
    "inventory",
    node_exporter("node_memory_MemTotal_bytes", 2.0**-20),
    Delta(percent=1),
)
MEMORY_CORRECTED = Metric(
    "memory_corrected",
    "count",
    "higher",
    "memory errors that were corrected",
    "error-counter",
    node_exporter("node_edac_correctable_errors_total"),
)
MEMORY_UNCORRECTED = Metric(
    "memory_uncorrected",
    "count",
    "higher",
    "memory errors that were not",
    "error-counter",
    node_exporter("node_edac_uncorrectable_errors_total"),
)
DISK_COUNT = Metric("disk_count", "count", "lower", "disks that answer", "inventory")
CLOCK_OFFSET = Metric(
    "clock_offset",
    "s",
    "either",
    "the host's clock against its source",
    "duration",
    node_exporter("node_timex_offset_seconds"),
    Delta(absolute=0.001),
)
KERNEL_ERRORS = Metric(
    "kernel_errors",
    "count",
    "higher",
    "lines of the kernel that tell of broken hardware",
    "error-counter",
)
