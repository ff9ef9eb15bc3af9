"""Reads what earlier runs left in `runs/`: their chains, outputs, and how far they came."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from millwright.adapters.evidencelog import CHAIN, head_of
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from millwright.model.standing import Done
from millwright.reports.runs import EventTold, RunTold, tasks_of

MOST_BLOB = 4 << 20


def run_folder(workspace: Workspace, name: str) -> Path:
    """Return the folder of a run by its name, or by the start of it where only one has it.

    Raises MillwrightError where there is none, or several.
    """
    there = sorted(path for path in (workspace.root / "runs").glob("*") if path.is_dir())
    named = [path for path in there if path.name == name]
    found = named or [path for path in there if name and path.name.startswith(name)]
    if len(found) == 1:
        return workspace.inside(found[0])
    told = f"{len(found)} runs begin with {name!r}" if found else f"there is no run {name!r}"
    raise MillwrightError(told, hint="millwright deploy runs")


def phase_of(run: str) -> str:
    """Return what kind of run a name tells of."""
    return run.partition("-")[2]


def runs(workspace: Workspace, phases: Sequence[str], journal: Sequence[Done]) -> Iterator[RunTold]:
    """Yield the runs of some phases in short, in their order; `journal` has their verdicts."""
    by_run: dict[str, list[Done]] = {}
    for done in journal:
        by_run.setdefault(done.run, []).append(done)
    for path in sorted((workspace.root / "runs").glob("*")):
        if path.is_dir() and phase_of(path.name) in phases:
            yield _short(path, by_run.get(path.name, []))


def _short(path: Path, verdicts: Sequence[Done]) -> RunTold:
    lines, head = list(_lines(path)), head_of(path)
    counts: dict[str, int] = {}
    for done in {(v.host, v.role): v for v in verdicts}.values():
        counts[done.standing] = counts.get(done.standing, 0) + 1
    begun = _begun(path.name)
    last = [_time(line.get("at", "")) for line in lines[-1:]]
    first = _time(begun)
    seconds = (last[0] - first).total_seconds() if last and last[0] and first else None
    hosts = dict.fromkeys(
        [*(str(line.get("node", "")) for line in lines), *(v.host for v in verdicts)]
    )
    return RunTold(
        run=path.name,
        phase=phase_of(path.name),
        begun=begun,
        seconds=seconds,
        lines=len(lines),
        hosts=tuple(host for host in hosts if host),
        standings=counts,
        ended=head is not None and head.closed,
        simulated=any(line.get("simulated") for line in lines),
    )


def events(path: Path, verdicts: Sequence[Done]) -> list[EventTold]:
    """Return what a run did, in the order of its chain, each verdict after what it rests on."""
    found = [_event(path, line) for line in _lines(path)]
    for done in verdicts:
        word = {"failed": "FAIL", "unknown": "UNKNOWN"}.get(done.standing, done.standing)
        found.append(EventTold(done.at, done.host, done.role, word, done.detail))
    return sorted(found, key=lambda event: event.at[:19])


def _event(path: Path, line: dict[str, Any]) -> EventTold:
    argv = [str(word) for word in line.get("argv", ())]
    played = argv[:1] == ["ansible-playbook"]
    what = argv[1] if played and len(argv) > 1 else " ".join(argv[:3])
    status = line.get("exit_status")
    ended = "ok" if status == 0 else str(line.get("ended"))
    if line.get("ended") == "exit" and status:
        ended = f"exit {status}"
    detail = "" if status == 0 else _blob(path, line.get("stderr_ref")).decode("utf-8", "replace")
    tasks = tasks_of(_blob(path, line.get("stdout_ref"))) if played else ()
    short = " ".join(what.split())[:60]
    told = " ".join(detail.split())[:300]
    return EventTold(str(line.get("at", "")), str(line.get("node", "")), short, ended, told, tasks)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of a chain; a torn last one is what a kill leaves."""
    try:
        with open(path / CHAIN, "rb") as file:
            for raw in file:
                if raw.endswith(b"\n"):
                    line = json.loads(raw)
                    if isinstance(line, dict):
                        yield line
    except FileNotFoundError:
        return
    except (OSError, ValueError, RecursionError):
        raise MillwrightError(
            f"{path / CHAIN} cannot be read", hint="millwright evidence verify"
        ) from None


def _blob(path: Path, reference: Any) -> bytes:
    """Return an output beside a chain; a removed one is none."""
    name = str(reference or "")
    digest = name.removeprefix("blobs/")
    if not (name.startswith("blobs/") and len(digest) == 64 and digest.isalnum()):
        return b""
    try:
        with open(path / "blobs" / digest, "rb") as file:
            return file.read(MOST_BLOB)
    except OSError:
        return b""


def _begun(run: str) -> str:
    """Return the time in a run's name, as evidence writes it."""
    stamp = run.partition("-")[0]
    try:
        return f"{datetime.strptime(stamp, '%Y%m%dT%H%M%S.%fZ'):%Y-%m-%dT%H:%M:%SZ}"
    except ValueError:
        return ""


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
