"""Nodes as they would be heard: simulated tools' answers, and changes that a test makes to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from millwright.model.heard import Heard, Recording

SYSCTL = {"net.core.somaxconn": "4096", "kernel.numa_balancing": "0"}
MOUNTS = {
    "/": {
        "source": "/dev/sda1", "kind": "ext4", "options": ["rw"], "answers": True,
        "block_bytes": 4096, "blocks": 1000, "blocks_free": 500,
    },
}  # fmt: skip
KERNEL = {
    "/proc/version": "Linux version 6.1.0-40-amd64 (x)",
    "/proc/meminfo": "MemTotal:       2113660000 kB\n",
    "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never",
}
SSHD = "port 22\npermitrootlogin no\npasswordauthentication no\nx11forwarding no\n"
LINK = [
    {"ifname": "lo", "flags": ["LOOPBACK"], "mtu": 65536, "operstate": "UNKNOWN"},
    {"ifname": "eth0", "flags": ["UP"], "mtu": 9000, "operstate": "UP"},
]
ADDRESS = [
    {
        "ifname": "eth0",
        "addr_info": [{"scope": "global", "local": "10.0.0.1", "prefixlen": 24}],
    }
]


@dataclass(frozen=True)
class Tools:
    """What the simulated tools of one healthy node print."""

    smi: str
    ibstat: str

    def node(self, **other: Any) -> dict[str, Heard]:
        """Return a healthy node with these answers instead; None takes one away."""
        told: dict[str, Any] = {
            "nvidia-smi-xml": self.smi,
            "ibstat": self.ibstat,
            "fabric-manager": "Fabric Manager version is : 580.95.05\n",
            "dmesg": "[    0.000000] Linux version 6.1.0\n",
            "clock": {"now": 1795659186.5},
            "kernel": KERNEL,
            "mounts": MOUNTS,
            "sysctl": SYSCTL,
            "sshd": SSHD,
            "modes": {"/etc/shadow": ["0640", 0, 42], "/etc/munge/munge.key": ["0400", 101, 101]},
            "dpkg": "bash\t5.2\tamd64\tii \nslurm-wlm\t22.05\tamd64\tii \n",
            "units": "Id=ssh.service\nActiveState=active\n",
            "processes": " 1 0 root S 5 100 systemd\n 7 1 root S 5 100 slurmd\n",
            "ip-link": LINK,
            "ip-addr": ADDRESS,
        }
        told |= {name.replace("_", "-"): answer for name, answer in other.items()}
        return {
            name: heard(name, answer if isinstance(answer, str) else json.dumps(answer))
            for name, answer in told.items()
            if answer is not None
        }


def heard(question: str, text: str, status: int = 0, errors: str = "") -> Heard:
    """Return an answer that ended by itself."""
    return Heard(question, "exit", status, text, errors)


def recording(
    nodes: Mapping[str, Mapping[str, Heard]], silent: Mapping[str, str] | None = None
) -> Recording:
    """Return what these nodes said, at one moment."""
    return Recording("2026-05-01T10:00:00Z", nodes, silent or {})
