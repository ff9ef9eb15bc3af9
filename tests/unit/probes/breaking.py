"""Ways to break an output, and what must hold then: no new value, or a problem that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from millwright.probes.reading import Reading

Read = Callable[[str], Reading[Any]]


def values(reading: Reading[Any]) -> set[tuple[object, ...]]:
    """Return every number of a reading with its place, and every measurement with its device."""
    told = {(m.metric, m.device, m.peer, m.params, m.value) for m in reading.measurements}
    return told | set(numbers(reading.facts))


def numbers(fact: object, path: str = "") -> Iterator[tuple[object, ...]]:
    """Yield the numbers of facts; what lies in a tuple goes by the names above it."""
    if is_dataclass(fact) and not isinstance(fact, type):
        for field in fields(fact):
            yield from numbers(getattr(fact, field.name), f"{path}.{field.name}")
    elif isinstance(fact, tuple):
        for entry in fact:
            yield from numbers(entry, path)
    elif isinstance(fact, int | float) and not isinstance(fact, bool):
        yield path, fact


def cuts(text: str, count: int = 300) -> Iterator[str]:
    """Yield the text cut short: at every length, or where it is long at so many, ends included."""
    step = max(1, len(text) // count)
    lengths = {*range(0, len(text), step), *range(max(0, len(text) - count), len(text))}
    yield from (text[:length] for length in sorted(lengths))


def assert_cuts_invent_nothing(read: Read, text: str) -> None:
    """Read cuts of a text that reads well: no value that the whole does not have."""
    whole = values(read(text))
    for cut in cuts(text):
        invented = values(read(cut)) - whole
        assert not invented, (cut[-120:], invented)


def without(text: str, at: Sequence[int]) -> str:
    """Return the text without these lines; a negative number says a line twice instead."""
    lines = text.splitlines(keepends=True)
    for number in at:
        place = abs(number) % max(1, len(lines))
        if number < 0 and lines:
            lines.insert(place, lines[place])
        elif lines:
            del lines[place]
    return "".join(lines)


def assert_doubt_is_told(read: Read, text: str, changed: str) -> None:
    """A text that lost or doubled lines gives no new value, or says that something is wrong."""
    reading = read(changed)
    assert not values(reading) - values(read(text)) or reading.problems
