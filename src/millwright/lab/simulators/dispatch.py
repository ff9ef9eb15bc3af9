"""Which command of the node is which module here."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import cast

COLLECTIVES = (
    "all_reduce_perf",
    "all_gather_perf",
    "reduce_scatter_perf",
    "alltoall_perf",
    "broadcast_perf",
    "reduce_perf",
    "sendrecv_perf",
)
TOOLS: dict[str, str] = {
    "nvidia-smi": "nvidia_smi:main",
    "nvidia-persistenced": "services:persistenced",
    "nv-fabricmanager": "services:fabricmanager",
    "nv-hostengine": "services:hostengine",
    "nvidia-imex-ctl": "services:imex",
    "nvidia-ctk": "container_toolkit:ctk",
    "nvidia-container-cli": "container_toolkit:container_cli",
    "dcgmi": "dcgmi:main",
    "dcgm-exporter": "exporter:main",
    "ibstat": "ibstat:main",
    "ibstatus": "ibstat:ibstatus",
    "ib_write_bw": "perftest:ib_write_bw",
    "ofed_info": "services:ofed_info",
    "nvbandwidth": "nvbandwidth:main",
    "gpu_burn": "gpu_burn:main",
    "amd-smi": "amd_smi:main",
    "rocm-smi": "rocm_smi:main",
    "lspci": "lspci:main",
    "dmesg": "dmesg:main",
    **{name: f"nccl_tests:{name}" for name in COLLECTIVES},
}


def run(name: str, argv: list[str]) -> int:
    """Run the tool installed as `name`; KeyError where no such tool is simulated.

    A reader that goes away early (`nvidia-smi | head -1`) is not an error.
    """
    module, _, function = TOOLS[name].partition(":")
    tool = cast(
        Callable[[list[str]], int],
        getattr(importlib.import_module(f".{module}", __package__), function),
    )
    try:
        status = tool(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
    return status
