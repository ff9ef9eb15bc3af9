"""What holds for every reader: broken output gives problems, never an exception or a new value."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from millwright.model.measurement import Measurement
from millwright.probes.reading import Reading

SOON_S = 2.0
Reader = Callable[[str], Reading[Any]]


def leaves(value: object) -> Iterator[object]:
    """Yield every word and number of a fact, whatever it stands in; truth values say too little."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from leaves(getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from leaves(each)
    elif value is not None and not isinstance(value, bool):
        yield value


def known(measurement: Measurement, whole: Reading[Any]) -> bool:
    """Return whether a whole output has this value too, under these conditions or more."""
    return any(
        dataclasses.replace(other, params=measurement.params) == measurement
        and set(measurement.params) <= set(other.params)
        for other in whole.measurements
    )


def assert_nothing_new(
    read: Reader, part: str, whole: Reading[Any], *, facts: bool = True
) -> Reading[Any]:
    """Assert that a part of an output has no measurement, and no fact, that the whole lacks."""
    reading = read(part)
    for measurement in reading.measurements:
        assert known(measurement, whole), (measurement, part[-200:])
    if facts:
        new = set(leaves(reading.facts)) - set(leaves(whole.facts))
        assert not new, (new, part[-200:])
    return reading


def assert_cuts_are_harmless(
    read: Reader, text: str, *, facts: bool = True, step: int = 1
) -> Reading[Any]:
    """Assert that a text cut at any length gives nothing new; return the reading of the whole."""
    whole = read(text)
    for length in range(0, len(text), step):
        assert_nothing_new(read, text[:length], whole, facts=facts)
    return whole


def assert_line_ends_do_not_matter(read: Reader, text: str) -> None:
    """Assert that Windows line ends and a byte order mark change nothing."""
    whole = read(text)
    assert read("\ufeff" + text.replace("\n", "\r\n")) == whole


def assert_long_lines_are_read_quickly(read: Reader, pieces: Sequence[str]) -> None:
    """Assert that no line, however long and odd, takes more than a moment."""
    for piece in pieces:
        text = piece * (100_000 // len(piece))
        start = time.process_time()
        read(text)
        read(f"{text}\n")
        assert time.process_time() - start < SOON_S, piece


def torn(text: str) -> st.SearchStrategy[str]:
    """Return texts of which a few lines are lost and a few stand twice.

    A few: where exactly as much is lost as one record has, no reader can know.
    """
    lines = text.splitlines(keepends=True)
    few = st.sets(st.integers(0, len(lines) - 1), max_size=3)
    return st.tuples(few, few).map(
        lambda torn: "".join(
            line * (0 if at in torn[0] else 2 if at in torn[1] else 1)
            for at, line in enumerate(lines)
        )
    )


def shuffled(text: str) -> st.SearchStrategy[str]:
    """Return texts of pieces of a format, in any order, with any words between them."""
    pieces = [piece for line in text.splitlines() for piece in (f"{line}\n", *line.split(" "))]
    return st.lists(st.sampled_from(pieces) | st.text(max_size=8), max_size=40).map(" ".join)


def scraps(text: str) -> st.SearchStrategy[str]:
    """Return what a reader must survive: any text, and pieces of its format in disorder."""
    return st.text() | shuffled(text) | torn(text)
