"""Reads what a node's program told of its parameters; what cannot be read is no fact."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from millwright.model.heard import Heard
from millwright.model.tuned import Facts, Instance, NodeState, Value

QUESTION = "tuning"
SCHEMA = "millwright.tuning-facts/1"


class Unread(ValueError):
    """Why nothing is known of a node."""


def facts_of(node: str, heard: Heard | None, *, simulated: bool = False) -> Facts:
    """Return what a node said. Raises Unread where it said nothing that can be read."""
    if heard is None:
        raise Unread("it was not asked")
    if not heard.whole:
        said = heard.errors.strip().splitlines()[-1:]
        raise Unread(heard.reason or "".join(said)[:200] or "its answer was cut, or no answer")
    try:
        told = json.loads(heard.text)
        if told["schema"] != SCHEMA:
            raise Unread("its answer is of another kind")
        return _facts(node, told, simulated=simulated)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        told_why = str(error) if isinstance(error, Unread) else "its answer cannot be read"
        raise Unread(told_why) from None


def _facts(node: str, told: Mapping[str, Any], *, simulated: bool) -> Facts:
    host = told["host"]
    return Facts(
        node=node,
        boot_id=str(told["boot_id"]),
        values=tuple(_value(row) for row in _unfolded(told["values"])),
        failed={(str(kind), str(key)): str(why) for kind, key, why in told["failed"]},
        persisted=dict(_persisted(row) for row in _unfolded(told["persisted"])),
        state=_state(told["state"]),
        files=tuple(str(path) for path in told["files"]),
        virtual=str(host["virtual"]),
        system=str(host["system"]),
        vendor=str(host["vendor"]),
        server=str(host["server"]),
        mounts=tuple((str(place), tuple(map(str, words))) for place, words in host["mounts"]),
        simulated=simulated,
    )


def _value(row: Mapping[str, Any]) -> Value:
    return Value(
        kind=str(row["kind"]),
        key=str(row["key"]),
        instance=str(row["instance"]),
        value=str(row["value"]),
        ideal=str(row["ideal"]),
        among=tuple(map(str, row["among"])),
        fixed=row.get("fixed") is True,
    )


def _persisted(row: Mapping[str, Any]) -> tuple[Instance, tuple[str, str]]:
    place = (str(row["kind"]), str(row["key"]), str(row["instance"]))
    return place, (str(row["value"]), str(row["by"]))


def _state(told: Mapping[str, Any]) -> NodeState:
    pending = told["pending"]
    rows = {
        "saved": list(_unfolded(told["saved"])),
        "pending": None if pending is None else list(_unfolded(pending)),
    }
    return NodeState.model_validate_json(json.dumps({**told, **rows}))


def _unfolded(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield a row for each instance: nodes tell those that are alike together."""
    for row in rows:
        rest = {key: value for key, value in row.items() if key != "instances"}
        yield from ({**rest, "instance": str(each)} for each in row["instances"])
