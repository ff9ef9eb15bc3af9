"""Fan-out of a trivial command to 32 local SSH servers, beside other tools. It prints."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.cli.hosts import Site, start_site

HOSTS = 32


def timed(words: list[str]) -> float:
    """Return the shortest of three runs in seconds."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        done = subprocess.run(words, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"{words[0]} ended with {done.returncode}: {done.stdout[-500:]!r}")
        times.append(time.perf_counter() - begun)
    return min(times)


def openssh_config(site: Site) -> Path:
    """Write an ssh_config with which OpenSSH reaches the same hosts."""
    lines = []
    for host in site.hosts.values():
        lines += [f"Host {host.name}", "  HostName 127.0.0.1", f"  Port {host.port}"]
    lines += [
        "Host *",
        f"  IdentityFile {site.root / 'user_key'}",
        f"  UserKnownHostsFile {site.root / '.millwright' / 'known_hosts'}",
        "  LogLevel ERROR",
    ]
    path = site.root / "ssh_config"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def main() -> None:
    """Print our time for 8 and 32 hosts, and the ratio to clush where it is installed."""
    with tempfile.TemporaryDirectory() as folder:
        site = start_site(Path(folder) / "site", [f"n{number}" for number in range(1, HOSTS + 1)])
        ours = [sys.executable, "-m", "millwright", "-q", "-C", str(site.root)]
        try:
            subprocess.run([*ours, "deploy", "trust", "--yes"], capture_output=True, check=True)
            few = timed([*ours, "manage", "exec", "n[1-8]", "--", "true"])
            many = timed([*ours, "manage", "exec", f"n[1-{HOSTS}]", "--", "true"])
            print(f"8 hosts {few:.2f} s, {HOSTS} hosts {many:.2f} s")
            clush = shutil.which("clush", path=f"{Path(sys.executable).parent}:/usr/bin")
            if clush is not None:
                options = f"-F {openssh_config(site)}"
                words = [
                    clush,
                    "-q",
                    "-f",
                    str(HOSTS),
                    "-o",
                    options,
                    "-w",
                    f"n[1-{HOSTS}]",
                    "true",
                ]
                theirs = timed(words)
                print(f"clush {theirs:.2f} s: ours is {many / theirs:.2f} x")
        finally:
            for host in site.hosts.values():
                host.stop()


if __name__ == "__main__":
    main()
