"""Metrics of a host's parts: Ethernet ports and their transceivers, memory modules, disks."""

from __future__ import annotations

from millwright.probes.metric import Delta, Metric, node_exporter

NIC_PORT_RATE = Metric(
    "nic_port_rate",
    "Gb/s",
    "lower",
    "rate of an Ethernet port with a link",
    "inventory",
    node_exporter("node_network_speed_bytes", 8e-9),
)
NIC_SYMBOL_ERRORS = Metric(
    "nic_symbol_errors", "count", "higher", "errors on the wire", "error-counter"
)
NIC_TRANSMIT_ERRORS = Metric(
    "nic_transmit_errors",
    "count",
    "higher",
    "frames that did not go out whole",
    "error-counter",
    node_exporter("node_network_transmit_errs_total"),
)
NIC_RECEIVE_DISCARDS = Metric(
    "nic_receive_discards",
    "count",
    "higher",
    "frames not taken in for want of room",
    "error-counter",
)
NIC_TRANSMIT_DISCARDS = Metric(
    "nic_transmit_discards", "count", "higher", "frames not sent for want of room", "error-counter"
)
NIC_OUT_OF_BUFFER = Metric(
    "nic_out_of_buffer", "count", "higher", "frames for which no buffer was posted", "error-counter"
)
OPTIC_TEMPERATURE = Metric(
    "optic_temperature", "degC", "higher", "a transceiver's own sensor", "thermal"
)
OPTIC_VOLTAGE = Metric(
    "optic_voltage", "V", "either", "supply of a transceiver", "power", differs=Delta(percent=5)
)
OPTIC_RECEIVED = Metric(
    "optic_received",
    "dBm",
    "lower",
    "light that comes in on a lane",
    "network",
    differs=Delta(absolute=2),
)
OPTIC_SENT = Metric(
    "optic_sent",
    "dBm",
    "either",
    "light that goes out on a lane",
    "network",
    differs=Delta(absolute=2),
)
OPTIC_BIAS = Metric(
    "optic_bias", "mA", "either", "current of a laser", "power", differs=Delta(percent=25)
)

MEMORY_SPEED = Metric(
    "memory_speed", "MT/s", "lower", "transfer rate that a memory module runs at", "inventory"
)
MEMORY_INSTALLED = Metric(
    "memory_installed", "MiB", "lower", "memory of all modules that are there", "inventory"
)
MEMORY_MODULES = Metric(
    "memory_modules", "count", "lower", "memory modules that are there", "inventory"
)
DISKS_TOLD = Metric("disks_told", "count", "lower", "disks that tell their health", "inventory")
DISK_TEMPERATURE = Metric("disk_temperature", "degC", "higher", "a disk's own sensor", "thermal")
DISK_WEAR = Metric(
    "disk_wear",
    "%",
    "higher",
    "part of a disk's endurance that is used up",
    "inventory",
    differs=Delta(absolute=10),
)
DISK_SPARE = Metric(
    "disk_spare", "%", "lower", "spare blocks that are left", "inventory", differs=Delta(absolute=5)
)
DISK_MEDIA_ERRORS = Metric(
    "disk_media_errors", "count", "higher", "data that could not be read", "error-counter"
)
DISK_REALLOCATED = Metric(
    "disk_reallocated", "count", "higher", "sectors or blocks put elsewhere", "error-counter"
)
DISK_PENDING = Metric(
    "disk_pending", "count", "higher", "sectors that wait to be put elsewhere", "error-counter"
)
DISK_CRITICAL_WARNING = Metric(
    "disk_critical_warning", "code", "higher", "warning bits of NVMe, 0 for none", "error-counter"
)
RAID_FAILED_DEVICES = Metric(
    "raid_failed_devices", "count", "higher", "members of an array that failed", "error-counter"
)
FILE_SYSTEM_FREE = Metric(
    "file_system_free",
    "MiB",
    "lower",
    "what is left for users on a mount",
    "utilization",
    node_exporter("node_filesystem_avail_bytes", 2.0**-20),
)
MEMORY_AVAILABLE = Metric(
    "memory_available",
    "MiB",
    "either",
    "memory that is free to use",
    "utilization",
    node_exporter("node_memory_MemAvailable_bytes", 2.0**-20),
)
HOST_LOAD = Metric(
    "host_load",
    "count",
    "either",
    "processes that run or wait, over one minute",
    "utilization",
    node_exporter("node_load1"),
)
