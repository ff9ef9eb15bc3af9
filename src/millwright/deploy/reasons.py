"""Why a role is done again: which of the things that it reads are not what they were.

A step's inputs are kept under the digest that the ledger notes for it, so that the next plan can
lay what was beside what is and name the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from millwright.deploy.inputs import Inputs
from millwright.deploy.plan import Plan, Step
from millwright.deploy.role import Role
from millwright.model.standing import Done

FILES = "its play"
"""The name under which a role's own files are kept: each with its digest."""
MOST_NAMED = 6
MOST_SHOWN = 40


class Memory(Protocol):
    """Where the inputs of steps are kept, by their digest."""

    def inputs(self, input_hash: str) -> Mapping[str, Any] | None:
        """Return what was read then; nothing where it was not kept."""
        ...


class Reading:
    """What roles read now; the factory's part is made once for all hosts."""

    def __init__(self, inputs: Inputs, files: Mapping[str, Mapping[str, str]]) -> None:
        self._inputs = inputs
        self._files = files
        self._factory = inputs.factory.model_dump(mode="json")
        self._nodes: dict[str, dict[str, Any]] = {}

    def of(self, role: Role, host: str) -> dict[str, Any]:
        """Return everything that a role on a host depends on, by name."""
        if host not in self._nodes:
            self._nodes[host] = self._inputs.nodes[host].model_dump(mode="json")
        whole = {"factory": self._factory, "node": self._nodes[host]}
        read = {path: _at(whole, path) for path in role.reads}
        return {FILES: dict(self._files.get(role.name, {})), **read}


def _at(whole: Mapping[str, Any], path: str) -> Any:
    value: Any = whole
    for key in path.split("."):
        value = value[key]
    return value


def reasons(
    made: Plan, rows: Mapping[tuple[str, str], Done], reading: Reading, memory: Memory
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return what is to be said of each step beyond one word, by role and host.

    For a changed one the names of what changed, for a failed one what was found then. Steps with
    the same two digests have changed alike and are compared once.
    """
    told: dict[tuple[str, str], tuple[str, ...]] = {}
    compared: dict[tuple[str, str], tuple[str, ...]] = {}
    for step in made.steps:
        before = rows.get((step.host, step.role.name))
        if before is None:
            continue
        if step.why != "changed":
            told[step.role.name, step.host] = (before.detail,) if before.detail else ()
            continue
        key = (before.input_hash, step.input_hash)
        if key not in compared:
            compared[key] = _compared(step, before, reading, memory)
        told[step.role.name, step.host] = compared[key]
    return told


def _compared(step: Step, before: Done, reading: Reading, memory: Memory) -> tuple[str, ...]:
    if not before.input_hash:
        return (before.detail,)
    was = memory.inputs(before.input_hash)
    if was is None:
        return ("what it read then was not kept",)
    found = tuple(differences(was, reading.of(step.role, step.host)))
    put_back = (before.detail,) if before.standing == "unknown" and before.detail else ()
    return (*put_back, *_fewer(found))


def _fewer(found: Sequence[str]) -> tuple[str, ...]:
    if len(found) <= MOST_NAMED:
        return tuple(found)
    return (*found[:MOST_NAMED], f"and {len(found) - MOST_NAMED} more")


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs, each by the name of the innermost thing that does."""
    for path in dict.fromkeys((*was, *now)):
        if path == FILES:
            yield from _files(was.get(path, {}), now.get(path, {}))
        elif path not in was:
            yield f"{path} is read now"
        elif path not in now:
            yield f"{path} is no longer read"
        else:
            yield from _differ(path, was[path], now[path])


def _files(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Yield which of a play's files differ; several of one role's are told together."""
    told: dict[str, list[str]] = {}
    for name in sorted({*was, *now}):
        if was.get(name) != now.get(name):
            word = "changed" if name in was and name in now else "new" if name in now else "gone"
            told.setdefault("/".join(name.split("/")[:2]), []).append(f"{name} {word}")
    for place, files in told.items():
        yield f"{FILES}: {files[0] if len(files) == 1 else f'{len(files)} files of {place}'}"


def _differ(path: str, was: Any, now: Any) -> Iterator[str]:
    if was == now:
        return
    if isinstance(was, dict) and isinstance(now, dict):
        yield from _of_named(path, was, now, "{}.{}")
    elif isinstance(was, list) and isinstance(now, list):
        yield from _of_named(path, _named(was), _named(now), "{}[{}]")
    else:
        yield f"{path} {_shown(was)} -> {_shown(now)}"


def _of_named(
    path: str, was: Mapping[str, Any], now: Mapping[str, Any], form: str
) -> Iterator[str]:
    for key in dict.fromkeys((*was, *now)):
        inner = form.format(path, key)
        if key not in was:
            yield f"{inner} is new"
        elif key not in now:
            yield f"{inner} is gone"
        else:
            yield from _differ(inner, was[key], now[key])


def _named(values: Sequence[Any]) -> dict[str, Any]:
    """Return the members of a list by their own names, or by themselves where they are plain."""
    named: dict[str, Any] = {}
    for number, value in enumerate(values):
        name = str(number)
        if isinstance(value, dict):
            keys = ("name", "key", "item", "names", "id")
            name = next((str(value[key]) for key in keys if value.get(key)), name)
        elif not isinstance(value, list):
            name = str(value)
        named[name if name not in named else f"{name}#{number}"] = value
    return named


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."
