"""The files of an export for an auditor: collected from the store, and checked again elsewhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from millwright.adapters.evidencecheck import TOMBSTONES, verify
from millwright.adapters.evidencekeys import Signers, signers_file, signers_in
from millwright.adapters.evidencelog import BEGUN, CHAIN, HEAD
from millwright.adapters.evidencestore import SEALS, lines_of, run_folders, stored, unsealed
from millwright.adapters.papers import papers, sheet
from millwright.adapters.parcelfile import content_of
from millwright.adapters.statementbook import StatementBook, books, heard_in
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from millwright.model.audit import Audit, Line, Wanted, drawn
from millwright.model.evidence import Digest, Verified
from millwright.model.retention import StoredRun, kept
from millwright.reports.audit import POPULATION, RUNS, audit_page, population_rows, run_rows

SIGNERS = "signers.pub"
LEFT_OUT = "left-out.json"


def audit_of(workspace: Workspace, name: str, wanted: Wanted) -> Audit:
    """Return the population of a period and its sample. Broken chains give the lines that hold."""
    signers = signers_in(signers_file(workspace))
    runs = [run for run in stored(workspace, signers) if _phase_wanted(run.phase, wanted)]
    whole = {run.run: run.lines for run in runs}
    population: list[Line] = []
    for folder in run_folders(workspace):
        for number, line in enumerate(lines_of(folder), start=1):
            if number > whole.get(folder.name, 0):
                break
            if f"{wanted.first}" <= str(line["at"])[:10] <= f"{wanted.last}":
                population.append(Line.of(folder.name, line))
    there = {line.run for line in population}
    asked = [run for run in runs if run.run in there or (run.broken and not run.lines)]
    sample = drawn(population, wanted.sample, wanted.seed)
    seals = StatementBook(workspace, SEALS).heard(signers)
    gaps = list(_gaps(asked, sample, workspace))
    gone = unsealed(workspace, seals.statements)
    gaps += gone
    if not seals.statements:
        gaps.append("nothing is sealed: a run taken away as a whole would not be missed")
    if seals.broken:
        gone.append(f"the book of seals is broken at line {seals.broken}: {seals.reason}")
        gaps.append(gone[-1])
    return Audit(
        name, wanted, tuple(population), sample, tuple(kept(asked, wanted.last)), tuple(gaps),
        tuple(gone),
    )  # fmt: skip


def _phase_wanted(phase: str, wanted: Wanted) -> bool:
    return not wanted.phases or phase in wanted.phases


def _gaps(runs: Sequence[StoredRun], sample: Sequence[Line], workspace: Workspace) -> Iterator[str]:
    for run in runs:
        yield from _gaps_of(run)
    for line in sample:
        for reference in line.outputs:
            if not (workspace.root / "runs" / line.run / reference).is_file():
                yield f"{reference} of {line.run}, line {line.seq}, is in the sample and not there"


def _gaps_of(run: StoredRun) -> Iterator[str]:
    if run.broken:
        yield f"{run.run} is broken at {run.broken}; what follows is not in the population"
    elif run.tail == "open":
        yield f"{run.run} was cut off: it is signed up to a line before its last"
    elif run.tail == "not protected":
        yield f"{run.run} is not signed: lines may be missing behind its last"
    if run.removed:
        yield f"{run.removed} outputs of {run.run} were removed, each by a signed word"


def audit_files(workspace: Workspace, audit: Audit, by: str) -> dict[str, bytes]:
    """Return the files of an export by their paths in it."""
    stem = Path("report")
    files = {
        str(path): content_of(write) for path, write in papers(stem, audit_page(audit, by)).items()
    }
    rows = list(population_rows(audit.population, audit.sample))
    chosen = POPULATION.index("in_sample")
    files["population.csv"] = content_of(sheet(POPULATION, rows))
    files["sample.csv"] = content_of(sheet(POPULATION, [r for r in rows if r[chosen] == "yes"]))
    files["runs.csv"] = content_of(sheet(RUNS, run_rows(audit.runs)))
    left_out: dict[str, list[str]] = {}
    for each in audit.runs:
        folder = workspace.root / "runs" / each.run.run
        outputs = {o for line in audit.sample if line.run == folder.name for o in line.outputs}
        files |= _run_files(workspace, folder, outputs)
        there = {ref for line in lines_of(folder) for ref in _references(line)}
        left_out[folder.name] = sorted(ref.removeprefix("blobs/") for ref in there - outputs)
    for book in books(workspace):
        files[f"evidence/{book.path.name}"] = book.path.read_bytes()
    listed = signers_file(workspace)
    if listed.is_file():
        files[SIGNERS] = workspace.inside(listed).read_bytes()
    document = {"schema": "millwright.evidence-left-out/1", "outputs": left_out}
    files[LEFT_OUT] = json.dumps(document, indent=1).encode() + b"\n"
    return files


def _references(line: Mapping[str, object]) -> set[str]:
    return {str(line[key]) for key in ("stdout_ref", "stderr_ref") if line.get(key)}


def _run_files(workspace: Workspace, folder: Path, outputs: set[str]) -> dict[str, bytes]:
    """Return what is packed of a run. Raises MillwrightError where a link leads elsewhere: what
    lies there belongs to nobody who reads the archive."""
    place = f"runs/{folder.name}"
    named = [CHAIN, HEAD, BEGUN, *sorted(outputs)]
    named += [f"{TOMBSTONES}/{path.name}" for path in sorted((folder / TOMBSTONES).glob("*.json"))]
    return {
        f"{place}/{name}": workspace.inside(folder / name).read_bytes()
        for name in named
        if (folder / name).is_file()
    }


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What an export's chains and books came to on another machine."""

    runs: dict[str, Verified]
    wrong: tuple[str, ...]
    left_out: int


