"""All evidence of a workspace, whichever phase wrote it: its runs, its books, and their seals.

A seal names how far every run and every book had come. It is signed and kept outside of the runs,
so that a run that was taken away as a whole, or cut, is known by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from millwright.adapters.casefiles import manifest
from millwright.adapters.evidencecheck import verify
from millwright.adapters.evidencekeys import Signer, Signers
from millwright.adapters.evidencelog import CHAIN, head_of
from millwright.adapters.statementbook import BrokenBook, StatementBook, books
from millwright.adapters.workspace import Workspace
from millwright.model.evidence import FIRST
from millwright.model.retention import StoredRun
from millwright.model.statement import Said, Statement

SEALS = "seals"
DOCUMENTS = ("factory.yaml", "factory.lock.json", "design/decisions.json")
"""What every phase stands on: sealed with the day, and free to change afterwards."""


def run_folders(workspace: Workspace) -> list[Path]:
    """Return the folders of all runs that keep evidence, oldest first."""
    return sorted(path.parent for path in (workspace.root / "runs").glob(f"*/{CHAIN}"))


def lines_of(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a chain that can be read; `verify` tells of the others."""
    with open(folder / CHAIN, "rb") as file:
        for raw in file:
            try:
                line = json.loads(raw)
            except (ValueError, RecursionError):
                continue
            if isinstance(line, dict):
                yield line


def stored(workspace: Workspace, signers: Signers) -> list[StoredRun]:
    """Return all runs as they are kept, each walked from its first line to its last."""
    return [_stored(folder, signers) for folder in run_folders(workspace)]


def _stored(folder: Path, signers: Signers) -> StoredRun:
    found = verify(folder, signers)
    times, simulated = [], False
    for line in lines_of(folder):
        times.append(str(line.get("at", "")))
        simulated = simulated or bool(line.get("simulated"))
    return StoredRun(
        run=folder.name, phase=folder.name.partition("-")[2], lines=found.lines,
        begun=times[0] if times else None, ended=times[-1] if times else None, tail=found.tail,
        broken=f"line {found.broken}: {found.reason}" if found.broken else "",
        removed=found.removed, simulated=simulated,
    )  # fmt: skip


def seal(workspace: Workspace, signer: Signer, at: str, actor: str) -> Statement:
    """Sign how far all runs and books have come, and the digests of what phases stand on."""
    others = [book for book in books(workspace) if book.path.stem != SEALS]
    there = [path for name in DOCUMENTS if (path := workspace.root / name).is_file()]
    body = {
        "runs": {folder.name: _end(folder) for folder in run_folders(workspace)},
        "books": {book.path.stem: _written(book) for book in others},
        "documents": {file.name: file.sha256 for file in manifest(workspace.root, there)},
    }
    return StatementBook(workspace, SEALS).say(Said(at, actor, "seal", body), signer)


def _end(folder: Path) -> dict[str, Any]:
    last: Mapping[str, Any] = {"seq": 0, "hash": FIRST}
    for line in lines_of(folder):
        last = line
    head = head_of(folder)
    return {"seq": last.get("seq"), "hash": last.get("hash"), "closed": bool(head and head.closed)}


def _written(book: StatementBook) -> dict[str, Any]:
    lines = book.path.read_bytes().splitlines()
    try:
        statement = Statement.model_validate_json(lines[-1]) if lines else None
    except ValidationError:
        raise BrokenBook(
            f"the last line of {book.path} is no statement", hint="millwright evidence verify"
        ) from None
    return {"seq": len(lines), "hash": statement.digest() if statement else FIRST}


def unsealed(
    workspace: Workspace, seals: Sequence[Statement], only: Set[str] | None = None
) -> list[str]:
    """Return what was sealed once and is not there any more as it was: name by name, with why.

    With `only`, those runs alone are looked for: an export carries a part of them.
    """
    runs: dict[str, tuple[str, Mapping[str, Any]]] = {}
    kept: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for each in seals:
        runs |= {name: (each.at, end) for name, end in each.body.get("runs", {}).items()}
        kept |= {name: (each.at, end) for name, end in each.body.get("books", {}).items()}
    faults = []
    for name, (at, end) in sorted(runs.items()):
        if only is not None and name not in only:
            continue
        fault = _run_fault(workspace.root / "runs" / name, end)
        faults += [f"runs/{name}: sealed at {at} with {end['seq']} lines, {fault}"] if fault else []
    for name, (at, end) in sorted(kept.items()):
        fault = _book_fault(StatementBook(workspace, name).path, end)
        told = f"evidence/{name}.jsonl: sealed at {at} with {end['seq']} statements, {fault}"
        faults += [told] if fault else []
    return faults


def _run_fault(folder: Path, end: Mapping[str, Any]) -> str:
    if not (folder / CHAIN).is_file():
        return "and is gone"
    wanted = end["seq"]
    if wanted == 0:
        return ""
    for line in lines_of(folder):
        if line.get("seq") == wanted:
            return "" if line.get("hash") == end["hash"] else "and its lines are others now"
    return "and has fewer now"


def _book_fault(path: Path, end: Mapping[str, Any]) -> str:
    lines = path.read_bytes().splitlines() if path.is_file() else []
    if not lines and end["seq"]:
        return "and is gone"
    if len(lines) < end["seq"]:
        return "and has fewer now"
    if end["seq"] == 0:
        return ""
    try:
        statement = Statement.model_validate_json(lines[end["seq"] - 1])
    except ValidationError:
        return "and its statements are others now"
    return "" if statement.digest() == end["hash"] else "and its statements are others now"
