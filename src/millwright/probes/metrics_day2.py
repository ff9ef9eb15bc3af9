"""Metrics that only a running fleet tells: traffic, waiting, and what held clocks back."""

from __future__ import annotations

from millwright.probes.metric import Alias, Delta, Metric, dcgm, node_exporter

GPU_THERMAL_VIOLATION = Metric(
    "gpu_thermal_violation",
    "ns",
    "higher",
    "time that heat held clocks back, since the driver was loaded",
    "error-counter",
    dcgm("DCGM_FI_DEV_THERMAL_VIOLATION", 241),
    Delta(absolute=1e9),
)
GPU_POWER_VIOLATION = Metric(
    "gpu_power_violation",
    "ns",
    "higher",
    "time that power held clocks back, since the driver was loaded",
    "error-counter",
    dcgm("DCGM_FI_DEV_POWER_VIOLATION", 240),
    compared=False,
)
NVLINK_SENT = Metric(
    "nvlink_sent",
    "B/s",
    "either",
    "rate of what a GPU sent over NVLink",
    "utilization",
    dcgm("DCGM_FI_PROF_NVLINK_TX_BYTES", 1011),
)
NVLINK_RECEIVED = Metric(
    "nvlink_received",
    "B/s",
    "either",
    "rate of what a GPU took in over NVLink",
    "utilization",
    dcgm("DCGM_FI_PROF_NVLINK_RX_BYTES", 1012),
)
IB_SENT = Metric(
    "ib_sent",
    "B",
    "either",
    "what a port sent",
    "utilization",
    node_exporter("node_infiniband_port_data_transmitted_bytes_total"),
)
IB_RECEIVED = Metric(
    "ib_received",
    "B",
    "either",
    "what a port took in",
    "utilization",
    node_exporter("node_infiniband_port_data_received_bytes_total"),
)
NIC_SENT = Metric(
    "nic_sent",
    "B",
    "either",
    "what an Ethernet port sent",
    "utilization",
    node_exporter("node_network_transmit_bytes_total"),
)
NIC_RECEIVED = Metric(
    "nic_received",
    "B",
    "either",
    "what an Ethernet port took in",
    "utilization",
    node_exporter("node_network_receive_bytes_total"),
)
NIC_CONGESTION_NOTIFIED = Metric(
    "nic_congestion_notified",
    "count",
    "higher",
    "congestion notifications of RoCE that a port had to heed",
    "error-counter",
)
NIC_RETRANSMITS = Metric(
    "nic_retransmits",
    "count",
    "higher",
    "packets that an adapter sent again",
    "error-counter",
)
CPU_STEAL = Metric(
    "cpu_steal",
    "%",
    "higher",
    "processor time that others took from what was scheduled",
    "utilization",
)
CPU_BUSY = Metric(
    "cpu_busy", "%", "either", "part of processor time that is not idle", "utilization"
)
DISK_LATENCY = Metric(
    "disk_latency",
    "ms",
    "higher",
    "time of one operation of a disk",
    "storage",
    differs=Delta(percent=20),
)
NFS_RTT = Metric(
    "nfs_rtt",
    "ms",
    "higher",
    "time from a request to a file server to its answer",
    "storage",
    differs=Delta(percent=20),
)
HOST_BOOTED = Metric(
    "host_booted",
    "s",
    "either",
    "when the kernel came up, in seconds since 1970",
    "utilization",
    (Alias("node-exporter", "node_boot_time_seconds"),),
)
