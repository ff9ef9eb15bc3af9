"""Every drill on paper: what was promised, what was measured, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from millwright.model.drill import DrillFigure, DrillRecord
from millwright.reports.drill import shown
from millwright.reports.page import Field, Grid, Mark, Notice, Page, Paragraph, Section, Tone

TONES: dict[str, Tone] = {"PASS": "good", "WARN": "warn", "UNKNOWN": "unknown", "FAIL": "bad"}


def drill_page(factory: str, at: str, records: Sequence[DrillRecord]) -> Page:
    """Return the page of drills, the latest first."""
    simulated = any(each.simulated for each in records)
    notice = Notice("SIMULATED", "Drills marked so took nothing away from real machines.", "warn")
    latest = list(reversed(records))
    return Page(
        what="Drills",
        title=factory,
        first_line=f"{len(records)} drills; the latest first",
        sections=(
            Section("drills", "All drills", (_all(latest),)),
            *(Section(each.id, f"{each.kind}, {each.opened[:16]}", tuple(_one(each)))
              for each in latest),
        ),
        made=at,
        by="millwright manage drill report",
        notices=(notice,) if simulated else (),
    )  # fmt: skip


def _mark(record: DrillRecord) -> Mark:
    word = str(record.verdict or record.stands)
    return Mark(word, TONES.get(word, "plain"))


def _all(records: Sequence[DrillRecord]) -> Grid:
    fields = (
        Field("drill", "code", share=2.0), Field("kind"), Field("nodes"), Field("verdict", "mark"),
        Field("why", share=3.0),
    )  # fmt: skip
    rows = tuple(
        (each.id, each.kind, ", ".join(each.plan.nodes), _mark(each),
         ("SIMULATED  " if each.simulated else "") + each.why)
        for each in records
    )  # fmt: skip
    return Grid(fields, rows, empty="No drill was run yet.")


def _one(record: DrillRecord) -> Iterator[Grid | Paragraph]:
    by = record.confirmed_by or record.actor
    yield Paragraph(f"Run by {by}; {'; '.join(record.plan.touches)}.")
    fields = (Field("figure", share=2.0), Field("measured"), Field("promised", share=2.0),
              Field("verdict", "mark"), Field("why", share=3.0))  # fmt: skip
    yield Grid(fields, tuple(_row(each) for each in record.figures), empty="Nothing was measured.")
    if record.runs:
        yield Paragraph(f"Evidence: {', '.join(record.runs)}.")


def _row(figure: DrillFigure) -> tuple[str, str, str, Mark, str]:
    goal = figure.objective
    word = str(figure.verdict) if figure.verdict else "told"
    promised = f"{goal.told} ({goal.source})" if goal else "nothing"
    return (
        figure.what, shown(figure), promised, Mark(word, TONES.get(word, "plain")), figure.why
    )  # fmt: skip
