"""What became of parts on their way, told to a person: what is wrong first, all of it named."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.model.comparison import Change, Comparison, Shift, Stray


def headline(found: Comparison) -> str:
    """Return the answer in one line, and whether it is simulated."""
    mark = "SIMULATED  " if found.simulated else ""
    counts = (
        (len({change.serial for change in found.worse}), "travelled badly"),
        (len(found.shifts), "changes in common"),
        (len(found.moved), "moves"),
        (len(found.missing), "missing"),
        (len(found.new), "new"),
        (len(found.unmeasured), "not measured again"),
    )
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return (
        f"{mark}{found.verdict}  {found.parts} parts by serial number, {found.compared} values "
        f"compared: {told or 'nothing changed for the worse'}"
    )


def comparison_lines(found: Comparison) -> Iterator[str]:
    """Yield one line a finding."""
    yield from (_shift(each) for each in found.shifts)
    yield from (_change(each) for each in found.worse)
    yield from (f"moved      {each.verdict:8}{each.reason}" for each in found.moved)
    for word, strays in (
        ("missing", found.missing),
        ("unmeasured", found.unmeasured),
        ("new", found.new),
    ):
        yield from (_stray(word, each) for each in strays)


def _shift(each: Shift) -> str:
    values = f"{each.metric} {each.before:g} became {each.after:g} {each.unit}".rstrip()
    return f"in common  {each.verdict:8}{values}: {each.reason}"


def _change(each: Change) -> str:
    where = " ".join(part for part in (each.node, each.device) if part)
    where += f" to {each.peer}" if each.peer else ""
    values = f"{each.metric} {each.before:g} became {each.after:g} {each.unit}".rstrip()
    return f"worse      {each.verdict:8}{each.serial} ({where}) {values}: {each.reason}"


def _stray(word: str, each: Stray) -> str:
    return f"{word:11}{each.verdict:8}{each.serial} ({each.place}): {each.reason}"
