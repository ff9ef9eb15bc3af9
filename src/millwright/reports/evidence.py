"""What walking chains of evidence found, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from millwright.model.evidence import Verified
from millwright.model.statement import Heard


def verified_lines(found: Mapping[str, Verified]) -> Iterator[str]:
    """Yield one line a run."""
    for run, checked in found.items():
        yield f"{run}  {_state(checked)}"


def _state(checked: Verified) -> str:
    if checked.broken:
        return f"broken at line {checked.broken}: {checked.reason}; {checked.lines} lines hold"
    outputs = "1 output" if checked.removed == 1 else f"{checked.removed} outputs"
    removed = f", {outputs} removed by right" if checked.removed else ""
    lines = "1 line" if checked.lines == 1 else f"{checked.lines} lines"
    return f"{lines}, whole{_answered(checked)}{removed}; {_tail(checked)}"


def _answered(checked: Verified) -> str:
    if checked.asked is None or checked.answered >= checked.asked:
        return ""
    return f", {checked.answered} of {checked.asked} nodes answered"


def _tail(checked: Verified) -> str:
    if checked.tail == "protected":
        return f"signed to its end by {checked.signer}"
    if checked.tail == "open":
        return f"cut off: signed to line {checked.signed_to} by {checked.signer}"
    return "tail not protected"


def book_lines(books: Mapping[str, Heard]) -> Iterator[str]:
    """Yield one line a book of signed statements."""
    for name, heard in books.items():
        count = len(heard.statements)
        told = "1 statement" if count == 1 else f"{count} statements"
        if heard.broken:
            yield f"{name}  broken at line {heard.broken}: {heard.reason}; {told} hold"
        else:
            last = f", the last at {heard.statements[-1].at}" if heard.statements else ""
            yield f"{name}  {told}, each signed{last}"


def verified_document(
    found: Mapping[str, Verified],
    books: Mapping[str, Heard] | None = None,
    gone: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the same as JSON; `tail_protected` holds for the whole."""
    keys = (
        "lines",
        "broken",
        "reason",
        "tail",
        "signed_to",
        "signer",
        "removed",
        "asked",
        "answered",
    )
    return {
        "schema": "millwright.evidence-check/1",
        "tail_protected": all(checked.tail == "protected" for checked in found.values()),
        "runs": [
            {"run": run, **{key: getattr(checked, key) for key in keys}}
            for run, checked in found.items()
        ],
        "books": [
            {
                "book": name,
                "statements": len(heard.statements),
                "broken": heard.broken,
                "reason": heard.reason,
            }
            for name, heard in (books or {}).items()
        ],
        "gone": list(gone),
    }
