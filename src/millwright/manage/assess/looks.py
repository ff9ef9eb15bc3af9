"""What a person runs on a node to look further, by the question that something came from."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

_LOOKS: Mapping[str, Sequence[str]] = {
    "nvidia-smi-xml": ("nvidia-smi", "-q"),
    "fabric-manager": ("nv-fabricmanager", "--version"),
    "nvlink-status": ("nvidia-smi", "nvlink", "--status"),
    "nvlink-errors": ("nvidia-smi", "nvlink", "--errorcounters"),
    "dcgmi-health": ("dcgmi", "health", "--check"),
    "dmesg": ("dmesg", "--level=emerg,alert,crit,err,warn"),
    "journalctl": ("journalctl", "--dmesg", "--priority=warning"),
    "ibstat": ("ibstat",),
    "lscpu": ("lscpu",),
    "lsblk": ("lsblk", "-O"),
    "disks": ("smartctl", "--scan"),
    "dmidecode": ("dmidecode",),
    "bmc-info": ("ipmitool", "mc", "info"),
    "ipmitool": ("ipmitool", "sdr", "elist"),
    "ipmi-sel": ("ipmitool", "sel", "elist"),
    "net": ("ip", "-s", "link"),
    "ip-link": ("ip", "-d", "link"),
    "mounts": ("findmnt", "-A"),
    "clock": ("date", "-u"),
    "chronyc": ("chronyc", "tracking"),
    "timedatectl": ("timedatectl",),
    "processes": ("ps", "-ef"),
    "sshd": ("sshd", "-T"),
    "units": ("systemctl", "--failed"),
    "unit-files": ("systemctl", "list-unit-files", "--state=enabled"),
    "slurm-nodes": ("sinfo", "--list-reasons"),
    "dpkg": ("dpkg-query", "-W"),
    "rpm": ("rpm", "-qa"),
    "cpu": ("lscpu", "-e"),
    "sysctl": ("sysctl", "-a"),
    "kernel": ("uname", "-a"),
}


def looks(question: str) -> str:
    """Return the command; where no tool answers the question, the kernel log is looked at."""
    return shlex.join(_LOOKS.get(question, ("dmesg", "--level=emerg,alert,crit,err,warn")))
