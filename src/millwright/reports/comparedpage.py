"""What became of parts on their way, on paper: for whoever receives them, and for the carrier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from millwright.model.comparison import Change, Comparison, Move, Shift, Stray
from millwright.reports.comparison import headline
from millwright.reports.judgement import TONES, mark
from millwright.reports.page import (
    SIMULATED,
    Cell,
    Fact,
    Facts,
    Field,
    Grid,
    Page,
    Points,
    Section,
    Signatures,
)

_PART = (Field("serial number", "code"), Field("where", "code"))
_VALUES = (Field("metric", "code"), Field("factory", "number"), Field("site", "number"))
_WHY = Field("why", share=2.5)
_VERDICT = Field("verdict", "mark")


def comparison_page(found: Comparison, *, by: str) -> Page:
    """Return the page of a comparison; what is wrong stands first, and nothing is left out."""
    return Page(
        what="Comparison of factory and site",
        title=f"{_short(found.fat)} and {_short(found.sat)}",
        first_line=f"{headline(found)}.",
        tone=TONES.get(found.verdict, "unknown"),
        sections=(
            Section("summary", "Summary", _summary(found)),
            Section("worse", "What travelled badly", (_worse(found.worse),)),
            Section("common", "What all parts of a kind did in common", (_shifts(found.shifts),)),
            Section("moved", "What is somewhere else", (_moved(found.moved),)),
            _strays("missing", "What did not arrive", found.missing),
            _strays("unmeasured", "What was not measured again", found.unmeasured),
            _strays("new", "What only the site has", found.new),
            Section("signatures", "Signatures", (_signed(found),)),
        ),
        by=by,
        notices=(SIMULATED,) if found.simulated else (),
        paper="landscape",
    )


def _short(name: str) -> str:
    """Return a run's or a file's name without its folder, which is no business of the reader."""
    return name.rpartition("/")[2]


def _of(metric: str, unit: str) -> str:
    return f"{metric}, {unit}" if unit else metric


def _summary(found: Comparison) -> tuple[Facts | Points, ...]:
    figures = (
        Fact("verdict", mark(found.verdict)),
        Fact("parts in both", found.parts),
        Fact("values compared", found.compared),
        Fact("parts worse", len({change.serial for change in found.worse})),
    )
    large = Facts(figures, large=True)
    return (large, Points(found.notes, "What this cannot tell")) if found.notes else (large,)


def _worse(changes: Sequence[Change]) -> Grid:
    fields = (_VERDICT, *_PART, *_VALUES, Field("change", "number", "%"), _WHY)
    return Grid(fields, tuple(map(_change, changes)), empty="Nothing is worse than before.")


def _change(each: Change) -> tuple[Cell, ...]:
    where = f"{each.node} {each.device}".rstrip() + (f" to {each.peer}" if each.peer else "")
    values = (_of(each.metric, each.unit), each.before, each.after, each.change_percent)
    return (mark(each.verdict), each.serial, where, *values, each.reason)


def _shifts(shifts: Iterable[Shift]) -> Grid:
    fields = (_VERDICT, *_VALUES, Field("values", "number"), _WHY)
    rows = tuple(
        (mark(s.verdict), _of(s.metric, s.unit), s.before, s.after, s.count, s.reason)
        for s in shifts
    )
    return Grid(fields, rows, empty="No kind of value changed as a whole.")


def _moved(moves: Iterable[Move]) -> Grid:
    fields = (
        _VERDICT,
        Field("from", "code"),
        Field("to", "code"),
        Field("serial numbers", "code", share=2),
        _WHY,
    )
    rows = tuple(
        (mark(m.verdict), m.origin, m.target, ", ".join(m.serials), m.reason) for m in moves
    )
    return Grid(fields, rows, empty="Every part that was found is where it was.")


def _strays(id_: str, title: str, strays: Iterable[Stray]) -> Section:
    rows = tuple((mark(s.verdict), s.serial, s.place, s.reason) for s in strays)
    return Section(id_, title, (Grid((_VERDICT, *_PART, _WHY), rows),))


def _signed(found: Comparison) -> Signatures:
    words = f"{found.parts} parts received as stated above; exceptions are listed by serial number."
    return Signatures(words, ("Integrator", "Carrier", "Customer"))
