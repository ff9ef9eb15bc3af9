"""Real OpenSSH servers on loopback, for tests of whatever crosses SSH."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
MaxStartups 100
"""


def needed(tool: str) -> str:
    """Return the path of a tool; a test without it is skipped, and in CI it fails."""
    found = shutil.which(tool, path=PATH)
    if found is None:
        assert not os.environ.get("CI"), f"CI lacks {tool}"
        pytest.skip(f"not installed: {tool}")
    return found


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Host:
    """One server with a host key of its own."""

    name: str
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self, authorized: str, more: str = "") -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "authorized_keys").write_text(authorized)
        if not (self.folder / "host_key").exists():
            self.make_key()
        config = self.folder / "sshd_config"
        config.write_text(CONFIG.format(port=self.port, folder=self.folder) + more)
        sshd = needed("sshd")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [sshd, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL
        )
        self._wait()

    def make_key(self) -> None:
        key = self.folder / "host_key"
        key.unlink(missing_ok=True)
        words = [needed("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
        subprocess.run(words, check=True)

    def _wait(self) -> None:
        for _ in range(100):
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"{self.name} does not listen")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@dataclass
class Site:
    """A workspace whose reach.yaml names the hosts."""

    root: Path
    hosts: dict[str, Host]
    authorized: str

    def write_reach(self, **more: str) -> None:
        lines = [
            "schema: millwright.reach/1",
            f"user: {getpass.getuser()}",
            "key: user_key",
            "agent: false",
            "simulated: true",
            *(f"{key}: {value}" for key, value in more.items()),
            "hosts:",
            *(f"  {h.name}: {{address: 127.0.0.1, port: {h.port}}}" for h in self.hosts.values()),
        ]
        (self.root / "reach.yaml").write_text("\n".join(lines) + "\n")


def start_site(root: Path, names: list[str]) -> Site:
    """Start a server for each name; return the workspace that reaches them."""
    root.mkdir(parents=True, exist_ok=True)
    key = root / "user_key"
    words = [needed("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(words, check=True)
    authorized = (root / "user_key.pub").read_text()
    hosts = {name: Host(name, root / "hosts" / name) for name in names}
    for host in hosts.values():
        host.start(authorized)
    site = Site(root, hosts, authorized)
    site.write_reach()
    return site
