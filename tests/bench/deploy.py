"""A converged deployment applied again, beside ansible-playbook running the same plays. Needs root.

It prints; the number of nodes may be said. Both change nothing; ours proves every role on every
host besides.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent


def timed(words: list[str], root: Path, **environment: str) -> float:
    """Return the seconds that a command takes that must succeed."""
    begun = time.perf_counter()
    env = {**os.environ, **environment}
    done = subprocess.run(words, capture_output=True, check=False, cwd=root, env=env)
    if done.returncode:
        raise SystemExit(f"{words} ended with {done.returncode}: {done.stdout[-2000:]!r}")
    return time.perf_counter() - begun


def played_again(root: Path) -> float:
    """Return the seconds of ansible-playbook for every play of the first run, as it was laid."""
    plays = sorted(root.glob("runs/*-deploy/plays/*"))
    spent = 0.0
    for play in plays:
        inventory = str(play / "inventory" / "hosts.json")
        book = str(play / "project" / f"{play.name.partition('-')[2]}.yml")
        words = [str(BIN / "ansible-playbook"), "-f", "64", "-i", inventory, book]
        spent += timed(words, root, ANSIBLE_PIPELINING="True")
    return spent


def main() -> None:
    """Print both times and their ratio."""
    nodes = sys.argv[1] if len(sys.argv) > 1 else "4"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        ours = [sys.executable, "-m", "millwright", "-q", "-C", folder]
        timed([*ours, "lab", "up", "--bare", "--nodes", nodes], root)
        try:
            timed([*ours, "deploy", "trust", "--yes"], root)
            first = timed([*ours, "deploy", "apply", "--yes"], root)
            again = min(timed([*ours, "deploy", "apply", "--yes"], root) for _ in range(3))
            theirs = played_again(root)
        finally:
            timed([*ours, "lab", "down"], root)
    print(f"{nodes} nodes: first {first:.1f} s, again {again:.2f} s and proven")
    print(f"ansible-playbook, the same plays {theirs:.1f} s: again is {again / theirs:.3f} x")


if __name__ == "__main__":
    main()
