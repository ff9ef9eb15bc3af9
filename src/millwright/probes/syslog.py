"""The system's log, from `/var/log/syslog` or from journalctl: the kernel and everybody else."""

from __future__ import annotations

from millwright.probes.kernel_log import KernelLog, read_log
from millwright.probes.reading import Reading

TOOL = "syslog"


def command() -> list[str]:
    """Return what to ask a node: its journal since boot, of all speakers."""
    return ["journalctl", "--no-pager", "--boot", "--output", "short-iso"]


def read(text: str) -> Reading[KernelLog]:
    """Return the events of a log."""
    return read_log(TOOL, text)
