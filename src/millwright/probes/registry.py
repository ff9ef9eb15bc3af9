"""Every kind of output that can be read, by the name that people give it."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.probes import (
    cuda_bandwidthtest,
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
    nvidia_smi_list,
    perfquery,
    rocm_bandwidth,
    syslog,
)
from millwright.probes.reading import Tool

TOOLS: Sequence[Tool] = (
    Tool(nvidia_smi_list.TOOL, "nvidia-smi -L", nvidia_smi_list.read, proven=False),
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
)


def named(name: str) -> Tool | None:
    """Return the tool of a name or an alias."""
    return next((tool for tool in TOOLS if name == tool.name or name in tool.aliases), None)
