#!/usr/bin/python3
"""What Slurm runs on nodes: a program that is always the same, and no shell text anywhere.

What to do lies in the spool of each node, laid there beforehand: `KEY` for the node that runs a
turn, `KEY.serve` for the other one of a pair. Python 3.9 and nothing of ours, sent as it stands.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

SERVE = ".serve"
UP_S = 20.0
SETTLED_S = 1.0
"""What a server gets to open its port, from when it lives."""
HANDED_ON = ("SLURM_JOB_ID", "SLURM_CONF")
"""What a command may know that starts steps of the job itself."""


def main(words: list[str]) -> int:
    """`batch ROOT KEY SCOPE` in the job; the other verbs, without a scope, in its steps."""
    verb, root, key = words[:3]
    if verb == "batch":
        verb = {"node": "run", "fabric": "inside", "pair": "meet"}[words[3]]
        if verb == "inside":
            return subprocess.call(step(verb, root, key))
    if verb == "meet":
        return meet(root, key)
    if verb == "serve":
        return serve(root, key)
    return run(root, key, inherited() if verb == "inside" else {})


def inherited() -> dict[str, str]:
    """Return what makes a command's own steps steps of this job, beside what runs there."""
    known = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    return {**known, "SLURM_OVERLAP": "1"}


def meet(root: str, key: str) -> int:
    """Start who serves, wait until that is up, then start who measures; end the first after it."""
    server = subprocess.Popen(step("serve", root, key), stdout=subprocess.PIPE)
    assert server.stdout is not None
    server.stdout.readline()
    status = subprocess.call(step("run", root, key))
    server.terminate()
    server.wait()
    return status


def step(verb: str, root: str, key: str) -> list[str]:
    """Return the words of a step on every node of the job; who has nothing to do there ends."""
    count, cpus = os.environ["SLURM_JOB_NUM_NODES"], os.environ["SLURM_JOB_CPUS_PER_NODE"]
    each = min(int(part.partition("(")[0]) for part in cpus.split(","))
    words = ["srun", "--overlap", "--unbuffered", "--cpu-bind=none", "--nodes=" + count]
    words += ["--ntasks=" + count, "--ntasks-per-node=1", "--cpus-per-task=" + str(each)]
    return [*words, "/usr/bin/python3", "-Ic", PROGRAM, verb, root, key]


def run(root: str, key: str, known: dict[str, str]) -> int:
    """Run what is laid ready under a key, when its turn to start has come."""
    folder = os.path.join(root, key)
    order = read(folder, "order.json")
    if not order or os.path.exists(os.path.join(folder, "begun.json")):
        return 0
    slot = order.get("slot")
    if slot:
        time.sleep(until(time.time(), *slot))
    if known:
        settings = {**known, **order.get("settings", {})}
        put(os.path.join(folder, "order.json"), {**order, "settings": settings})
    return subprocess.call(keeper(root, folder))


def until(now: float, index: int, count: int, apart_s: float) -> float:
    """Return how long to wait for one's own slot: of nodes that share a feed, each has another.

    Slots follow from the clock alone, so that nodes which begin at any time never start together.
    """
    round_s = count * apart_s
    return (index * apart_s - now) % round_s if round_s > 0 else 0.0


def serve(root: str, key: str) -> int:
    """Run the other end where it is laid, and say so once it is up."""
    folder = os.path.join(root, key + SERVE)
    if not read(folder, "order.json") or os.path.exists(os.path.join(folder, "begun.json")):
        return 0
    child = subprocess.Popen(keeper(root, folder))
    deadline = time.monotonic() + UP_S
    while child.poll() is None and time.monotonic() < deadline:
        if os.path.exists(os.path.join(folder, "begun.json")):
            break
        time.sleep(0.05)
    time.sleep(SETTLED_S)
    sys.stdout.write("up\n")
    sys.stdout.flush()
    return child.wait()


def keeper(root: str, folder: str) -> list[str]:
    """Return the words of the program that keeps a job, laid ready with it."""
    return ["/usr/bin/python3", "-I", os.path.join(root, "keeper.py"), "run", folder]


def read(folder: str, name: str) -> dict[str, Any]:
    """Return what a file says; nothing where it is not there or torn."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def put(path: str, document: dict[str, Any]) -> None:
    """See a file on the disk, whole or not at all."""
    fresh = path + ".tmp"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def own_text() -> str:
    """Return this very program: Slurm lays it where it runs it, and steps get it as a word."""
    with open(__file__, encoding="utf-8") as file:
        return file.read()


PROGRAM = own_text() if sys.argv[1:2] == ["batch"] else ""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
