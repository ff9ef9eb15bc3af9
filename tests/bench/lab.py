"""Booting a lab of eight nodes beside one of one node. Needs root and the image; it prints."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time


def booted(nodes: int) -> float:
    """Return the shortest of three times in seconds from the call to the last host's answer."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        ours = [sys.executable, "-m", "millwright", "-q", "-C", folder]
        for _ in range(4):
            begun = time.perf_counter()
            words = [*ours, "lab", "up", "--nodes", str(nodes)]
            subprocess.run(words, capture_output=True, check=True)
            times.append(time.perf_counter() - begun)
            subprocess.run([*ours, "lab", "down"], capture_output=True, check=True)
    return min(times[1:])


def main() -> None:
    """Print both times and their ratio."""
    one, eight = booted(1), booted(8)
    print(f"1 node {one:.2f} s, 8 nodes {eight:.2f} s: {eight / one:.2f} x")


if __name__ == "__main__":
    main()
