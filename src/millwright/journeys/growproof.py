"""What runs on hosts and since when, over a Shell: by the kernel's own word of each process.

systemd says which services there are; when a process was started stands in /proc, in clock ticks
since the host's start, and does not move with anybody's clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from millwright.model.growth import HostLife, Noted, RunningJob, Service
from millwright.ports import Answer, Limits, Shell

RUNNING = r"""
import json, subprocess, sys
def text(path):
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError:
        return ""
def started(pid):
    words = text("/proc/%d/stat" % pid).rpartition(")")[2].split()
    return int(words[19]) if len(words) > 19 else None
shown = subprocess.run(
    ("systemctl", "show", "*.service", "--property=Id,MainPID,Type,Transient,SubState"),
    stdout=subprocess.PIPE, timeout=20, check=True).stdout.decode("utf-8", "replace")
services = []
for block in shown.split("\n\n"):
    told = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    pid = int(told.get("MainPID") or 0)
    if pid and told.get("SubState") == "running" and told.get("Type") != "oneshot" \
            and told.get("Transient") != "yes" and started(pid) is not None:
        services.append([told["Id"], pid, started(pid)])
boot = text("/proc/sys/kernel/random/boot_id").strip()
json.dump({"boot": "%s.%s" % (boot, started(1)), "services": services}, sys.stdout)
"""
"""Constant Python for a host. Which of its own start it is: the kernel's word, and the first
process's, for hosts that share a kernel."""
JOBS = ("squeue", "--all", "--noheader", "--states=R,S", "--format=%A|%S|%N")
ENDS = ("sacct", "--noheader", "--allocations", "--parsable2", "--duplicates",
        "--format=JobIDRaw,State")  # fmt: skip
LOOK = Limits(command_s=60.0, output_bytes=8 << 20)
MOST_JOBS = 500
"""As many job numbers go into one question."""
OWN = re.compile(
    r"(user|user-runtime-dir|ssh|sshd)@.*\.service|lab-(fabric|subnet-manager)\.service"
)
"""Services that come and go with sessions of people, and those by which a lab stands for switches
and cables: where these get new ones the simulator starts again."""


class ShellWitness:
    """A Witness over a shell; Slurm is asked on the head node. `keep` sees every answer kept."""

    def __init__(
        self,
        shell: Shell,
        head: str,
        keep: Callable[[Answer], None],
        now: Callable[[], str],
    ) -> None:
        self._shell = shell
        self._head = head
        self._keep = keep
        self._now = now

    def note(self, hosts: Sequence[str]) -> Noted:
        """Return what runs on hosts now, and which jobs."""
        lives = {answer.node: _life(answer) for answer in self._ask(hosts)}
        lost = HostLife(host="x", silent="it was not asked")
        found = tuple(lives.get(host, lost.model_copy(update={"host": host})) for host in hosts)
        jobs, silent = self._jobs()
        return Noted(at=self._now(), hosts=found, jobs=jobs, jobs_silent=silent)

    def _ask(self, hosts: Sequence[str]) -> list[Answer]:
        answers = list(self._shell.run(list(hosts), ("python3", "-Ic", RUNNING), LOOK))
        for answer in answers:
            self._keep(answer)
        return answers

    def _told(self, argv: Sequence[str]) -> tuple[list[str], str]:
        """Return the lines that the head node answers with, and why there are none."""
        (answer,) = self._shell.run([self._head], tuple(argv), LOOK)
        self._keep(answer)
        if not answer.succeeded or answer.dropped_bytes:
            said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
            return [], (answer.reason or said or "Slurm does not answer")[:200]
        lines = answer.stdout.decode("utf-8", "backslashreplace").splitlines()
        return [line for line in lines if line.strip()], ""

    def _jobs(self) -> tuple[tuple[RunningJob, ...], str]:
        lines, silent = self._told(JOBS)
        rows = [line.split("|") for line in lines]
        if silent or any(len(row) != 3 for row in rows):
            return (), silent or "what Slurm says of jobs cannot be read"
        return tuple(RunningJob(id=row[0], since=row[1], nodes=row[2]) for row in rows), ""

    def ends(self, jobs: Sequence[str]) -> Mapping[str, str]:
        """Return by its number the worst that accounting says of how a job ended."""
        found: dict[str, str] = {}
        for at in range(0, len(jobs), MOST_JOBS):
            lines, _ = self._told((*ENDS, f"--jobs={','.join(jobs[at : at + MOST_JOBS])}"))
            for line in lines:
                number, _, state = line.partition("|")
                word = state.split(" ")[0].rstrip("+")
                if word not in ("RUNNING", "PENDING", "COMPLETING", ""):
                    found[number] = _worse(found.get(number, ""), word)
        return found


def _worse(one: str, other: str) -> str:
    disturbed = ("NODE_FAIL", "BOOT_FAIL", "REQUEUED", "PREEMPTED")
    return one if one in disturbed else other


def _life(answer: Answer) -> HostLife:
    said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
    if not answer.succeeded:
        why = (answer.reason or said or "it did not answer")[:200]
        return HostLife(host=answer.node, silent=why)
    try:
        told = json.loads(answer.stdout)
        services = tuple(
            Service(unit=str(unit).removesuffix(".service"), pid=int(pid), started=int(started))
            for unit, pid, started in told["services"]
            if not OWN.fullmatch(str(unit))
        )
        boot = str(told["boot"])
    except (ValueError, KeyError, TypeError):
        return HostLife(host=answer.node, silent="its answer cannot be read")
    if not services or not boot:
        return HostLife(host=answer.node, silent="it tells of no service that runs")
    return HostLife(host=answer.node, boot=boot, services=services)
