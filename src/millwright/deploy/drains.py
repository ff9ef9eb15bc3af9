"""Nodes are taken out of service before they are disturbed, and given back when they are proven.

Jobs are waited for and never ended. Only what this tool drained is undrained, and only while Slurm
still tells its reason: what somebody else drained stays drained. The book knows of a drain before
Slurm does, so that a run which is killed leaves none that the next one does not recognise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from millwright.deploy.hands import Hands
from millwright.model.drain import Drain
from millwright.model.nodeset import folded
from millwright.ports import Answer, Limits

QUESTION = """\
command -v sinfo >/dev/null || exit 127
exec sinfo --noheader --Node --format='%N|%T|%E' --nodes="$1"
"""
"""Constant shell text; the names of nodes come as its first word."""
ABSENT = 127
JOBS = """\
systemctl is-active --quiet slurmd || exit 0
! pgrep -x slurmstepd
"""
"""Constant shell text for a node whose Slurm does not answer: fails where jobs run there."""
PAUSE_S = 5.0
LIMITS = Limits(command_s=60.0)
BUSY = frozenset(("allocated", "mixed", "completing", "draining", "blocked"))
OUT = ("draining", "drained", "down", "drng", "drain", "fail", "failing")


@dataclass(frozen=True, slots=True)
class Seen:
    """What Slurm says of nodes: each one's state and reason. `silent` says why it says nothing;
    `quiet` are nodes that it does not hear, whatever state it has them in yet."""

    nodes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    silent: str = ""
    quiet: frozenset[str] = frozenset()

    def busy(self, hosts: Iterable[str]) -> list[str]:
        """Return the hosts on which jobs run or come to their end."""
        return [host for host in hosts if host in self.nodes and self.nodes[host][0] in BUSY]


def seen(answer: Answer) -> Seen:
    """Return what an answer tells; a host without Slurm knows no nodes."""
    if answer.ended == "exit" and answer.exit_status == ABSENT:
        return Seen()
    if not answer.succeeded:
        said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
        return Seen(silent=answer.reason or said[:200] or "Slurm does not answer")
    nodes, quiet = {}, set()
    for line in answer.stdout.decode("utf-8", "backslashreplace").splitlines():
        name, state, reason = (*line.split("|", 2), "", "")[:3]
        bare = state.rstrip("*~#!%$@^-+")
        nodes[name] = (bare.lower(), reason)
        quiet |= {name} if "*" in state[len(bare) :] else set()
    return Seen(nodes, quiet=frozenset(quiet))


class Drains:
    """Drains nodes and gives them back, for one run; `head` is where Slurm is told."""

    def __init__(self, head: str, hands: Hands, wait_s: float) -> None:
        self._head = head
        self._hands = hands
        self._wait_s = wait_s

    def look(self, hosts: Sequence[str]) -> Seen:
        """Return what Slurm says of nodes."""
        return seen(self._ask(self._head, ("sh", "-c", QUESTION, "sh", ",".join(hosts))))

    def take(self, hosts: Sequence[str]) -> dict[str, str]:
        """Drain nodes and wait until no job runs there; return why one must not be disturbed.

        A node that jobs do not leave in time serves again, as does one that somebody does not want
        to wait for: nothing was done to it.
        """
        found = self.look(hosts)
        if found.silent:
            return self._without_slurm(hosts, found.silent)
        there = [host for host in hosts if host in found.nodes]
        # Slurm neither knows whether jobs run on a node that never came to it, nor undrains one.
        strange = [host for host in there if found.nodes[host][0] == "unknown"]
        there = [host for host in there if host not in strange]
        fresh = [host for host in there if found.nodes[host][0] not in OUT]
        refused = self._without_slurm(strange, "it never saw the node") if strange else {}
        refused |= self._drain(fresh) if fresh else {}
        waiting = [host for host in there if host not in refused]
        try:
            found, left = self._emptied(waiting)
        except KeyboardInterrupt:
            self.give_back([host for host in waiting if host in fresh])
            raise
        if found.silent:
            return refused | dict.fromkeys(waiting, f"Slurm does not answer: {found.silent}")
        why = f"jobs still run there after {self._wait_s:.0f} s (--drain-wait)"
        self.give_back(left)
        return refused | dict.fromkeys(left, why)

    def _emptied(self, hosts: Sequence[str]) -> tuple[Seen, list[str]]:
        """Wait until no job runs on nodes; return what is seen, and where jobs still run."""
        found, left, waited = Seen(), [*hosts], 0.0
        while left:
            found = self.look(hosts)
            left = found.busy(hosts)
            if not left or waited >= self._wait_s:
                break
            self._hands.wait(PAUSE_S)
            waited += PAUSE_S
        return found, left

    def _drain(self, hosts: Sequence[str]) -> dict[str, str]:
        made = [Drain(host, self._hands.run, self._hands.now()) for host in hosts]
        for drain in made:
            self._hands.drains.put(drain)
        names = f"NodeName={','.join(hosts)}"
        words = ("scontrol", "update", names, "State=DRAIN", f"Reason={made[0].reason}")
        answer = self._ask(self._head, words)
        if answer.succeeded:
            return {}
        said = answer.stderr.decode("utf-8", "backslashreplace").strip()[:200]
        return dict.fromkeys(hosts, f"Slurm does not drain it: {answer.reason or said}")

    def _without_slurm(self, hosts: Sequence[str], why: str) -> dict[str, str]:
        """Ask nodes themselves for jobs, where their Slurm does not tell."""
        refused = {}
        for answer in self._hands.shell.run(list(hosts), ("sh", "-c", JOBS), LIMITS):
            self._hands.keep(answer)
            if not answer.succeeded:
                refused[answer.node] = f"jobs may run there, and Slurm does not tell: {why}"
        return refused

    def give_back(self, hosts: Sequence[str]) -> dict[str, str]:
        """Undrain those of these nodes that we drained; return why one stays as it is."""
        ours = {h: d for h, d in self._hands.drains.open().items() if h in hosts}
        if not ours:
            return {}
        found = self.look(list(ours))
        if found.silent:
            return dict.fromkeys(ours, f"Slurm does not answer: {found.silent}")
        kept: dict[str, str] = {}
        back = []
        for host, drain in ours.items():
            state, reason = found.nodes.get(host, ("", ""))
            if drain.owns(reason):
                back.append(host)
                continue
            if state in OUT:
                kept[host] = f"somebody else drained it: {reason}"
            self._end(drain)
        if back:
            kept |= self._undrain({host: ours[host] for host in back})
        return kept

    def _undrain(self, ours: Mapping[str, Drain]) -> dict[str, str]:
        words = ("scontrol", "update", f"NodeName={','.join(ours)}", "State=UNDRAIN")
        answer = self._ask(self._head, words)
        if not answer.succeeded:
            said = answer.stderr.decode("utf-8", "backslashreplace").strip()[:200]
            return dict.fromkeys(ours, f"Slurm does not undrain it: {answer.reason or said}")
        for drain in ours.values():
            self._end(drain)
        return {}

    def hold(self, whys: Mapping[str, str]) -> None:
        """Say in Slurm why nodes that we drained stay drained."""
        ours = {h: d for h, d in self._hands.drains.open().items() if h in whys}
        found = self.look(list(ours)) if ours else Seen()
        for host, drain in ours.items():
            if drain.owns(found.nodes.get(host, ("", ""))[1]):
                reason = f"Reason={drain.reason}: {whys[host][:120]}"
                self._ask(
                    self._head,
                    ("scontrol", "update", f"NodeName={host}", "State=DRAIN", reason),
                )

    def _end(self, drain: Drain) -> None:
        self._hands.drains.put(replace(drain, ended=True, at=self._hands.now()))

    def _ask(self, host: str, words: tuple[str, ...]) -> Answer:
        (answer,) = self._hands.shell.run([host], words, LIMITS)
        self._hands.keep(answer)
        return answer


def held(hands: Hands) -> str:
    """Return the nodes that this tool drained and has not given back, folded; nothing if none."""
    hosts = list(hands.drains.open())
    return folded(hosts) if hosts else ""
