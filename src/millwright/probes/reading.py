"""What reading a tool's output gives: facts, measurements, and problems. Never an exception."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from millwright.model.measurement import Measurement

F = TypeVar("F")

MARK = "simulated by the millwright lab"
"""What simulated tools write wherever their format has room for a remark."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, or that the tool said of its own failure.

    A broken device is no problem but a fact. `line` counts from 1, where there is one to blame.
    """

    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Reading(Generic[F]):
    """What one output says. `facts` is a frozen dataclass of the tool's own module.

    What the output does not say, or says as N/A, is None: never zero and never guessed.
    """

    tool: str
    facts: F
    measurements: tuple[Measurement, ...] = ()
    problems: tuple[Problem, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """A kind of output that can be read.

    `proven` says whether the reader was tried on an output that a real tool printed.
    """

    name: str
    title: str
    read: Callable[[str], Reading[Any]]
    aliases: tuple[str, ...] = ()
    proven: bool = True


_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_ABSENT = frozenset({"", "-", "n/a", "[n/a]", "[not supported]", "not supported", "unknown error"})


def number(text: str | None) -> float | None:
    """Return the number that a cell consists of, bare or before its unit; None where it is none.

    `29 C` is 29, `0x1F`, `GPU is lost`, `N/A`, `nan` and numbers that no float holds are None.
    """
    if text is None or text.strip().lower() in _ABSENT:
        return None
    words = text.split()
    if not words or len(words) > 2 or not _NUMBER.fullmatch(words[0]):
        return None
    value = float(words[0])
    return value if math.isfinite(value) else None


def count(text: str | None) -> int | None:
    """Return the whole number that a cell consists of; None where it is none."""
    told = (text or "").strip()
    if told.isascii() and told.isdigit() and len(told) <= 40:
        return int(told)
    value = number(text)
    return int(value) if value is not None and value.is_integer() else None


def said(text: str | None) -> str | None:
    """Return a cell's words; None where they say that there is nothing."""
    return None if text is None or text.strip().lower() in _ABSENT else text.strip()


def lines_of(text: str) -> list[tuple[int, str]]:
    """Return the lines with their numbers; a progress line is what a terminal would show last.

    A carriage return rewrites its line: only what follows the last one is kept.
    """
    return [
        (at, line.rstrip("\r").rpartition("\r")[2].rstrip())
        for at, line in enumerate(text.split("\n"), start=1)
    ]


def with_doubts(reading: Reading[Any], text: str) -> Reading[Any]:
    """Return a reading that also says when its text is empty, or no text at all."""
    doubt = None
    if not text.strip():
        doubt = "the output is empty"
    elif "\0" in text[:8192]:
        doubt = "this is no text: there are zero bytes in it"
    if doubt is None or doubt in (problem.message for problem in reading.problems):
        return reading
    return replace(reading, problems=(Problem(doubt), *reading.problems))


def is_simulated(text: str) -> bool:
    """Return whether an output says of itself that no real device gave it."""
    return MARK in text
