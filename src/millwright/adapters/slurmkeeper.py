"""What runs where Slurm is told: submits jobs, tells how they stand, cancels those of one run.

Python 3.9 and nothing of ours, sent as it stands; an order in JSON comes in, what is found goes
out. A job is known again by its comment, `millwright/RUN/KEY/NODE`: no other is ever touched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

MARK = "millwright"
TIMEOUT_S = 40.0
OVER = ("CANCELLED", "COMPLETED", "FAILED", "NODE_FAIL", "TIMEOUT", "PREEMPTED", "BOOT_FAIL",
        "DEADLINE", "OUT_OF_MEMORY", "REVOKED")  # fmt: skip
HELD = "JobHeldUser"
"""What holds a task between its submission and its release; a hold by the site has another name."""
JOBS = "%i|%T|%r|%n|%N|%k"
NODES = "%N|%T|%R|%p|%a|%E"
Told = dict[str, Any]


class Refused(Exception):
    """A command of Slurm's that did not do what it was told."""


class Slurm:
    """Its commands, as lists of words; what changed something is remembered with its outcome."""

    def __init__(self) -> None:
        self.did: list[Told] = []

    def says(self, *words: str) -> list[str]:
        """Return the lines that a command prints. Raises Refused."""
        return self._run(words, "").stdout.splitlines()

    def do(self, *words: str, given: str = "") -> str:
        """Run a command that changes something; return what it prints. Raises Refused."""
        done = None
        try:
            done = self._run(words, given)
            return done.stdout.strip()
        finally:
            status = None if done is None else done.returncode
            out = "" if done is None else done.stdout[:2000]
            self.did.append({"argv": list(words), "exit_status": status, "stdout": out})

    def _run(self, words: tuple[str, ...], given: str) -> subprocess.CompletedProcess[str]:
        # Options that a login or a site sets for people's jobs are none of these.
        clean = {n: v for n, v in os.environ.items() if n in ("PATH", "SLURM_CONF")}
        try:
            done = subprocess.run(
                words, input=given, capture_output=True, text=True, errors="replace",
                timeout=TIMEOUT_S, env={**clean, "LC_ALL": "C"}, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Refused(f"{words[0]}: {error}"[:300]) from None
        if done.returncode:
            said = " ".join((done.stderr or done.stdout).split())
            raise Refused(f"{words[0]}: {said}"[:300])
        return done


def tend(order: Told, slurm: Slurm) -> Told:
    """Cancel and submit what is ordered; return jobs of the run, nodes, and what was refused."""
    jobs = mine(order["run"], slurm)
    for job in [job for job in jobs if job["state"] not in OVER]:
        if not job["key"]:
            slurm.do("scancel", job["id"])
        elif job["reason"] == HELD and not unwanted(job, order):
            slurm.do("scontrol", "release", job["id"])
    gone = [job for job in jobs if unwanted(job, order) and job["state"] not in OVER]
    for at in range(0, len(gone), 200):
        slurm.do("scancel", *(job["id"] for job in gone[at : at + 200]))
    there = {(job["key"], job["node"]) for job in jobs if job["state"] not in OVER}
    refused = []
    for group in order["submit"]:
        group["tasks"] = [task for task in group["tasks"] if (group["key"], task[0]) not in there]
        try:
            submit(order, group, slurm)
        except Refused as error:
            refused.append({"key": group["key"], "tasks": group["tasks"], "why": str(error)})
    if order["submit"] or gone:
        jobs = mine(order["run"], slurm)
    named = [job for job in jobs if job["key"]]
    nodes = seen(slurm) if order["nodes"] else {}
    return {"jobs": named, "nodes": nodes, "refused": refused, "did": slurm.did}


def unwanted(job: Told, order: Told) -> bool:
    """Return whether a job is to be cancelled: all are, or a turn that is over still waits."""
    if order["cancel"] == "all":
        return True
    return job["state"] == "PENDING" and [job["key"], job["node"]] in order["cancel"]


def mine(run: str, slurm: Slurm) -> list[Told]:
    """Return the jobs of a run; one that nobody's turn was given to yet has no key."""
    words = ("squeue", "--all", "--array", "--noheader", "--states=all")
    found = []
    for line in slurm.says(*words, f"--user={os.geteuid()}", f"--format={JOBS}"):
        parts = line.split("|", 5)
        marks = parts[5].split("/") if len(parts) == 6 else []
        if marks[:2] != [MARK, run]:
            continue
        key, node = marks[2:4] if len(marks) == 4 else ("", "")
        told = {"id": parts[0], "state": parts[1], "reason": parts[2]}
        found.append({**told, "key": key, "node": node})
    return found


def submit(order: Told, group: Told, slurm: Slurm) -> None:
    """Submit a group of like turns as one array; each task gets its nodes before it may run.

    A kill in between leaves tasks without a turn, which the next call cancels, and others that
    are held, which it releases.
    """
    tasks = group["tasks"]
    if not tasks:
        return
    words = [
        "sbatch", "--parsable", "--hold", "--no-requeue", "--exclusive", "--mem=0",
        "--ntasks-per-node=1", "--chdir=/", "--output=/dev/null", "--error=/dev/null",
        f"--job-name={MARK}.{group['key']}", f"--comment={MARK}/{order['run']}",
        f"--partition={group['partition']}", f"--nodes={len(tasks[0])}",
        f"--time={group['minutes']}", f"--array=0-{len(tasks) - 1}",
    ]  # fmt: skip
    with tempfile.NamedTemporaryFile("w", prefix="millwright-", suffix=".py") as script:
        script.write(order["program"])
        script.flush()
        words += [script.name, "batch", order["root"], group["key"], group["scope"]]
        job = slurm.do(*words).partition(";")[0]
    try:
        for at, nodes in enumerate(tasks):
            comment = f"Comment={MARK}/{order['run']}/{group['key']}/{nodes[0]}"
            task = (f"JobId={job}_{at}", f"ReqNodeList={','.join(nodes)}", comment)
            slurm.do("scontrol", "update", *task)
        slurm.do("scontrol", "release", job)
    except Refused:
        slurm.do("scancel", job)
        raise


def seen(slurm: Slurm) -> Told:
    """Return each node's state, reason and partitions, with each partition's tier and state."""
    found: Told = {}
    for line in slurm.says("sinfo", "--all", "--noheader", "--Node", f"--format={NODES}"):
        name, state, partition, tier, up, reason = (*line.split("|", 5), *[""] * 6)[:6]
        node = found.setdefault(name, {"state": state, "reason": reason, "partitions": []})
        if up == "up":
            node["partitions"].append([int(tier) if tier.isdigit() else 0, partition])
    return found


def main() -> int:
    """Read an order, do it, and tell."""
    slurm = Slurm()
    try:
        told = tend(json.load(sys.stdin), slurm)
    except Refused as error:
        told = {"silent": str(error), "did": slurm.did}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
