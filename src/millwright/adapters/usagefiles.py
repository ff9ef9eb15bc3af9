"""Reads what a machine was used for: Slurm's accounting and events, incidents, storage.

Whatever cannot be read of accounting or events refuses the whole file: hours that are missing look
like hours in which nothing happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from millwright.errors import InputError, MillwrightError, Problem
from millwright.model.base import Frozen, ShortText
from millwright.model.usage import Job, Outage, Trouble
from millwright.probes.reading import Problem as Trouble_
from millwright.probes.sacct import read_table
from millwright.probes.sacct_json import read_document
from millwright.probes.sacctmgr_events import read_events

MOST_BYTES = 2 << 30
MOST_PROBLEMS = 20
T = TypeVar("T")


class _Tried(Frozen):
    remedy: ShortText
    succeeded: bool


class _Incident(Frozen):
    """One line of an incidents file."""

    id: ShortText
    node: ShortText
    fault: ShortText
    began: str | None = None
    noticed: str
    closed: str | None = None
    remedies: tuple[_Tried, ...] = ()
    simulated: bool = False


class _Stored(Frozen):
    """One line of a storage file."""

    at: str
    used_bytes: Annotated[float, Field(ge=0)]


def read_jobs(path: Path, zone: tzinfo) -> tuple[Job, ...]:
    """Return the runs of a file of `sacct`, as a table between bars or as JSON."""
    text = _text(path)
    return jobs_of(text, zone, str(path))


def jobs_of(text: str, zone: tzinfo, name: str) -> tuple[Job, ...]:
    """Return the runs of an output. Raises InputError, naming lines, where one cannot be read."""
    bare = text.removeprefix("\ufeff").lstrip()
    jobs, problems = read_document(text) if bare.startswith("{") else read_table(text, zone)
    _refuse(name, problems, "an output of sacct --parsable2 or --json, whole")
    if jobs and not any(job.gpus for job in jobs):
        raise MillwrightError(
            f"{name}: no job says how many GPUs it had",
            hint="AccountingStorageTRES=gres/gpu in slurm.conf makes Slurm keep them",
        )
    return tuple(jobs)


def read_outages(path: Path, zone: tzinfo, planned: Sequence[str]) -> tuple[Outage, ...]:
    """Return the outages of a file of `sacctmgr show event`."""
    return outages_of(_text(path), zone, planned, str(path))


def outages_of(text: str, zone: tzinfo, planned: Sequence[str], name: str) -> tuple[Outage, ...]:
    """Return the outages of an output. Raises InputError where a line cannot be read."""
    outages, problems = read_events(text, zone, planned)
    _refuse(name, problems, "an output of sacctmgr --parsable2 show event, whole")
    return tuple(outages)


def _refuse(name: str, problems: Sequence[Trouble_], expected: str) -> None:
    if problems:
        told = (Problem(name, each.line or 0, 1 if each.line else 0, "", each.message, expected)
                for each in problems[:MOST_PROBLEMS])  # fmt: skip
        raise InputError(tuple(told))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise MillwrightError(f"{path} is larger than {MOST_BYTES >> 30} GiB")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise MillwrightError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise MillwrightError(f"{path} is no text: byte {error.start} is no UTF-8") from None


def read_troubles(path: Path, zone: tzinfo) -> tuple[Trouble, ...]:
    """Return the incidents of a file of JSON lines: id, node, fault, began, noticed, closed,
    remedies (remedy, succeeded). Raises InputError with every wrong line."""

    def taken(raw: Any) -> Trouble:
        row = _Incident.model_validate(raw)
        began, closed = (_moment(each, zone) for each in (row.began, row.closed))
        noticed = _moment(row.noticed, zone)
        assert noticed is not None
        if closed is not None and closed < noticed:
            raise ValueError("closed before it was noticed")
        remedies = tuple((each.remedy, each.succeeded) for each in row.remedies)
        return Trouble(row.id, row.node, row.fault, began, noticed, closed, remedies,
                       row.simulated)  # fmt: skip

    return _lines(path, taken, "an incident: id, node, fault, noticed, and began, closed, remedies")


def read_storage(path: Path, zone: tzinfo) -> tuple[tuple[int, float], ...]:
    """Return bytes in use by time, of a file of JSON lines: at, used_bytes."""

    def taken(raw: Any) -> tuple[int, float]:
        row = _Stored.model_validate(raw)
        moment = _moment(row.at, zone)
        assert moment is not None
        return moment, row.used_bytes

    return _lines(path, taken, "at and used_bytes")


def _moment(text: str | None, zone: tzinfo) -> int | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return int((found if found.tzinfo else found.replace(tzinfo=zone)).timestamp())


def _lines(path: Path, taken: Callable[[Any], T], expected: str) -> tuple[T, ...]:
    found: list[T] = []
    problems: list[Problem] = []
    for number, line in _numbered(_text(path)):
        try:
            found.append(taken(json.loads(line)))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(str(part) for part in first["loc"])
            told = str(first["msg"])[:120]
            problems.append(Problem(str(path), number, 1, key, told, expected))
        except (ValueError, RecursionError) as error:
            problems.append(Problem(str(path), number, 1, "", str(error)[:120], expected))
    if problems:
        raise InputError(tuple(problems[:MOST_PROBLEMS]))
    return tuple(found)


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if line.strip():
            yield number, line
