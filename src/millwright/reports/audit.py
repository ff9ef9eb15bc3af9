"""Evidence for an auditor: the population of a period, the sample, and what is not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from millwright.model.audit import METHOD, Audit, Line
from millwright.model.retention import SOURCE, YEARS, Kept
from millwright.reports.page import (
    SIMULATED,
    Fact,
    Facts,
    Field,
    Grid,
    Mark,
    Page,
    Paragraph,
    Points,
    Section,
    Tone,
)
from millwright.reports.table import Column, Table, left

POPULATION = (
    "run", "line", "at", "actor", "node", "serial", "boot_id", "argv", "ended", "exit_status",
    "duration_s", "redacted", "simulated", "hash", "in_sample", "outputs",
)  # fmt: skip
RUNS = ("run", "phase", "lines", "begun", "ended", "tail", "broken", "outputs_removed", "simulated",
        "kept_until", "past")  # fmt: skip
TAILS: dict[str, Tone] = {"protected": "good", "open": "warn", "not protected": "unknown"}
TOLD = {
    "protected": "signed to its end", "open": "signed, cut off", "not protected": "not signed"
}  # fmt: skip


def population_rows(lines: Sequence[Line], sample: Sequence[Line]) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a population, each saying whether it is in the sample."""
    chosen = {(line.run, line.seq) for line in sample}
    for line in lines:
        yield (
            line.run, line.seq, line.at, line.actor, line.node, line.serial, line.boot_id,
            " ".join(line.argv), line.ended, line.exit_status, line.duration_s,
            _yes(line.redacted), _yes(line.simulated), line.hash,
            _yes((line.run, line.seq) in chosen), " ".join(line.outputs),
        )  # fmt: skip


def run_rows(runs: Sequence[Kept]) -> Iterator[tuple[object, ...]]:
    """Yield the rows of runs with how long each is kept."""
    for each in runs:
        run = each.run
        yield (
            run.run, run.phase, run.lines, run.begun, run.ended, run.tail, run.broken, run.removed,
            _yes(run.simulated), f"{each.until}", _yes(each.past),
        )  # fmt: skip


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def retention_table(runs: Sequence[Kept], years: int = YEARS) -> Table:
    """Return how long each run is kept at least, as a table of a screen."""
    columns = (*left("run", "from", "to"), Column("lines", "right"),
               *left("chain", "kept at least until", ""))  # fmt: skip
    rows = tuple(
        (k.run.run, _day(k.run.begun), _day(k.run.ended), k.run.lines, _chain(k), f"{k.until}",
         f"{years} years are past" if k.past else "")
        for k in runs
    )  # fmt: skip
    return Table("Evidence and how long it is kept", columns, rows)


def _day(at: str | None) -> str:
    return at[:10] if at else ""


def _chain(each: Kept) -> str:
    return f"broken at {each.run.broken}" if each.run.broken else TOLD[each.run.tail]


def retention_document(
    runs: Sequence[Kept], gone: Sequence[str], today: date, years: int
) -> dict[str, Any]:
    """Return the same as JSON."""
    listed = [dict(zip(RUNS, row, strict=True)) for row in run_rows(runs)]
    return {
        "schema": "millwright.evidence-retention/1", "at": f"{today}", "years": years,
        "source": SOURCE, "runs": listed, "gone": list(gone), "deleted": 0,
    }  # fmt: skip


def audit_page(audit: Audit, by: str) -> Page:
    """Return what an auditor reads first."""
    wanted = audit.wanted
    runs, lines = len(audit.runs), len(audit.population)
    first = (
        f"{lines:,} commands on nodes between {wanted.first} and {wanted.last}, kept in "
        f"{runs:,} run{'' if runs == 1 else 's'}; {len(audit.sample):,} of them drawn as a sample, "
        "with their outputs."
    )
    broken = any(each.run.broken for each in audit.runs)
    return Page(
        what="Evidence for an audit",
        title=audit.name,
        first_line=first,
        sections=(_method(audit), _gaps(audit), _runs(audit), _sample(audit), _layout()),
        made=max((line.at for line in audit.population), default=""),
        by=by,
        tone="bad" if broken else "plain",
        notices=(SIMULATED,) if audit.simulated else (),
        facts=(
            Fact("Phases", ", ".join(sorted(wanted.phases)) or "all"),
            Fact("Start value of the drawing", wanted.seed),
        ),
        paper="landscape",
    )


def _method(audit: Audit) -> Section:
    figures = (
        Fact("Population", len(audit.population), "population.csv"),
        Fact("Sample", len(audit.sample), "sample.csv"),
        Fact("Runs", len(audit.runs), "runs.csv"),
        Fact("Nodes", len({line.node for line in audit.population})),
    )
    kept = f"Nothing of this store is ever deleted. {SOURCE}."
    blocks = (Facts(figures, large=True), Paragraph(METHOD), Paragraph(kept))
    return Section("method", "Population and sample", blocks)


def _gaps(audit: Audit) -> Section:
    if not audit.gaps:
        told: Paragraph | Points = Paragraph(
            "Every run of the period is whole, signed to its last line and sealed."
        )
    else:
        told = Points(audit.gaps)
    return Section("gaps", "What is not there, or not protected", (told,))


def _runs(audit: Audit) -> Section:
    fields = (
        Field("run", "code", share=2.0), Field("phase", "code"), Field("lines", "number"),
        Field("from"), Field("to"), Field("chain", "mark"), Field("kept at least until"),
    )  # fmt: skip
    rows = tuple(
        (k.run.run, k.run.phase, k.run.lines, k.run.begun, k.run.ended, _chain_mark(k),
         f"{k.until}, past" if k.past else f"{k.until}")
        for k in audit.runs
    )  # fmt: skip
    return Section("runs", "Runs", (Grid(fields, rows, empty="No run in this period."),))


def _chain_mark(each: Kept) -> Mark:
    if each.run.broken:
        return Mark("broken", "bad")
    return Mark(TOLD[each.run.tail], TAILS[each.run.tail])


def _sample(audit: Audit) -> Section:
    fields = (
        Field("at", "code"), Field("node", "code"), Field("by"), Field("command", "code", share=3),
        Field("ended"), Field("status", "number"), Field("run and line", "code", share=2),
    )  # fmt: skip
    rows = tuple(
        (s.at, s.node, s.actor, " ".join(s.argv)[:200], s.ended, s.exit_status, f"{s.run} {s.seq}")
        for s in audit.sample
    )
    return Section("sample", "The sample", (Grid(fields, rows, empty="Nothing to draw from."),))


def _layout() -> Section:
    fields = (Field("file", "code"), Field("what it is", share=3.0))
    rows = (
        ("population.csv", "every command of the period, one a row, with its hash"),
        ("sample.csv", "those of them that were drawn"),
        (
            "runs.csv",
            f"runs, how whole their chains are, how long they are kept ({YEARS} years)",
        ),
        ("runs/RUN/evidence.jsonl", "the whole chain of a run, as it was written"),
        ("runs/RUN/evidence.head.json", "how far it had come, signed"),
        ("runs/RUN/blobs/", "outputs of the sample, named by their SHA-256"),
        ("evidence/", "signed statements, and seals over all runs"),
        ("signers.pub", "whose signatures the site trusts"),
        ("left-out.json", "outputs that were not drawn: their digests stand in the chains"),
        ("VERIFY.txt", "how to check all of it, with millwright or without"),
    )
    return Section("files", "What lies in this archive", (Grid(fields, rows),))
