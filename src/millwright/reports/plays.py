"""What a playbook came to on many nodes, folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millwright.errors import Exit
from millwright.model.nodeset import folded
from millwright.ports import Played


def played_lines(outcomes: Sequence[Played]) -> list[str]:
    """Return one line for all nodes with the same outcome, the largest group first."""
    same: dict[str, list[str]] = {}
    for outcome in outcomes:
        same.setdefault(_told(outcome), []).append(outcome.node)
    groups = sorted(same.items(), key=lambda group: (-len(group[1]), group[0]))
    return [f"{folded(nodes)} ({len(nodes)})  {words}" for words, nodes in groups]


def _told(outcome: Played) -> str:
    place = f", by {outcome.ran_on}" if outcome.ran_on else ""
    if outcome.ended == "ok":
        return f"ok  {outcome.tasks} tasks, {outcome.changed} changed{place}"
    word = "FAIL" if outcome.ended == "failed" else f"UNKNOWN  {outcome.ended}"
    task = f" at '{outcome.task}'" if outcome.task else ""
    return f"{word}{task}: {outcome.reason}{place}"


def worst_of(outcomes: Sequence[Played]) -> Exit:
    """Return the status of the whole: no if any failed, unanswered if some only did not answer."""
    if any(outcome.ended == "failed" for outcome in outcomes):
        return Exit.NO
    return Exit.DONE if all(o.ended == "ok" for o in outcomes) else Exit.UNANSWERED


def played_document(
    outcomes: Sequence[Played], playbook: str, run: str, *, simulated: bool
) -> dict[str, Any]:
    """Return the outcomes as JSON tells them, by node."""
    return {
        "schema": "millwright.play/1",
        "run": run,
        "playbook": playbook,
        "simulated": simulated,
        "nodes": {o.node: _node(o) for o in sorted(outcomes, key=lambda o: o.node)},
    }


def _node(outcome: Played) -> dict[str, Any]:
    keys = ("ended", "tasks", "changed", "task", "reason", "ran_on")
    told = {key: getattr(outcome, key) for key in keys}
    return {**told, "duration_s": round(outcome.duration_s, 3)}
