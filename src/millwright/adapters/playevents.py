"""What Ansible tells while it works, gathered into one outcome a node."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from millwright.ports import Played, PlayEnded

MOST_SAID = 1 << 20
"""Bytes of tasks kept of each node."""


@dataclass(slots=True)
class _Node:
    tasks: int = 0
    changed: int = 0
    task: str = ""
    reason: str = ""
    said: bytearray = field(default_factory=bytearray)


def _unheard(task: str) -> None:
    """Nobody listens."""
    del task


class Events:
    """Takes the events of one run of Ansible; afterwards tells what came of each node.

    `heard` is told of each task as it begins, in the thread that reads what Ansible says.
    """

    def __init__(
        self, nodes: Sequence[str], ran_on: str = "", heard: Callable[[str], None] = _unheard
    ) -> None:
        self._heard = heard
        self._nodes = {node: _Node() for node in nodes}
        self._ended: dict[str, PlayEnded] = {}
        self._ran_on = ran_on
        self._begun = time.monotonic()
        self._words = ""

    def take(self, event: Mapping[str, Any]) -> bool:
        """Take one event; the answer tells ansible-runner to keep no file of it."""
        kind, data = str(event.get("event", "")), event.get("event_data") or {}
        if kind == "playbook_on_stats":
            self._end(data)
        elif kind in ("playbook_on_task_start", "playbook_on_handler_task_start"):
            self._heard(str(data.get("task", "")))
        elif kind == "verbose" or (kind == "error" and event.get("stdout")):
            self._words = str(event.get("stdout", "")).strip() or self._words
        node = self._nodes.get(str(data.get("host", "")))
        if node is not None and kind in _OUTCOMES:
            self._note(node, kind, data)
        return False

    def _end(self, stats: Mapping[str, Any]) -> None:
        """Take the last word on each host: a failure that a play rescued is none."""
        for host in stats.get("processed") or {}:
            self._ended[str(host)] = "ok"
        for host in stats.get("failures") or {}:
            self._ended[str(host)] = "failed"
        for host in stats.get("dark") or {}:
            self._ended[str(host)] = "unreachable"

    def _note(self, node: _Node, kind: str, data: Mapping[str, Any]) -> None:
        result = data.get("res") or {}
        outcome, reason = _OUTCOMES[kind], _reason(result)
        if outcome == "failed" and data.get("ignore_errors"):
            outcome = "ok"
        node.tasks += 1
        node.changed += bool(result.get("changed"))
        line = {"task": data.get("task"), "ended": outcome, "changed": result.get("changed")}
        line |= {"at": data.get("start"), "duration_s": data.get("duration")}
        said = json.dumps({**line, "said": reason}).encode() + b"\n"
        node.said += said if len(node.said) + len(said) <= MOST_SAID else b""
        if outcome != "ok":
            node.reason = reason
            node.task = str(data.get("task", ""))

    def outcomes(self, lost: str) -> list[Played]:
        """Return what came of each node; `lost` is why Ansible told no end of the others."""
        spent = time.monotonic() - self._begun
        return [self._outcome(name, node, spent, lost) for name, node in self._nodes.items()]

    def _outcome(self, name: str, node: _Node, spent: float, lost: str) -> Played:
        ended: PlayEnded = self._ended.get(name, "lost")
        well = ended == "ok"
        reason = "" if well else node.reason or self._words[:300] or lost
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
        )


_OUTCOMES: dict[str, PlayEnded] = {
    "runner_on_ok": "ok",
    "runner_on_failed": "failed",
    "runner_on_unreachable": "unreachable",
}


def _reason(result: Mapping[str, Any]) -> str:
    """Return what a task said of itself, in one line."""
    for key in ("msg", "stderr", "module_stderr", "stdout"):
        if text := str(result.get(key) or "").strip():
            return " ".join(text.split())[:500]
    return ""
