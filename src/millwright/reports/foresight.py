"""What a deployment would do, before it does: steps and why, whom it disturbs, what runs there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from millwright.model.nodeset import folded
from millwright.reports.table import Table, left, right


@dataclass(frozen=True, slots=True)
class StepAhead:
    """One role on one host: why in a word, because of what by name, and what it restarts."""

    role: str
    host: str
    why: str
    because: tuple[str, ...] = ()
    restarts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HitAhead:
    """One host that is disturbed: what is restarted there, and what waits for a reboot."""

    host: str
    restarts: tuple[str, ...]
    reboots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkAhead:
    """What runs now, in words; `unknown` says why nothing is known of it.

    A job is its number, its user, its state and its hosts.
    """

    told: str
    unknown: str = ""
    jobs: tuple[tuple[str, str, str, tuple[str, ...]], ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimeAhead:
    """How long it takes, in words, and in seconds where there is a history."""

    told: str
    seconds: float | None
    at_least: bool
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """Everything that is told of a plan; `refused` says why it would not be carried out."""

    steps: tuple[StepAhead, ...]
    done: int
    hits: tuple[HitAhead, ...]
    work: WorkAhead
    time: TimeAhead
    gone: tuple[str, ...]
    refused: tuple[str, ...]
    simulated: bool


def ahead_table(ahead: Ahead) -> Table:
    """Return the steps, hosts folded that have the same one for the same reason.

    What a role could restart stands there only where it does: on a new host nothing runs yet.
    """
    running = {hit.host: frozenset(hit.restarts) for hit in ahead.hits}
    same: dict[tuple[str, str, str], list[str]] = {}
    for step in ahead.steps:
        why = f"{step.why}: {'; '.join(step.because)}" if step.because else step.why
        there = running.get(step.host, frozenset())
        restarts = ", ".join(each for each in step.restarts if each in there)
        same.setdefault((step.role, why, restarts), []).append(step.host)
    rows = tuple(
        (role, folded(hosts), len(hosts), why, restarts)
        for (role, why, restarts), hosts in same.items()
    )
    columns = (*left("role", "hosts"), *right("count"), *left("why", "restarts"))
    mark = " · SIMULATED" if ahead.simulated else ""
    return Table(f"{len(ahead.steps)} steps to do, {ahead.done} stand already{mark}", columns, rows)


def ahead_lines(ahead: Ahead) -> Iterator[str]:
    """Yield what stands below the steps."""
    if ahead.steps:
        yield from _hit_lines(ahead.hits)
        yield f"runs now: {ahead.work.told}"
        yield f"takes: {ahead.time.told}"
    yield from gone_lines(ahead.gone)
    for reason in ahead.refused:
        yield f"would be refused: {reason}"


def gone_lines(gone: Sequence[str]) -> Iterator[str]:
    """Yield a line on hosts that the ledger knows and the design does not."""
    if gone:
        names = folded(gone)
        yield f"in the ledger but not in the design: {names} ({len(gone)}); deploy forget {names}"


def _hit_lines(hits: Sequence[HitAhead]) -> Iterator[str]:
    if not hits:
        yield "disturbs: nothing that runs there is restarted"
    for what, named in (("restarts", "disturbs"), ("reboots", "may need a reboot")):
        same: dict[tuple[str, ...], list[str]] = {}
        for hit in hits:
            if words := getattr(hit, what):
                same.setdefault(words, []).append(hit.host)
        for words, hosts in same.items():
            yield f"{named}: {folded(hosts)} ({len(hosts)}): {', '.join(words)}"


def ahead_document(ahead: Ahead) -> dict[str, Any]:
    """Return it as JSON."""
    work, time = ahead.work, ahead.time
    return {
        "schema": "millwright.deploy-plan/1",
        "simulated": ahead.simulated,
        "done": ahead.done,
        "steps": [_document(step) for step in ahead.steps],
        "disturbs": [_document(hit) for hit in ahead.hits],
        "work": {
            "known": not work.unknown,
            "unknown": work.unknown,
            "jobs": [
                dict(zip(("id", "user", "state", "hosts"), (*job[:3], list(job[3])), strict=True))
                for job in work.jobs
            ],
            "nodes": dict(work.states),
        },
        "time": {
            "seconds": time.seconds if time.seconds is None else round(time.seconds, 1),
            "at_least": time.at_least,
            "without_history": list(time.without),
        },
        "not_in_design": list(ahead.gone),
        "refused": list(ahead.refused),
    }


def _document(value: StepAhead | HitAhead) -> dict[str, Any]:
    found = {key: getattr(value, key) for key in type(value).__dataclass_fields__}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()}
