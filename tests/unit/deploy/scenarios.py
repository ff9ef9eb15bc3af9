"""What each condition is about, as series that make it true, in the words of `promtool test rules`.

Minutes apart, from the beginning of time; every condition is looked at after twenty of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from millwright.model.condition import Condition

AT = "20m"
GPU = 'host="gpu1",gpu="0",UUID="GPU-1"'
GPU_LABELS = {"host": "gpu1", "gpu": "0", "UUID": "GPU-1"}
BOOTED = {
    'node_boot_time_seconds{host="gpu1"}': "0x60",
    'node_boot_time_seconds{host="head-1"}': "0x60",
}
ONCE = "0x10 {0}x50"
"""A counter that rose once, by so much."""


@dataclass(frozen=True)
class Scenario:
    """Series by their notation, and the alert that they make: its labels and value."""

    condition: str
    series: Mapping[str, str]
    labels: Mapping[str, str]
    value: str


def _gpu(condition: str, metric: str, values: str, value: str) -> Scenario:
    return Scenario(condition, {f"{metric}{{{GPU}}}": values}, GPU_LABELS, value)


def _port(condition: str, metric: str, values: str, value: str) -> Scenario:
    series = f'node_infiniband_{metric}{{host="gpu1",device="mlx5_0",port="1"}}'
    return Scenario(
        condition, {series: values}, {"host": "gpu1", "device": "mlx5_0", "port": "1"}, value
    )


def _seven_gpus() -> dict[str, str]:
    found = {
        f'DCGM_FI_DEV_GPU_TEMP{{host="gpu1",gpu="{n}",UUID="GPU-{n}"}}': "40x60" for n in range(7)
    }
    return {
        **found,
        'millwright_designed_gpus{host="gpu1",job="node-exporter"}': "8x60",
        'up{job="gpu-exporter",host="gpu1"}': "1x60",
    }


SCENARIOS = (
    Scenario(
        "node-down",
        {'up{job="node-exporter",host="gpu1"}': "0x60"},
        {"host": "gpu1", "job": "node-exporter"},
        "0",
    ),
    Scenario(
        "exporter-down",
        {
            'up{job="gpu-exporter",host="gpu1"}': "0x60",
            'up{job="node-exporter",host="gpu1"}': "1x60",
        },
        {"host": "gpu1", "job": "gpu-exporter"},
        "0",
    ),
    Scenario("clock-skew", {'node_time_seconds{host="gpu1"}': "9+60x60"}, {"host": "gpu1"}, "9"),
    Scenario(
        "disk-full",
        {
            f'node_filesystem_{kind}_bytes{{host="gpu1",mountpoint="/var",fstype="xfs"}}': f"{n}x60"
            for kind, n in (("avail", 2), ("size", 100))
        },
        {"host": "gpu1", "mountpoint": "/var"},
        "98",
    ),
    Scenario(
        "memory-lost", {'node_vmstat_oom_kill{host="gpu1"}': ONCE.format(3)}, {"host": "gpu1"}, "3"
    ),
    Scenario("gpu-missing", _seven_gpus(), {"host": "gpu1"}, "1"),
    Scenario(
        "gpu-missing",
        {k: v for k, v in _seven_gpus().items() if "DCGM" not in k},
        {"host": "gpu1"},
        "8",
    ),
    _gpu("gpu-xid-hardware", "DCGM_FI_DEV_XID_ERRORS", "79x60", "79"),
    _gpu("gpu-xid", "DCGM_FI_DEV_XID_ERRORS", "13x60", "13"),
    _gpu("gpu-ecc-uncorrectable", "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", ONCE.format(2), "2"),
    _gpu("gpu-row-remap-failed", "DCGM_FI_DEV_ROW_REMAP_FAILURE", "1x60", "1"),
    _gpu("gpu-row-remap-pending", "DCGM_FI_DEV_ROW_REMAP_PENDING", "1x60", "1"),
    _gpu("gpu-throttled", "DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "72x60", "1"),
    Scenario(
        "gpu-temperature-margin",
        {f"DCGM_FI_DEV_SLOWDOWN_TEMP{{{GPU}}}": "87x60", f"DCGM_FI_DEV_GPU_TEMP{{{GPU}}}": "85x60"},
        GPU_LABELS,
        "2",
    ),
    _gpu("gpu-nvlink-errors", "DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL", ONCE.format(1), "1"),
    Scenario(
        "fabric-link-down",
        {
            'millwright_designed_rdma_device{host="gpu1",device="mlx5_0"}': "1x60",
            'millwright_designed_rdma_device{host="gpu1",device="mlx5_1"}': "1x60",
            'node_infiniband_state_id{host="gpu1",device="mlx5_0",port="1"}': "1x60",
            'node_infiniband_state_id{host="gpu1",device="mlx5_1",port="1"}': "4x60",
        },
        {"host": "gpu1", "device": "mlx5_0"},
        "1",
    ),
    Scenario(
        "fabric-link-flaps",
        {'node_infiniband_link_downed_total{host="gpu1",device="mlx5_0"}': ONCE.format(1)},
        {"host": "gpu1", "device": "mlx5_0"},
        "1",
    ),
    Scenario(
        "ethernet-link-flaps",
        {'node_network_carrier_changes_total{host="gpu1",device="eth0"}': ONCE.format(6)},
        {"host": "gpu1", "device": "eth0"},
        "6",
    ),
    Scenario(
        "slurm-daemon-down",
        {'node_systemd_unit_state{host="gpu1",name="slurmd.service",state="active"}': "0x60"},
        {"host": "gpu1", "name": "slurmd.service"},
        "0",
    ),
    Scenario(
        "service-down",
        {'node_systemd_unit_state{host="gpu1",name="rsyslog.service",state="active"}': "0x60"},
        {"host": "gpu1", "name": "rsyslog.service"},
        "0",
    ),
    Scenario(
        "slurm-node-out",
        {'millwright_slurm_nodes{host="head-1",state="down"}': "1x60"},
        {"host": "head-1", "state": "down"},
        "1",
    ),
    Scenario(
        "slurm-silent",
        {'node_textfile_mtime_seconds{host="head-1",file="/x/millwright-slurm.prom"}': "0x60"},
        {"host": "head-1"},
        "1200",
    ),
    Scenario(
        "backup-old",
        {'millwright_backup_success_time_seconds{host="head-1"}': "-100000x60"},
        {"host": "head-1"},
        "1.012e+05",
    ),
    Scenario(
        "alerts-not-delivered",
        {'alertmanager_notifications_failed_total{host="head-1",integration="webhook"}': "0+1x60"},
        {"host": "head-1", "integration": "webhook"},
        "15",
    ),
    Scenario(
        "watching-misconfigured",
        {'prometheus_config_last_reload_successful{host="head-1",job="prometheus"}': "0x60"},
        {"host": "head-1", "job": "prometheus"},
        "0",
    ),
    Scenario(
        "disk-filling",
        {
            f'node_filesystem_{kind}_bytes{{host="gpu1",mountpoint="/var",fstype="xfs"}}': f"{n}x60"
            for kind, n in (("avail", 8), ("size", 100))
        },
        {"host": "gpu1", "mountpoint": "/var"},
        "92",
    ),
    Scenario(
        "files-used-up",
        {
            f'node_filesystem_{kind}{{host="gpu1",mountpoint="/var",fstype="xfs"}}': f"{n}x60"
            for kind, n in (("files_free", 2), ("files", 100))
        },
        {"host": "gpu1", "mountpoint": "/var"},
        "98",
    ),
    Scenario(
        "memory-uncorrected",
        {'node_edac_uncorrectable_errors_total{host="gpu1",controller="0"}': ONCE.format(1)},
        {"host": "gpu1"},
        "1",
    ),
    Scenario(
        "memory-corrected",
        {'node_edac_correctable_errors_total{host="gpu1",controller="0"}': ONCE.format(7)},
        {"host": "gpu1"},
        "7",
    ),
    Scenario(
        "unit-failed",
        {'node_systemd_unit_state{host="gpu1",name="slurmd.service",state="failed"}': "1x60"},
        {"host": "gpu1", "name": "slurmd.service"},
        "1",
    ),
    _gpu("gpu-pcie-replays", "DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "0+60x60", "60"),
    _gpu("gpu-ecc-corrected", "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", "60000000x60", "6e+07"),
    _gpu("gpu-rows-used-up", "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", "512x60", "512"),
    _port("port-symbol-errors", "symbol_error_total", ONCE.format(200), "200"),
    _port("port-recoveries", "link_error_recovery_total", "0+6x60", "6"),
    _port("port-integrity", "local_link_integrity_errors_total", ONCE.format(1), "1"),
    _port("port-overruns", "excessive_buffer_overrun_errors_total", ONCE.format(1), "1"),
)

WELL = {
    'up{job="node-exporter",host="gpu1"}': "1x60",
    'up{job="gpu-exporter",host="gpu1"}': "1x60",
    'node_time_seconds{host="gpu1"}': "0+60x60",
    'node_filesystem_avail_bytes{host="gpu1",mountpoint="/",fstype="ext4"}': "50x60",
    'node_filesystem_size_bytes{host="gpu1",mountpoint="/",fstype="ext4"}': "100x60",
    **_seven_gpus(),
    'millwright_designed_gpus{host="gpu1",job="node-exporter"}': "7x60",
    f"DCGM_FI_DEV_XID_ERRORS{{{GPU}}}": "0x60",
    f"DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{{{GPU}}}": "9x60",
    f"DCGM_FI_DEV_CLOCKS_EVENT_REASONS{{{GPU}}}": "5x60",
    f"DCGM_FI_DEV_SLOWDOWN_TEMP{{{GPU}}}": "87x60",
    'millwright_designed_rdma_device{host="gpu1",device="mlx5_0"}': "1x60",
    'node_infiniband_state_id{host="gpu1",device="mlx5_0",port="1"}': "4x60",
    'node_systemd_unit_state{host="gpu1",name="slurmd.service",state="active"}': "1x60",
    'millwright_slurm_nodes{host="head-1",state="idle"}': "2x60",
    'prometheus_config_last_reload_successful{host="head-1",job="prometheus"}': "1x60",
}
"""A factory in which nothing is wrong."""


def rule_tests(conditions: Mapping[str, Condition], rules: str) -> dict[str, Any]:
    """Return a document of `promtool test rules` for the file `rules`."""
    quiet = [{"eval_time": AT, "alertname": name, "exp_alerts": []} for name in conditions]
    young = {'node_boot_time_seconds{host="gpu1"}': "900x60", **_seven_gpus()}
    graced = [{"eval_time": AT, "alertname": "gpu-missing", "exp_alerts": []}]
    return {
        "rule_files": [rules],
        "evaluation_interval": "1m",
        "tests": [
            *(_test(conditions[s.condition], s) for s in SCENARIOS),
            {
                "interval": "1m",
                "input_series": list(_series(BOOTED | WELL)),
                "alert_rule_test": quiet,
            },
            {"interval": "1m", "input_series": list(_series(young)), "alert_rule_test": graced},
        ],
    }


def _test(condition: Condition, scenario: Scenario) -> dict[str, Any]:
    filled = {**scenario.labels, "value": scenario.value}
    summary = re.sub(r"\[(\w+)\]", lambda found: filled[found[1]], condition.summary)
    marks = {"severity": condition.severity, "subject": condition.subject}
    alert = {
        "exp_labels": {**scenario.labels, **marks},
        "exp_annotations": {
            "summary": summary,
            "hint": condition.hint,
            "explain": f"millwright explain condition:{condition.name}",
        },
    }
    return {
        "interval": "1m",
        "input_series": list(_series(BOOTED | dict(scenario.series))),
        "alert_rule_test": [
            {"eval_time": AT, "alertname": condition.name, "exp_alerts": [alert]},
        ],
    }


def _series(values: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for series, notation in values.items():
        yield {"series": series, "values": notation}
