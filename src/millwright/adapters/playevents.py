"""What Ansible tells while it works, gathered into one outcome a node and play."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from millwright.ports import Play, Played, PlayEnded

MOST_SAID = 1 << 20
"""Bytes of tasks kept of each node and play."""


@dataclass(slots=True)
class _Node:
    """What one node did in one play; `last` is how its latest task came out."""

    tasks: int = 0
    changed: int = 0
    task: str = ""
    reason: str = ""
    last: str = ""
    said: bytearray = field(default_factory=bytearray)


Heard = Callable[[str, str], None]
"""Takes a playbook and the task of it that begins."""


def unheard(playbook: str, task: str) -> None:
    """Stand where nobody listens."""
    del playbook, task


@dataclass(frozen=True, slots=True)
class Ears:
    """Who is told of what happens, in the thread that reads what Ansible says.

    `tell` gets what came of each node as soon as its play is over; `heard` each task that begins.
    """

    tell: Callable[[Played], None] | None = None
    heard: Heard = unheard


class Events:
    """Takes the events of one run of Ansible, and tells what came of each node of each play.

    A play is over when the next one begins: a node is well then whose last task was, since Ansible
    gives a node no task after one that failed and was not rescued. (With `always` it would: no play
    of ours has one.) The last play is over with Ansible's own count.
    """

    def __init__(self, plays: Sequence[Play], ran_on: str = "", ears: Ears | None = None) -> None:
        self._plays = list(plays)
        self._nodes = [{node: _Node() for node in play.nodes} for play in plays]
        self._stats: dict[str, PlayEnded] | None = None
        self._out: set[str] = set()
        self._ran_on = ran_on
        ears = ears or Ears()
        self._tell = ears.tell or self._keep
        self._heard = ears.heard
        self._kept: list[Played] = []
        self._at = 0
        self._closed = 0
        self._begun = time.monotonic()
        self._words = ""

    def take(self, event: Mapping[str, Any]) -> bool:
        """Take one event; the answer tells ansible-runner to keep no file of it."""
        kind, data = str(event.get("event", "")), event.get("event_data") or {}
        if kind == "playbook_on_play_start":
            self._begin(str(data.get("pattern") or data.get("play_pattern") or ""))
        elif kind == "playbook_on_stats":
            self._end(data)
        elif kind in ("playbook_on_task_start", "playbook_on_handler_task_start"):
            self._heard(self._plays[self._at].playbook, str(data.get("task", "")))
        elif kind == "verbose" or (kind == "error" and event.get("stdout")):
            self._words = str(event.get("stdout", "")).strip() or self._words
        node = self._nodes[self._at].get(str(data.get("host", "")))
        if node is not None and kind in _OUTCOMES:
            self._note(node, kind, data)
        return False

    def _begin(self, pattern: str) -> None:
        """Note that a play begins, and tell those before it."""
        groups = [group_of(play.playbook) for play in self._plays]
        if pattern in groups:
            self._at = groups.index(pattern)
            while self._closed < self._at:
                self._close(dict.fromkeys(self._nodes[self._closed], "ok"), "")

    def _end(self, stats: Mapping[str, Any]) -> None:
        """Take the last word on each host: a failure that a play rescued is none."""
        self._stats = {str(host): "ok" for host in stats.get("processed") or {}}
        self._stats |= {str(host): "failed" for host in stats.get("failures") or {}}
        self._stats |= {str(host): "unreachable" for host in stats.get("dark") or {}}

    def _note(self, node: _Node, kind: str, data: Mapping[str, Any]) -> None:
        result = data.get("res") or {}
        reason = _reason(result)
        outcome = _outcome(kind, data, reason)
        node.last = outcome
        if kind == "runner_on_skipped":
            return
        node.tasks += 1
        node.changed += bool(result.get("changed"))
        line = {"task": data.get("task"), "ended": outcome, "changed": result.get("changed")}
        said = json.dumps({**line, "said": reason}).encode() + b"\n"
        node.said += said if len(node.said) + len(said) <= MOST_SAID else b""
        if outcome != "ok":
            node.reason = reason
            node.task = str(data.get("task", ""))

    def outcomes(self, lost: str) -> list[Played]:
        """Close what is open, when Ansible has ended; return what was not told yet.

        `lost` is why Ansible told no end of nodes.
        """
        if self._closed <= self._at < len(self._plays):
            self._close(self._stats or {}, lost)
        while self._stats is None and self._closed < len(self._plays):
            self._close({}, lost)
        kept, self._kept = self._kept, []
        return kept

    def left(self) -> list[Play]:
        """Return the plays that Ansible did not begin, with the nodes that are well.

        Ansible stops altogether where a play fails on all of its nodes.
        """
        rest = [
            Play(play.playbook, tuple(node for node in play.nodes if node not in self._out))
            for play in self._plays[self._closed :]
        ]
        return [play for play in rest if play.nodes]

    def _close(self, ends: Mapping[str, PlayEnded], lost: str) -> None:
        play, nodes = self._plays[self._closed], self._nodes[self._closed]
        spent = time.monotonic() - self._begun
        self._closed, self._begun = self._closed + 1, time.monotonic()
        for name in play.nodes:
            if name in self._out:
                continue
            outcome = self._outcome((play.playbook, name), nodes[name], ends, (spent, lost))
            if outcome.ended != "ok":
                self._out.add(name)
            self._tell(outcome)

    def _outcome(
        self,
        what: tuple[str, str],
        node: _Node,
        ends: Mapping[str, PlayEnded],
        told: tuple[float, str],
    ) -> Played:
        (playbook, name), (spent, lost) = what, told
        ended: PlayEnded = ends.get(name, "lost")
        if ended == "ok" or (ended, node.last) == ("failed", "unreachable"):
            ended = _LAST.get(node.last, "lost")
        well = ended == "ok"
        reason = "" if well else node.reason or self._words[:300] or lost or _UNTOLD
        return Played(
            name,
            ended,
            spent,
            node.tasks,
            node.changed,
            "" if well else node.task,
            reason,
            self._ran_on,
            bytes(node.said),
            playbook=playbook,
        )

    def _keep(self, outcome: Played) -> None:
        self._kept.append(outcome)


def group_of(playbook: str) -> str:
    """Return the group of an inventory that holds the nodes of a playbook."""
    return "on_" + playbook.removesuffix(".yml").replace("-", "_")


_OUTCOMES: dict[str, PlayEnded] = {
    "runner_on_ok": "ok",
    "runner_on_skipped": "ok",
    "runner_on_failed": "failed",
    "runner_on_unreachable": "unreachable",
}
_LAST: dict[str, PlayEnded] = {"ok": "ok", "failed": "failed", "unreachable": "unreachable"}
_HUNG_UP = (
    "the respondent Context has disconnected",
    "Channel closed by remote end",
    "Mitogen was disconnected from the remote environment",
    "no route to Context",
)
"""What strategies that keep a Python on hosts say of one that is lost, and call failed."""
_UNTOLD = "Ansible told nothing of it"


def _outcome(kind: str, data: Mapping[str, Any], reason: str) -> PlayEnded:
    """Return how a task came out: a host that was lost meanwhile has not failed."""
    outcome = _OUTCOMES[kind]
    if outcome != "failed":
        return outcome
    if any(words in reason for words in _HUNG_UP):
        return "unreachable"
    return "ok" if data.get("ignore_errors") else "failed"


def _reason(result: Mapping[str, Any]) -> str:
    """Return what a task said of itself, in one line."""
    for key in ("msg", "stderr", "module_stderr", "stdout"):
        if text := str(result.get(key) or "").strip():
            return " ".join(text.split())[:500]
    return ""