def recheck(folder: Path, signers: Signers | None) -> Rechecked:
    """Walk the chains, books and seals of an unpacked export that is whole.

    Without signers, those that the export lists are taken. What no export is made of is told as
    wrong, whoever signed it.
    """
    try:
        trusted = signers if signers is not None else signers_in(folder / SIGNERS)
        left_out = _left_out(folder)
        wrong = list(_sample_faults(folder, left_out))
    except MillwrightError as error:
        return Rechecked({}, (error.message,), 0)
    found, more = _walked(Workspace(folder), trusted, left_out)
    return Rechecked(found, (*wrong, *more), sum(map(len, left_out.values())))


def _left_out(folder: Path) -> dict[str, frozenset[str]]:
    try:
        told = json.loads((folder / LEFT_OUT).read_bytes())["outputs"]
        return _OUTPUTS.validate_python(told)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise MillwrightError(f"{LEFT_OUT} does not say what was left out") from None


_OUTPUTS = TypeAdapter(dict[str, frozenset[Digest]])


def _sample_faults(folder: Path, left_out: Mapping[str, Set[str]]) -> Iterator[str]:
    """Yield lines of the sample that their chain does not have, or whose outputs were left out."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for place in run_folders(Workspace(folder)):
        lines |= {(place.name, str(line.get("seq"))): line for line in lines_of(place)}
    try:
        with open(folder / "sample.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        raise MillwrightError("sample.csv does not tell the sample") from None
    for row in rows:
        run, number = str(row.get("run")), str(row.get("line"))
        line = lines.get((run, number))
        if line is None or line.get("hash") != row.get("hash"):
            yield f"the sample has line {number} of {run}, which its chain has not"
            continue
        for reference in sorted(_references(line)):
            if reference.removeprefix("blobs/") in left_out.get(run, ()):
                yield f"{reference} of {run}, line {number}, is in the sample and was left out"


def _walked(
    workspace: Workspace, trusted: Signers, left_out: Mapping[str, Set[str]]
) -> tuple[dict[str, Verified], list[str]]:
    """Return what chains came to, and what is wrong with them, the books and what was sealed."""
    found = {
        each.name: verify(each, trusted, left_out.get(each.name, frozenset()))
        for each in run_folders(workspace)
    }
    wrong = [
        f"runs/{name} is broken at line {run.broken}: {run.reason}"
        for name, run in found.items()
        if run.broken
    ]
    try:
        heard = {book.path.name: heard_in(book.path, trusted) for book in books(workspace)}
    except MillwrightError as error:
        return found, [*wrong, error.message]
    wrong += [
        f"evidence/{name} is broken at line {book.broken}: {book.reason}"
        for name, book in heard.items()
        if book.broken
    ]
    seals = heard.get(f"{SEALS}.jsonl")
    if seals is not None:
        try:
            wrong += unsealed(workspace, seals.statements, frozenset(found))
        except (MillwrightError, KeyError, TypeError, AttributeError):
            wrong.append(f"a seal of evidence/{SEALS}.jsonl is none")
    return found, wrong
