"""What a lab needs of the machine, told as the command that brings it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from millwright.errors import Exit, MillwrightError

TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "ip": "iproute2",
    "nft": "nftables",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setsid": "util-linux",
    "setpriv": "util-linux",
    "flock": "util-linux",
    "dpkg-deb": "dpkg",
    "dpkg-scanpackages": "dpkg-dev",
}
"""Commands, and the Debian packages that hold them."""

SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class CannotHost(MillwrightError):
    """This machine cannot run a lab as it is."""

    exit_status = Exit.USAGE


@dataclass(frozen=True, slots=True)
class Machine:
    """What of a machine decides whether it can run a lab. `path` is searched for tools."""

    uid: int
    path: str
    file_systems: str


def this_machine() -> Machine:
    """Return the machine that this runs on."""
    kinds = Path("/proc/filesystems").read_text(encoding="utf-8")
    return Machine(os.geteuid(), SEARCHED, kinds)


def check_machine(machine: Machine | None = None) -> None:
    """Raise CannotHost, naming everything that is missing, unless a lab can run here."""
    machine = machine or this_machine()
    missing = missing_packages(machine.path)
    if machine.uid != 0:
        raise CannotHost(
            "a lab boots real hosts, and only root may do that",
            hint=f"run it with sudo{_also(missing)}",
        )
    if missing:
        raise CannotHost(
            "the machine lacks what a lab is made of", hint=f"apt-get install {' '.join(missing)}"
        )
    if "overlay" not in machine.file_systems.split():
        raise CannotHost("the kernel offers no overlay file system", hint="modprobe overlay")


def missing_packages(path: str) -> list[str]:
    """Return the Debian packages whose tools are not found."""
    return sorted({p for tool, p in TOOLS.items() if not shutil.which(tool, path=path)})


def _also(missing: list[str]) -> str:
    return f", and install: apt-get install {' '.join(missing)}" if missing else ""
