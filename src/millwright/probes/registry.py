"""Every kind of output that can be read, by the name that people give it."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.probes import (
    amd_smi,
    cuda_bandwidthtest,
    dcgm_exporter,
    dcgmi,
    dcgmi_diag,
    dcgmi_discovery,
    dcgmi_dmon,
    dcgmi_fieldgroups,
    dcgmi_groups,
    dcgmi_health,
    dcgmi_modules,
    dcgmi_nvlink,
    dcgmproftester,
    dmesg,
    gpu_burn,
    gpu_copy,
    gpu_stream,
    iblinkinfo,
    ibnetdiscover,
    ibstat,
    lspci,
    nccl_tests,
    nvbandwidth,
    nvidia_smi,
    nvidia_smi_c2c,
    nvidia_smi_csv,
    nvidia_smi_list,
    nvidia_smi_nvlink,
    nvidia_smi_table,
    nvidia_smi_text,
    nvidia_smi_topo,
    nvidia_smi_xml,
    perfquery,
    redfish,
    rocm_bandwidth,
    rocm_smi,
    syslog,
)
from millwright.probes.reading import Tool

TOOLS: Sequence[Tool] = (
    Tool(nvidia_smi_list.TOOL, "nvidia-smi -L", nvidia_smi_list.read, proven=False),
    Tool(nvidia_smi.TOOL, "any output of nvidia-smi", nvidia_smi.read),
    Tool(nvidia_smi_xml.TOOL, "nvidia-smi -q -x", nvidia_smi_xml.read),
    Tool(
        nvidia_smi_text.TOOL,
        "nvidia-smi -q, whole or -d SECTION",
        nvidia_smi_text.read,
        ("nvidia-smi-q",),
    ),
    Tool(nvidia_smi_csv.TOOL, "nvidia-smi --query-gpu=... --format=csv", nvidia_smi_csv.read),
    Tool(nvidia_smi_table.TOOL, "nvidia-smi, the table", nvidia_smi_table.read),
    Tool(nvidia_smi_topo.TOOL, "nvidia-smi topo -m or -p2p", nvidia_smi_topo.read),
    Tool(nvidia_smi_nvlink.TOOL, "nvidia-smi nvlink -s or -e", nvidia_smi_nvlink.read),
    Tool(nvidia_smi_c2c.TOOL, "nvidia-smi c2c -s", nvidia_smi_c2c.read),
    Tool(dcgmi.TOOL, "any output of dcgmi", dcgmi.read),
    Tool(
        dcgmi_diag.TOOL, "dcgmi diag -r LEVEL, with or without -j", dcgmi_diag.read, ("dcgm-diag",)
    ),
    Tool(dcgmi_health.TOOL, "dcgmi health -c, with or without -j", dcgmi_health.read),
    Tool(dcgmi_discovery.TOOL, "dcgmi discovery -l", dcgmi_discovery.read),
    Tool(dcgmi_nvlink.TOOL, "dcgmi nvlink -e -g GPU -j", dcgmi_nvlink.read),
    Tool(dcgmi_dmon.TOOL, "dcgmi dmon", dcgmi_dmon.read),
    Tool(dcgmi_modules.TOOL, "dcgmi modules -l", dcgmi_modules.read),
    Tool(dcgmi_groups.TOOL, "dcgmi group -l", dcgmi_groups.read),
    Tool(dcgmi_fieldgroups.TOOL, "dcgmi fieldgroup -l", dcgmi_fieldgroups.read),
    Tool(dcgmproftester.TOOL, "dcgmproftester", dcgmproftester.read),
    Tool(dcgm_exporter.TOOL, "dcgm-exporter's metrics", dcgm_exporter.read),
    Tool(rocm_smi.TOOL, "rocm-smi --json", rocm_smi.read),
    Tool(amd_smi.TOOL, "amd-smi list, static or metric --json", amd_smi.read, proven=False),
    Tool(ibstat.TOOL, "ibstat, ibstatus, port GUIDs", ibstat.read, ("ibstatus",)),
    Tool(ibnetdiscover.TOOL, "ibnetdiscover", ibnetdiscover.read),
    Tool(perfquery.TOOL, "perfquery [-x]", perfquery.read),
    Tool(iblinkinfo.TOOL, "iblinkinfo", iblinkinfo.read, proven=False),
    Tool(nccl_tests.TOOL, "all_reduce_perf and its kin", nccl_tests.read, nccl_tests.ALIASES),
    Tool(nvbandwidth.TOOL, "nvbandwidth, JSON or text", nvbandwidth.read),
    Tool(gpu_burn.TOOL, "gpu_burn", gpu_burn.read, ("gpu_burn",)),
    Tool(gpu_copy.TOOL, "SuperBench gpu_copy", gpu_copy.read, ("gpu_copy",)),
    Tool(gpu_stream.TOOL, "SuperBench gpu_stream", gpu_stream.read, ("gpu_stream",)),
    Tool(
        cuda_bandwidthtest.TOOL, "CUDA bandwidthTest", cuda_bandwidthtest.read, ("bandwidthTest",)
    ),
    Tool(rocm_bandwidth.TOOL, "hipBusBandwidth", rocm_bandwidth.read, ("hipBusBandwidth",)),
    Tool(dmesg.TOOL, "dmesg in any time format", dmesg.read),
    Tool(syslog.TOOL, "syslog, journalctl", syslog.read, ("journalctl",)),
    Tool(lspci.TOOL, "lspci up to -vvv", lspci.read),
    Tool(redfish.TOOL, "Redfish documents as JSON", redfish.read),
)


def named(name: str) -> Tool | None:
    """Return the tool of a name or an alias."""
    return next((tool for tool in TOOLS if name == tool.name or name in tool.aliases), None)
