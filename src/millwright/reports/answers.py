"""Answers of many nodes, folded: nodes that said the same stand in one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from millwright.errors import Exit
from millwright.model.nodeset import folded
from millwright.ports import Answer

SCHEMA = "millwright.exec/1"


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes with one answer: how it ended, in words, and what was said.

    `alike` says that they differ in identities (UUIDs) only, which `text` then leaves out;
    `simulated` that any of them is no real node.
    """

    nodes: str
    count: int
    ended: str
    text: str
    alike: bool = False
    simulated: bool = False


IDENTITY = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)
"""A UUID: no two devices have the same, and so no two nodes would ever say the same."""


def grouped(answers: Sequence[Answer], *, exact: bool = False) -> tuple[Group, ...]:
    """Return the answers folded, the largest group first.

    Answers that differ in UUIDs only are one, unless `exact`.
    """
    same: dict[tuple[str, str], list[Answer]] = {}
    for answer in answers:
        text = _text(answer)
        same.setdefault((_ended(answer), text if exact else _masked(text)), []).append(answer)
    groups = [_group(ended, text, members) for (ended, text), members in same.items()]
    return tuple(sorted(groups, key=lambda group: (-group.count, group.nodes)))


def _masked(text: str) -> str:
    return IDENTITY.sub("<UUID>", text)


def _group(ended: str, masked: str, members: Sequence[Answer]) -> Group:
    texts = {_text(member) for member in members}
    alike = len(texts) > 1
    text = masked if alike else texts.pop()
    nodes, simulated = folded([m.node for m in members]), any(m.simulated for m in members)
    return Group(nodes, len(members), ended, text, alike, simulated)


def _ended(answer: Answer) -> str:
    if answer.succeeded:
        return "ok"
    if answer.ended == "exit":
        return f"FAIL  exit {answer.exit_status}"
    word = "UNKNOWN" if answer.ended == "lost" else "FAIL"
    return f"{word}  {answer.ended}: {answer.reason}"


def _text(answer: Answer) -> str:
    text = (answer.stdout + answer.stderr).decode("utf-8", "backslashreplace")
    if answer.dropped_bytes:
        text += f"\n({answer.dropped_bytes} more bytes were not kept)"
    return text


def worst(answers: Sequence[Answer]) -> Exit:
    """Return the status of the whole: no if any failed, unanswered if some only did not answer."""
    if any(not answer.succeeded and answer.ended != "lost" for answer in answers):
        return Exit.NO
    return Exit.UNANSWERED if any(a.ended == "lost" for a in answers) else Exit.DONE


def exec_document(answers: Sequence[Answer], run: str, *, simulated: bool) -> dict[str, Any]:
    """Return the answers as JSON tells them, by node."""
    return {
        "schema": SCHEMA,
        "run": run,
        "simulated": simulated or any(answer.simulated for answer in answers),
        "argv": list(answers[0].argv) if answers else [],
        "nodes": {answer.node: _node(answer) for answer in sorted(answers, key=lambda a: a.node)},
    }


def _node(answer: Answer) -> dict[str, Any]:
    return {
        "ended": answer.ended,
        "exit_status": answer.exit_status,
        "duration_s": round(answer.duration_s, 3),
        "stdout": answer.stdout.decode("utf-8", "backslashreplace"),
        "stderr": answer.stderr.decode("utf-8", "backslashreplace"),
        "dropped_bytes": answer.dropped_bytes,
        "reason": answer.reason,
    }
