"""The files of an export for an auditor: collected from the store, and checked again elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from millwright.adapters.evidencecheck import TOMBSTONES, verify
from millwright.adapters.evidencekeys import Signers, signers_file, signers_in
from millwright.adapters.evidencelog import BEGUN, CHAIN, HEAD
from millwright.adapters.evidencestore import SEALS, lines_of, run_folders, stored, unsealed
from millwright.adapters.papers import papers, sheet
from millwright.adapters.parcelfile import content_of
from millwright.adapters.statementbook import StatementBook, books, heard_in
from millwright.adapters.workspace import Workspace
from millwright.model.audit import Audit, Line, Wanted, drawn
from millwright.model.evidence import Verified
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
    gaps += unsealed(workspace, seals.statements)
    if not seals.statements:
        gaps.append("nothing is sealed: a run taken away as a whole would not be missed")
    if seals.broken:
        gaps.append(f"the book of seals is broken at line {seals.broken}: {seals.reason}")
    return Audit(
        name, wanted, tuple(population), sample, tuple(kept(asked, wanted.last)), tuple(gaps)
    )


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
        files |= _run_files(folder, outputs)
        there = {ref for line in lines_of(folder) for ref in _references(line)}
        left_out[folder.name] = sorted(ref.removeprefix("blobs/") for ref in there - outputs)
    for book in books(workspace):
        files[f"evidence/{book.path.name}"] = book.path.read_bytes()
    listed = signers_file(workspace)
    if listed.is_file():
        files[SIGNERS] = listed.read_bytes()
    document = {"schema": "millwright.evidence-left-out/1", "outputs": left_out}
    files[LEFT_OUT] = json.dumps(document, indent=1).encode() + b"\n"
    return files


def _references(line: Mapping[str, object]) -> set[str]:
    return {str(line[key]) for key in ("stdout_ref", "stderr_ref") if line.get(key)}


def _run_files(folder: Path, outputs: set[str]) -> dict[str, bytes]:
    place = f"runs/{folder.name}"
    named = [CHAIN, HEAD, BEGUN, *sorted(outputs)]
    named += [f"{TOMBSTONES}/{path.name}" for path in sorted((folder / TOMBSTONES).glob("*.json"))]
    return {
        f"{place}/{name}": (folder / name).read_bytes()
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

    Without signers, those that the export lists are taken.
    """
    trusted = signers if signers is not None else signers_in(folder / SIGNERS)
    left_out = json.loads((folder / LEFT_OUT).read_bytes())["outputs"]
    workspace = Workspace(folder)
    found = {
        each.name: verify(each, trusted, frozenset(left_out.get(each.name, ())))
        for each in run_folders(workspace)
    }
    wrong = [
        f"runs/{name} is broken at line {run.broken}: {run.reason}"
        for name, run in found.items()
        if run.broken
    ]
    heard = {book.path.name: heard_in(book.path, trusted) for book in books(workspace)}
    wrong += [
        f"evidence/{name} is broken at line {book.broken}: {book.reason}"
        for name, book in heard.items()
        if book.broken
    ]
    seals = heard.get(f"{SEALS}.jsonl")
    if seals is not None:
        wrong += unsealed(workspace, seals.statements, frozenset(found))
    return Rechecked(found, tuple(wrong), sum(map(len, left_out.values())))
