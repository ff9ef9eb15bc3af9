"""Metrics of fabrics, of collectives, and of copies between a host and its GPUs."""

from __future__ import annotations

from millwright.probes.metric import Delta, Metric, node_exporter

# Ports, as their counters stand

IB_PORT_RATE = Metric(
    "ib_port_rate",
    "Gb/s",
    "lower",
    "rate of a port that is active",
    "inventory",
    node_exporter("node_infiniband_rate_bytes_per_second", 8e-9),
)
IB_PORT_ACTIVE = Metric(
    "ib_port_active", "count", "lower", "1 where traffic can pass a port, 0 where not", "inventory"
)
IB_LINK_DOWNED = Metric(
    "ib_link_downed",
    "count",
    "higher",
    "times the link went down",
    "error-counter",
    node_exporter("node_infiniband_link_downed_total"),
)
IB_LINK_RECOVERIES = Metric(
    "ib_link_recoveries",
    "count",
    "higher",
    "times the link retrained",
    "error-counter",
    node_exporter("node_infiniband_link_error_recovery_total"),
)
IB_SYMBOL_ERRORS = Metric(
    "ib_symbol_errors", "count", "higher", "errors on the wire", "error-counter"
)
IB_RECEIVE_ERRORS = Metric(
    "ib_receive_errors",
    "count",
    "higher",
    "packets that came in broken",
    "error-counter",
    node_exporter("node_infiniband_port_errors_received_total"),
)
IB_TRANSMIT_DISCARDS = Metric(
    "ib_transmit_discards",
    "count",
    "higher",
    "packets not sent",
    "error-counter",
    node_exporter("node_infiniband_port_discards_transmitted_total"),
)
IB_TRANSMIT_WAIT = Metric(
    "ib_transmit_wait",
    "ticks",
    "higher",
    "time with data but no credits",
    "utilization",
    node_exporter("node_infiniband_port_transmit_wait_total"),
)
NIC_COUNT = Metric("nic_count", "count", "lower", "network ports with a link", "inventory")
NIC_CARRIER_LOST = Metric(
    "nic_carrier_lost",
    "count",
    "higher",
    "times an Ethernet link went down",
    "error-counter",
    node_exporter("node_network_carrier_down_changes_total"),
)
NIC_RECEIVE_ERRORS = Metric(
    "nic_receive_errors",
    "count",
    "higher",
    "frames that came in broken",
    "error-counter",
    node_exporter("node_network_receive_errs_total"),
)
PCIE_LINK_SPEED = Metric(
    "pcie_link_speed", "GT/s", "lower", "speed that a PCIe link trained to", "inventory"
)
PCIE_LINK_WIDTH = Metric(
    "pcie_link_width", "lanes", "lower", "width that a PCIe link trained to", "inventory"
)

# Pairs of ports

IB_BANDWIDTH = Metric(
    "ib_{test}_bw",
    "Gb/s",
    "lower",
    "perftest, mean of a run, by size (write, read, send)",
    "network",
)
IB_PEAK_BANDWIDTH = Metric(
    "ib_{test}_bw_peak", "Gb/s", "lower", "perftest, best of a run, by size", "network"
)
IB_MESSAGE_RATE = Metric("ib_{test}_message_rate", "Mpps", "lower", "perftest", "network")
IB_LATENCY = Metric(
    "ib_{test}_lat",
    "us",
    "higher",
    "perftest, the typical time of a message, by size",
    "network",
    differs=Delta(percent=10),
)
IB_LATENCY_P99 = Metric(
    "ib_{test}_lat_p99",
    "us",
    "higher",
    "perftest, 99 of 100 messages are faster",
    "network",
    differs=Delta(percent=20),
)
IPERF3_BANDWIDTH = Metric(
    "iperf3_bandwidth", "Gb/s", "lower", "what came in at the receiver, all streams", "network"
)
IPERF3_SENT = Metric(
    "iperf3_sent", "Gb/s", "lower", "what the sender gave away, all streams", "network"
)
IPERF3_RETRANSMITS = Metric(
    "iperf3_retransmits", "count", "higher", "TCP segments sent again", "error-counter"
)
IPERF3_JITTER = Metric(
    "iperf3_jitter",
    "ms",
    "higher",
    "UDP, how unevenly packets arrive",
    "network",
    differs=Delta(percent=50),
)
IPERF3_LOST = Metric(
    "iperf3_lost",
    "%",
    "higher",
    "UDP packets that did not arrive",
    "error-counter",
    differs=Delta(absolute=0.1),
)
GPCNET_LATENCY = Metric(
    "gpcnet_{test}_latency",
    "us",
    "higher",
    "GPCNeT, mean over ranks",
    "network",
    differs=Delta(percent=10),
)
GPCNET_LATENCY_P99 = Metric(
    "gpcnet_{test}_latency_p99",
    "us",
    "higher",
    "GPCNeT, 99 of 100 are faster",
    "network",
    differs=Delta(percent=20),
)
GPCNET_BANDWIDTH = Metric(
    "gpcnet_{test}_bandwidth", "MiB/s/rank", "lower", "GPCNeT, mean over ranks", "network"
)
GPCNET_IMPACT = Metric(
    "gpcnet_{test}_impact",
    "ratio",
    "higher",
    "GPCNeT, congested against alone, mean",
    "network",
    differs=Delta(percent=10),
)

# Collectives

NCCL_BUSBW = Metric(
    "nccl_{test}_busbw", "GB/s", "lower", "bus bandwidth at one message size", "interconnect"
)
NCCL_AVERAGE_BUSBW = Metric(
    "nccl_{test}_avg_busbw",
    "GB/s",
    "lower",
    "bus bandwidth, mean over all sizes of a run",
    "interconnect",
)
NCCL_OUT_OF_BOUNDS = Metric(
    "nccl_{test}_out_of_bounds",
    "count",
    "higher",
    "values that a collective computed wrong",
    "error-counter",
)

# Copies

NVBANDWIDTH = Metric(
    "nvbandwidth_{test}", "GB/s", "lower", "bandwidth of one cell of a test", "interconnect"
)
NVBANDWIDTH_SUM = Metric(
    "nvbandwidth_{test}_sum", "GB/s", "lower", "sum over a test's cells", "interconnect"
)
NVBANDWIDTH_LATENCY = Metric(
    "nvbandwidth_{test}_time", "ns", "higher", "latency of a cell", "interconnect"
)
GPU_COPY_BANDWIDTH = Metric(
    "gpu_copy_bandwidth", "GB/s", "lower", "copies by SM or DMA engine", "interconnect"
)
CUDA_BANDWIDTH = Metric(
    "cuda_bandwidth_{test}", "GB/s", "lower", "CUDA bandwidthTest, by size", "interconnect"
)
ROCM_BANDWIDTH = Metric(
    "rocm_bandwidth_{test}", "GB/s", "lower", "median of HIP copies, by size", "interconnect"
)
TRANSFERBENCH_BANDWIDTH = Metric(
    "transferbench_{test}_bandwidth",
    "GB/s",
    "lower",
    "TransferBench, of an executor (gpu, dma, cpu), a transfer, all, or two devices (p2p, a2a)",
    "interconnect",
)
RVS_BANDWIDTH = Metric(
    "rvs_{test}_bandwidth",
    "GB/s",
    "lower",
    "ROCm Validation Suite, between devices (p2p), host and device (pcie), in memory (babel)",
    "interconnect",
)
