"""`dmesg`: the kernel's ring buffer, in any of its time formats."""

from __future__ import annotations

from millwright.probes.kernel_log import KernelLog, read_log
from millwright.probes.reading import Reading

TOOL = "dmesg"


def command() -> list[str]:
    """Return what to ask a node: levels decoded, times that can be compared between nodes."""
    return ["dmesg", "--decode", "--time-format", "iso"]


def read(text: str) -> Reading[KernelLog]:
    """Return the events of a log."""
    return read_log(TOOL, text)
