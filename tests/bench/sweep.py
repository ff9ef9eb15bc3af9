"""A sweep with all checks, beside one SSH command a node that runs the same commands unparsed.

Needs root; it prints. Both are timed as a user runs them, start-up included, over the same lab, in
turns: the hosts share the machine's cores with who asks them, so that only the ratio travels.
The first argument is how many nodes; 32 if none is said.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from millwright.manage.questions import for_node

TIMES = 3
GOAL = 2.0


def script() -> str:
    """Return one shell text that runs what a GPU node is asked, one command after the other."""
    asked = for_node(frozenset({"all", "nvidia", "infiniband"}))
    return "; ".join(f"{shlex.join(each.argv)} 2>&1" for each in asked.values())


def timed(words: list[str], good: tuple[int, ...]) -> float:
    """Return how many seconds a command takes."""
    begun = time.perf_counter()
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode not in good:
        raise SystemExit(f"{words[-3:]} ended with {done.returncode}: {done.stderr[-500:]!r}")
    return time.perf_counter() - begun


def compare(ours: list[str], nodes: str) -> None:
    """Print the figures; the shortest of some runs of each counts."""
    plain = [*ours, "manage", "exec", nodes, "--timeout", "600", "--", "sh", "-c", script()]
    sweep = [*ours, "manage", "health", nodes, "--json"]
    spent: dict[str, list[float]] = {"one command": [], "sweep": []}
    for _ in range(TIMES):
        spent["one command"].append(timed(plain, (0, 1)))
        spent["sweep"].append(timed(sweep, (0, 1, 3)))
    for name, times in spent.items():
        print(f"{name:12} {min(times):.2f} s   ({', '.join(f'{each:.2f}' for each in times)})")
    ratio = min(spent["sweep"]) / min(spent["one command"])
    print(f"a sweep takes {ratio:.2f} x one command a node that runs the same; goal < {GOAL:g} x")


def main() -> None:
    """Make a lab of its own, compare, and take it down."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 32
    with tempfile.TemporaryDirectory() as folder:
        ours = [sys.executable, "-m", "millwright", "-q", "-C", folder]
        subprocess.run([*ours, "lab", "up", "--nodes", str(count)], check=True)
        try:
            subprocess.run([*ours, "deploy", "trust", "--yes"], capture_output=True, check=True)
            compare(ours, f"gpu[1-{count}]")
        finally:
            subprocess.run([*ours, "lab", "down"], check=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        # A lab that stands already: its workspace, and which nodes.
        own = [sys.executable, "-m", "millwright", "-q", "-C", str(Path(sys.argv[1]))]
        compare(own, sys.argv[2])
    else:
        main()
