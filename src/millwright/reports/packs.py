"""Rule books as they are known: status, from when, and how well they were held against sources."""

from __future__ import annotations

from typing import Any

from millwright.model.compliance import Books
from millwright.reports.compliance import status_word
from millwright.reports.table import Table, left


def pack_table(books: Books, day: str) -> Table:
    """Return one row a pack, with its status on a day."""
    rows = tuple(
        (pack.id, status_word(pack.status, pack.applies_from, day), pack.applies_from or "",
         pack.source_checked, pack.read, len(books.of(pack.id)), pack.title)
        for pack in books.packs.values()
    )  # fmt: skip
    columns = left("pack", "status", "applies from", "source checked", "read", "paragraphs", "what")
    return Table("Rule books", columns, rows)


def paragraph_table(books: Books, pack: str, day: str) -> Table:
    """Return the paragraphs of a pack, with what answers them."""
    told = books.packs[pack]
    status = status_word(told.status, told.applies_from, day)
    rows = tuple(
        (rule.ref, rule.words, rule.level, status, ", ".join(rule.controls))
        for rule in books.of(pack)
    )
    columns = left("paragraph", "asks for", "level", "status", "controls")
    return Table(books.packs[pack].title, columns, rows)


def pack_document(books: Books, pack: str | None) -> dict[str, Any]:
    """Return packs, or one with its paragraphs and controls, as JSON."""
    head = {"schema": "millwright.compliance-packs/1"}
    if pack is None:
        return {**head, "packs": [each.model_dump(mode="json") for each in books.packs.values()]}
    rules = books.of(pack)
    names = dict.fromkeys(name for rule in rules for name in rule.controls)
    return {
        **head,
        "packs": [books.packs[pack].model_dump(mode="json")],
        "rules": [rule.model_dump(mode="json") for rule in rules],
        "controls": [books.controls[name].model_dump(mode="json") for name in names],
    }
