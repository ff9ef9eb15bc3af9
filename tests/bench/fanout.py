"""Fan-out of a trivial command to the hosts of a lab, beside other tools. Needs root; it prints.

Ours is timed as a user runs it, start-up included; so are the others. The lab's hosts share the
machine's cores with whatever asks them, so that only the ratios travel to another machine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (8, 32, 64)
TOOLS = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def timed(words: list[str], root: Path) -> float:
    """Return the shortest of three runs in seconds."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        env = {**os.environ, "ANSIBLE_CONFIG": str(root / "ansible.cfg")}
        done = subprocess.run(words, capture_output=True, check=False, cwd=root, env=env)
        if done.returncode:
            raise SystemExit(f"{words[0]} ended with {done.returncode}: {done.stdout[-500:]!r}")
        times.append(time.perf_counter() - begun)
    return min(times)


def write_configs(root: Path, addresses: dict[str, str]) -> None:
    """Write with what OpenSSH, and Ansible tuned as its manual says, reach the same hosts."""
    hosts = [f"Host {name}\n  HostName {address}\n" for name, address in addresses.items()]
    common = f"""Host *
  User root
  IdentityFile {root}/.millwright/lab/id_ed25519
  UserKnownHostsFile {root}/.millwright/known_hosts
  StrictHostKeyChecking yes
  LogLevel ERROR
"""
    (root / "ssh_config").write_text("".join(hosts) + common, encoding="utf-8")
    (root / "hosts").write_text("\n".join(addresses) + "\n", encoding="utf-8")
    (root / "ansible.cfg").write_text(
        f"""[defaults]
inventory = {root}/hosts
forks = 32
gathering = explicit
interpreter_python = /usr/bin/python3
[ssh_connection]
pipelining = true
ssh_args = -F {root}/ssh_config -o ControlMaster=auto -o ControlPersist=60s
""",
        encoding="utf-8",
    )


def addresses_of(ours: list[str]) -> dict[str, str]:
    """Return where the lab's nodes are."""
    told = subprocess.run([*ours, "lab", "status", "--json"], capture_output=True, check=True)
    hosts = json.loads(told.stdout)["hosts"]
    return {host["name"]: host["address"] for host in hosts if host["role"] == "compute"}


def others(root: Path, most: int) -> dict[str, list[str]]:
    """Return the same fan-out in the words of the tools that are installed."""
    options, nodes = f"-F {root}/ssh_config", f"gpu[1-{most}]"
    words = {
        "clush": ["clush", "-q", "-f", "64", "-o", options, "-w", nodes, "true"],
        "ansible -f 32": ["ansible", "all", "-f", "32", "-m", "command", "-a", "true"],
    }
    return {n: w for n, w in words.items() if shutil.which(w[0], path=TOOLS)}


def main() -> None:
    """Print our time for each size, and the ratio to the others at the largest one."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        ours = [sys.executable, "-m", "millwright", "-q", "-C", folder]
        subprocess.run([*ours, "lab", "up", "--nodes", str(SIZES[-1])], check=True)
        try:
            subprocess.run([*ours, "deploy", "trust", "--yes"], capture_output=True, check=True)
            write_configs(root, addresses_of(ours))
            compare(root, ours)
        finally:
            subprocess.run([*ours, "lab", "down"], check=True)


def compare(root: Path, ours: list[str]) -> None:
    """Print the figures."""
    spent = {}
    for size in SIZES:
        spent[size] = timed([*ours, "manage", "exec", f"gpu[1-{size}]", "--", "true"], root)
        print(f"{size:3} hosts {spent[size]:.2f} s")
    few, many = SIZES[0], SIZES[-1]
    each = (spent[many] - spent[few]) / (many - few)
    print(f"each host beyond {few} costs {1000 * each:.1f} ms")
    for name, words in others(root, many).items():
        words[0] = str(shutil.which(words[0], path=TOOLS))
        theirs = timed(words, root)
        print(f"{name} {theirs:.2f} s: ours is {spent[many] / theirs:.2f} x")


if __name__ == "__main__":
    main()
