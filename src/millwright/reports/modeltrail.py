"""The trail of models as a person reads it: one word a line, and whether it is signed."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.modelword import ModelWord, Trail
from millwright.reports.table import Table, left, right


def trail_table(trail: Trail) -> Table:
    """Return the words of a trail, the oldest first."""
    rows = tuple(
        (
            word.seq, word.at[:16], f"{word.model} {word.version}", word.kind,
            word.workload or "", f"{word.actor} ({word.role})",
            "signed" if word.seq in trail.signed else "not signed", word.reason,
        )
        for word in trail.words
    )  # fmt: skip
    columns = (
        *right("word"), *left("at", "model", "says", "workload", "by", "signature", "reason"),
    )  # fmt: skip
    return Table("Trail of models", columns, rows)


def word_lines(word: ModelWord, *, signed: bool) -> Iterator[str]:
    """Yield a word that was just said."""
    mark = "signed" if signed else "NOT SIGNED: `millwright evidence key` makes a key"
    about = f" for {word.workload}" if word.workload else ""
    yield f"{word.seq}  {word.model} {word.version}: {word.kind}{about}, by {word.actor}  {mark}"
