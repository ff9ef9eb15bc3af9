"""An order as a node reads it, and its answer as it is understood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from millwright.manage.tune.hands import Changed
from millwright.manage.tune.orders import NodeOrder
from millwright.ports import Answer

CANNOT = ("Read-only file system", "Permission denied", "Operation not permitted")
"""What a kernel tells a container that may not set something."""


def given(order: NodeOrder, program: str) -> bytes:
    """Return what a node reads; `program` is kept there for its next start."""
    writes = [
        {
            "kind": each.place[0],
            "key": each.place[1],
            "instance": each.place[2],
            "set": each.value,
            "expect": list(each.expect),
            "force": order.force,
        }
        for each in order.writes
    ]
    saved = [each.model_dump(mode="json") for each in order.saved]
    said = {"generation": order.generation, "writes": writes, "saved": saved}
    return json.dumps({**said, "force": order.force, "program": program}).encode()


def changed(answer: Answer, *, container: bool = False) -> Changed:
    """Return what a node made of its order; one that said nothing may have done all or nothing."""
    if not answer.succeeded:
        said = answer.stderr.decode("utf-8", "backslashreplace").strip().splitlines()[-1:]
        reason = answer.reason or "".join(said)[:200] or answer.ended
        return Changed(answer.node, reason, answered=answer.ended == "exit")
    try:
        told = json.loads(answer.stdout)
        rows = [(_name(row), row) for row in told["writes"]]
        reason = str(told["refused"])
        files = tuple(str(each) for each in told.get("files", ()))
    except (ValueError, RecursionError, KeyError, TypeError):
        return Changed(answer.node, "it said nothing that can be read", answered=False)
    failed, untestable = list(files), list[str]()
    for name, row in rows:
        if row["ended"] == "changed":
            failed.append(f"{name}: changed meanwhile to {row['value']}")
        elif row["ended"] == "failed":
            mine = container and any(word in row["reason"] for word in CANNOT)
            (untestable if mine else failed).append(f"{name}: {row['reason']}")
    return Changed(answer.node, reason, True, tuple(failed), tuple(untestable))


def drained_by(answer: Answer) -> frozenset[str] | str:
    """Return the nodes that `sinfo --Node --format=%N|%T` calls drained: nobody works there.

    One that still drains has work. Else why Slurm does not tell.
    """
    if not answer.succeeded:
        said = answer.stderr.decode("utf-8", "backslashreplace").strip()
        return answer.reason or said[:200] or "Slurm does not answer"
    rows = [line.split("|") for line in answer.stdout.decode(errors="replace").splitlines()]
    return frozenset(row[0] for row in rows if len(row) == 2 and row[1] == "drained")


def _name(row: Mapping[str, Any]) -> str:
    return " ".join(str(row[key]) for key in ("key", "instance") if row[key])
