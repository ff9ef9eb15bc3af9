"""What a lab could leave behind on the machine, as one comparable value."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from millwright.lab.marks import Marks
from millwright.lab.needs import SEARCHED

RESTLESS = (
    "fs.dentry-state",
    "fs.file-nr",
    "fs.inode-",
    "fs.inode_",
    "fs.quota.",
    "kernel.ns_last_pid",
    "kernel.pty.nr",
    "kernel.random.",
    "net.netfilter.nf_conntrack_count",
    "vm.stat",
)
"""Sysctls that change by themselves."""

LOADED = ("net.netfilter.", "net.bridge.", "net.nf_conntrack_max")
"""Sysctls that a module of the kernel brings when a rule first needs it; modules stay."""

Footprint = dict[str, list[str]]


def footprint(marks: Marks) -> Footprint:
    """Return the machine as far as a lab touches it."""
    return {
        "sysctls": _sysctls(),
        "routes": _asked("ip", "route", "show", "table", "all"),
        "links": _asked("ip", "-br", "link"),
        "addresses": _asked("ip", "-br", "addr"),
        "packet rules": _asked("nft", "--stateless", "list", "ruleset"),
        "iptables": [line.partition("[")[0] for line in _asked("iptables-save")],
        "mounts": Path("/proc/self/mountinfo").read_text().splitlines(),
        "control groups": _below("/sys/fs/cgroup", "*", f"*/{marks.machine('*')}"),
        "processes": _processes(marks),
        "state": _below("/var/lib/millwright", "", "labs", f"labs/*{marks.lab}*"),
        "run": _below(
            "/run", "*", "systemd/*", "systemd/nspawn*/*", "systemd/nspawn/*/*", "netns/*"
        ),
        "temporary": _below("/tmp", "nspawn*", "mmdebstrap*"),
    }


def differences(before: Footprint, after: Footprint) -> dict[str, tuple[list[str], list[str]]]:
    """Return what is gone and what is new, by kind."""
    found = {}
    for kind, lines in before.items():
        gone = sorted(set(lines) - set(after[kind]))
        new = sorted(line for line in set(after[kind]) - set(lines) if not _loaded(line))
        if gone or new:
            found[kind] = (gone, new)
    return found


def _loaded(line: str) -> bool:
    return line.startswith(LOADED)


def _sysctls() -> list[str]:
    return [line for line in _asked("sysctl", "-a") if not line.startswith(RESTLESS)]


def _asked(*words: str) -> list[str]:
    """Return what a tool prints; nothing where the machine does not have it."""
    if shutil.which(words[0], path=SEARCHED) is None:
        return []
    environment = {**os.environ, "PATH": SEARCHED}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    return [line for line in done.stdout.splitlines() if not line.startswith("#")]


def _below(folder: str, *patterns: str) -> list[str]:
    place = Path(folder)
    if not place.exists():
        return []
    return sorted(str(path) for p in patterns for path in (place.glob(p) if p else [place]))


def _processes(marks: Marks) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if marks.lab in words and "pytest" not in words:
            found.append(words)
    return found
