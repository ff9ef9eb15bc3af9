"""`nvidia-smi c2c -s`: the links between a GPU and its CPU on one module."""

from __future__ import annotations

from millwright.probes.metrics import C2C_SPEED
from millwright.probes.nvidia_smi_nvlink import GpuLinks, read_links
from millwright.probes.reading import Reading

TOOL = "nvidia-smi-c2c"


def command() -> list[str]:
    """Return what to ask a node."""
    return ["nvidia-smi", "c2c", "-s"]


def read(text: str) -> Reading[GpuLinks]:
    """Return every link of every GPU."""
    return read_links(text, TOOL, C2C_SPEED)
