"""Pictures of a factory for Grafana, as the JSON that it provisions: pure values, one model each.

The classic model of dashboards (`schemaVersion`, `panels`, `gridPos`, `targets`), which releases
from 8 on read. They show what conditions measure, and name no factory: the same files serve all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SOURCE = {"type": "prometheus", "uid": "millwright"}
SCHEMA = 36
WIDTH = 24
HIGH = 8
OF_GPU = "{{host}} {{gpu}}"
OF_DEVICE = "{{host}} {{device}}"


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: what it shows, of which series, in which unit of Grafana's."""

    title: str
    expr: str
    legend: str = "{{host}}"
    unit: str = "short"
    kind: str = "timeseries"
    wide: int = 12


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One page; `by` are labels that a person chooses values of, each with a series that has it."""

    name: str
    title: str
    panels: Sequence[Panel]
    by: Mapping[str, str]


HOST = {"host": "node_boot_time_seconds"}
DASHBOARDS: Sequence[Dashboard] = (
    Dashboard(
        "fleet",
        "Fleet",
        (
            Panel("Hosts up", 'sum(up{job="node-exporter"})', "up", kind="stat", wide=6),
            Panel("GPUs there", "count(DCGM_FI_DEV_GPU_TEMP)", "GPUs", kind="stat", wide=6),
            Panel("GPUs missing", "sum(host:gpus_missing:count)", "missing", kind="stat", wide=6),
            Panel(
                "Alerts",
                'count(ALERTS{alertstate="firing"}) or vector(0)',
                "firing",
                kind="stat",
                wide=6,
            ),
            Panel("GPU power", "sum(DCGM_FI_DEV_POWER_USAGE)", "all GPUs", "watt"),
            Panel("GPU use", "avg(DCGM_FI_DEV_GPU_UTIL)", "all GPUs", "percent"),
            Panel(
                "Closest to slowing down",
                "bottomk(10, gpu:temperature_margin:celsius)",
                OF_GPU,
                "celsius",
            ),
            Panel(
                "Load per processor",
                'node_load5 / on (host) count by (host) (node_cpu_seconds_total{mode="idle"})',
            ),
        ),
        {},
    ),
    Dashboard(
        "node",
        "Node",
        (
            Panel(
                "Processors busy",
                '1 - avg by (host) (rate(node_cpu_seconds_total{mode="idle",host=~"$host"}[5m]))',
                unit="percentunit",
            ),
            Panel("Memory free", 'node_memory_MemAvailable_bytes{host=~"$host"}', unit="bytes"),
            Panel(
                "File systems filled",
                'host_mountpoint:filesystem_used:percent{host=~"$host"}',
                "{{host}} {{mountpoint}}",
                "percent",
            ),
            Panel(
                "Clock against the head node", 'host:clock_skew:seconds{host=~"$host"}', unit="s"
            ),
            Panel(
                "Received",
                'rate(node_network_receive_bytes_total{host=~"$host",device!="lo"}[5m])',
                OF_DEVICE,
                "Bps",
            ),
            Panel(
                "Sent",
                'rate(node_network_transmit_bytes_total{host=~"$host",device!="lo"}[5m])',
                OF_DEVICE,
                "Bps",
            ),
            Panel(
                "Services that run",
                'sum by (host) (node_systemd_unit_state{state="active",host=~"$host"})',
            ),
        ),
        HOST,
    ),
    Dashboard(
        "gpu",
        "GPUs",
        (
            Panel("Use", 'DCGM_FI_DEV_GPU_UTIL{host=~"$host"}', OF_GPU, "percent"),
            Panel(
                "Tensor cores busy",
                'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE{host=~"$host"}',
                OF_GPU,
                "percentunit",
            ),
            Panel("Power", 'DCGM_FI_DEV_POWER_USAGE{host=~"$host"}', OF_GPU, "watt"),
            Panel("Temperature", 'DCGM_FI_DEV_GPU_TEMP{host=~"$host"}', OF_GPU, "celsius"),
            Panel(
                "Below slowing down",
                'gpu:temperature_margin:celsius{host=~"$host"}',
                OF_GPU,
                "celsius",
            ),
            Panel("Held back by hardware", 'gpu:throttled:bool{host=~"$host"}', OF_GPU),
            Panel("SM clock", 'DCGM_FI_DEV_SM_CLOCK{host=~"$host"} * 1e6', OF_GPU, "hertz"),
            Panel("Memory used", 'DCGM_FI_DEV_FB_USED{host=~"$host"}', OF_GPU, "decmbytes"),
            Panel("Last Xid", 'DCGM_FI_DEV_XID_ERRORS{host=~"$host"}', OF_GPU),
            Panel(
                "Uncorrected memory errors", 'DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{host=~"$host"}', OF_GPU
            ),
        ),
        {"host": "DCGM_FI_DEV_GPU_TEMP"},
    ),
    Dashboard(
        "slurm",
        "Slurm",
        (
            Panel("Nodes by state", "sum by (state) (millwright_slurm_nodes)", "{{state}}"),
            Panel(
                "Jobs by state", "sum by (state) (millwright_slurm_jobs) or vector(0)", "{{state}}"
            ),
            Panel(
                "Processors allocated",
                'sum by (partition) (millwright_slurm_cpus{use="allocated"})'
                ' / sum by (partition) (millwright_slurm_cpus{use="total"})',
                "{{partition}}",
                "percentunit",
            ),
            Panel("Nodes that do not answer", "millwright_slurm_nodes_silent"),
            Panel("Threads of the controller", "millwright_slurm_server_threads"),
            Panel("Waiting for accounting", "millwright_slurm_accounting_queue"),
        ),
        {},
    ),
    Dashboard(
        "fabric",
        "Storage and fabric",
        (
            Panel(
                "Read from disks",
                'sum by (host) (rate(node_disk_read_bytes_total{host=~"$host"}[5m]))',
                unit="Bps",
            ),
            Panel(
                "Written to disks",
                'sum by (host) (rate(node_disk_written_bytes_total{host=~"$host"}[5m]))',
                unit="Bps",
            ),
            Panel(
                "NVLink",
                'sum by (host) (rate(DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL{host=~"$host"}[5m]))',
            ),
            Panel(
                "Carrier changes in an hour",
                'increase(node_network_carrier_changes_total{host=~"$host",device!="lo"}[1h])',
                OF_DEVICE,
            ),
            Panel(
                "Designed links without an active port",
                'sum by (host) (host_device:rdma_down:bool{host=~"$host"})',
            ),
            Panel(
                "InfiniBand received",
                "sum by (host) "
                '(rate(node_infiniband_port_data_received_bytes_total{host=~"$host"}[5m]))',
                unit="Bps",
            ),
        ),
        HOST,
    ),
)
ON_REAL_FABRICS = frozenset(
    {"host_device:rdma_down:bool", "node_infiniband_port_data_received_bytes_total"}
)
"""Series that a lab has not: its adapters are simulated, and on no bus."""


def document(dashboard: Dashboard) -> dict[str, Any]:
    """Return what Grafana reads of one dashboard."""
    return {
        "uid": f"millwright-{dashboard.name}",
        "title": dashboard.title,
        "tags": ["millwright"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": False,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_variable(*each) for each in dashboard.by.items()]},
        "annotations": {"list": []},
        "panels": _placed(dashboard.panels),
    }


def text_of(dashboard: Dashboard) -> str:
    """Return the file of one dashboard."""
    return json.dumps(document(dashboard), indent=1) + "\n"


def _variable(label: str, series: str) -> dict[str, Any]:
    query = f"label_values({series}, {label})"
    return {
        "name": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": label},
        "definition": query,
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _placed(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    """Lay panels side by side, and below where a row is full."""
    placed: list[dict[str, Any]] = []
    x = y = 0
    for number, panel in enumerate(panels, 1):
        if x + panel.wide > WIDTH:
            x, y = 0, y + HIGH
        at = {"x": x, "y": y, "w": panel.wide, "h": HIGH}
        placed.append(_panel(number, panel, at))
        x += panel.wide
    return placed


def _panel(number: int, panel: Panel, at: dict[str, int]) -> dict[str, Any]:
    target = {
        "refId": "A",
        "datasource": SOURCE,
        "expr": panel.expr,
        "legendFormat": panel.legend,
        "instant": panel.kind == "stat",
    }
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": at,
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [target],
    }
