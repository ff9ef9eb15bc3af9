"""Slurm as drills need it: a job of their own, seen through the loss of its node."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from millwright.deploy.drains import LIMITS, QUESTION, seen
from millwright.journeys.drillhands import JobStand
from millwright.journeys.remedyhands import Slot
from millwright.journeys.remedyslurm import SlurmHead
from millwright.ports import Answer, Shell

MOST_MIN = 60
"""A drill's job ends by itself after so many minutes, whatever becomes of the drill."""
WORK = "exec sleep 3500"
BEAT = "while :; do date +%s.%N; sleep 1; done"
"""Constant shell text: the time, each second."""
AT_ONCE_S = 30
BEATS = "/var/tmp/%x.beats"
"""Where a job that beats writes; Slurm puts its name in."""
SHOWN = ("squeue", "--noheader", "--states=all", "--format=%i|%T|%N|%r")


class DrillQueue:
    """A Queue: Slurm, told on the node where it runs. `user` is whose job it is, root's if none.

    `partitions` names the partition of each node.
    """

    def __init__(
        self, where: tuple[str, Shell], keep: Callable[[Answer], None], user: str,
        partitions: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._head, self._shell = where
        self._keep = keep
        self._user = user
        self._partition = partitions
        self._slurm = SlurmHead(self._head, self._shell, keep)

    def look(self, node: str) -> Slot:
        """Return how a node stands there."""
        return self._slurm.look(node)

    def drain(self, node: str, reason: str) -> str:
        """Give a node no new jobs; return why that was refused, or nothing."""
        return self._slurm.drain(node, reason)

    def give_back(self, node: str) -> str:
        """Give a node jobs again; return why that was refused, or nothing."""
        return self._slurm.give_back(node)

    def begin(self, name: str, node: str) -> str:
        """Queue a job that has the whole node, so that nobody else's begins there meanwhile."""
        words = [
            "sbatch", "--parsable", f"--job-name={name}", f"--partition={self._partition(node)}",
            f"--nodelist={node}", "--nodes=1", "--ntasks=1", "--exclusive", "--requeue",
            "--output=/dev/null", "--chdir=/tmp", f"--time={MOST_MIN}", f"--wrap={WORK}",
        ]  # fmt: skip
        return _refused(self._ask(self._whose(words)))

    def beat(self, name: str, node: str) -> str:
        """Queue a job that writes the time each second into a file of its node."""
        words = [
            "sbatch", "--parsable", f"--job-name={name}", f"--partition={self._partition(node)}",
            f"--nodelist={node}", "--nodes=1", "--ntasks=1", "--no-requeue", "--chdir=/tmp",
            f"--output={BEATS}", f"--time={MOST_MIN}", f"--wrap={BEAT}",
        ]  # fmt: skip
        return _refused(self._ask(self._whose(words)))

    def runs(self, name: str, node: str) -> str:
        """Have a node run a job at once; return why it did not, or nothing.

        `srun` of newer releases takes no user any more, as `sbatch` does: NEWS of Slurm says so.
        """
        user = ("runuser", "-u", self._user, "--") if self._user else ()
        words = [
            *user, "srun", f"--job-name={name}", f"--partition={self._partition(node)}",
            f"--nodelist={node}", "--nodes=1", "--ntasks=1", f"--immediate={AT_ONCE_S}",
            "--chdir=/tmp", "hostname",
        ]  # fmt: skip
        return _refused(self._ask(tuple(words)))

    def job(self, name: str) -> JobStand:
        """Return how the job of a drill stands: its last one, where there are several."""
        answer = self._ask((*SHOWN, f"--name={name}"))
        if not answer.succeeded:
            return JobStand(silent=_refused(answer))
        lines = answer.stdout.decode("utf-8", "backslashreplace").strip().splitlines()
        if not lines:
            return JobStand()
        number, state, nodes, reason = (*lines[-1].split("|", 3), "", "", "")[:4]
        return JobStand(number, state, nodes, reason)

    def jobs(self, node: str) -> tuple[str, ...] | None:
        """Return the jobs on a node, each as number, user and name; None where nobody can tell."""
        return self._slurm.jobs(node)

    def unbind(self, job: str) -> str:
        """Let a waiting job run on any node; return why that was refused, or nothing."""
        return _refused(self._ask(("scontrol", "update", f"JobId={job}", "ReqNodeList=")))

    def end(self, name: str) -> str:
        """End the job of a drill; return why that was refused, or nothing."""
        return _refused(self._ask(("scancel", f"--name={name}")))

    def _whose(self, words: list[str]) -> tuple[str, ...]:
        """Return the words of a job as that of the user it is to be."""
        user = (f"--uid={self._user}",) if self._user else ()
        return (words[0], *user, *words[1:])

    def states(self, nodes: Sequence[str]) -> dict[str, str]:
        """Return the state of each node that the scheduler knows; none where it is silent."""
        found = seen(self._ask(("sh", "-c", QUESTION, "sh", ",".join(nodes))))
        return {node: state for node, (state, _) in found.nodes.items()}

    def timeout_s(self) -> float | None:
        """Return after how long Slurm gives a silent node up; None where it does not tell."""
        answer = self._ask(("scontrol", "show", "config"))
        for line in answer.stdout.decode("utf-8", "backslashreplace").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "SlurmdTimeout":
                return float(value.split()[0]) if value.split()[:1] and _number(value) else None
        return None

    def _ask(self, words: tuple[str, ...]) -> Answer:
        (answer,) = self._shell.run([self._head], words, LIMITS)
        self._keep(answer)
        return answer


def _number(value: str) -> bool:
    return value.split()[0].isdigit()


def _refused(answer: Answer) -> str:
    if answer.succeeded:
        return ""
    said = answer.stderr.decode("utf-8", "backslashreplace").strip()[:200]
    return answer.reason or said or f"{answer.argv[0]} does not say why"
