"""Earlier runs, told again from what they left: who was asked what, and how it came out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from millwright.model.nodeset import folded
from millwright.reports.table import Table, left, right


@dataclass(frozen=True, slots=True)
class RunTold:
    """One run in short. `ended` is false where it was cut off, and no process ended its chain."""

    run: str
    phase: str
    begun: str
    seconds: float | None
    lines: int
    hosts: tuple[str, ...]
    standings: Mapping[str, int]
    ended: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class TaskTold:
    """One task of a play on one host, as Ansible told it."""

    task: str
    ended: str
    changed: bool
    said: str


@dataclass(frozen=True, slots=True)
class EventTold:
    """One thing that a run did on a host: a play, a question, or a verdict."""

    at: str
    host: str
    what: str
    ended: str
    detail: str = ""
    tasks: tuple[TaskTold, ...] = ()


def runs_table(runs: Sequence[RunTold]) -> Table:
    """Return the runs, the latest last."""
    rows = tuple(
        (
            run.run,
            run.begun,
            None if run.seconds is None else round(run.seconds),
            folded(run.hosts) if run.hosts else "",
            ", ".join(f"{count} {word}" for word, count in run.standings.items()),
            ("ended" if run.ended else "cut off") + (" · SIMULATED" if run.simulated else ""),
        )
        for run in runs
    )
    columns = (*left("run", "begun"), *right("seconds"), *left("hosts", "roles", "end"))
    return Table("Runs", columns, rows)


def tasks_of(raw: bytes) -> tuple[TaskTold, ...]:
    """Return the tasks that a play left, one line of JSON each; what is none is passed by."""
    found: list[TaskTold] = []
    for line in raw.splitlines():
        try:
            told: dict[str, Any] = json.loads(line)
            words = (str(told["task"]), str(told["ended"]))
        except (ValueError, KeyError, TypeError):
            continue
        found.append(TaskTold(*words, bool(told.get("changed")), str(told.get("said") or "")))
    return tuple(found)


def event_lines(events: Iterable[EventTold]) -> Iterator[tuple[str, str]]:
    """Yield a time and a line for each thing that hosts did alike, one after another."""
    for group in _alike(events):
        first = group[0]
        hosts = folded([event.host for event in group])
        detail = f"  {first.detail}" if first.detail else ""
        count = len(group)
        yield (
            first.at,
            f"{first.at[11:19]}  {first.what:24} {hosts} ({count})  {first.ended}{detail}",
        )
        for task in first.tasks:
            mark = "changed" if task.changed else task.ended
            said = f"  {task.said}" if task.ended not in ("ok",) else ""
            yield first.at, f"{'':10}  {mark:8} {task.task}{said}"


def _alike(events: Iterable[EventTold]) -> Iterator[list[EventTold]]:
    """Yield neighbours of which the same is to be told."""
    group: list[EventTold] = []
    for event in events:
        if group and _key(group[0]) != _key(event):
            yield group
            group = []
        group.append(event)
    if group:
        yield group


def _key(event: EventTold) -> tuple[Any, ...]:
    tasks = tuple((task.task, task.ended, task.changed) for task in event.tasks)
    return (event.what, event.ended, event.detail, tasks)
