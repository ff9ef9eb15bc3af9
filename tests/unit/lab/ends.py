"""Two ends of a simulated test between adapters, which in tests share the loopback."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

from .node import LabNode

PORTS = itertools.count(20_000 + os.getpid() % 20_000)
"""A test has no sockets of its own to ask for a free one."""
WORDS = ("-s", "1048576", "-D", "1", "--report_gbits", "-F")


def written(server: LabNode, client: LabNode, device: str = "mlx5_0") -> tuple[str, str]:
    """Return what both ends say of one test."""
    words = ["ib_write_bw", "-d", device, "-p", str(next(PORTS)), *WORDS]
    with subprocess.Popen(
        [sys.executable, "-m", "simulators", *words],
        env=server.environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as serving:
        assert serving.stdout is not None
        for _ in range(4):
            serving.stdout.readline()
        for _ in range(50):
            done = client.run(*words, "127.0.0.1")
            if done.returncode == 0:
                break
        said = serving.communicate(timeout=20)[0]
    return done.stdout, said
