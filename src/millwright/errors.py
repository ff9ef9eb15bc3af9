"""What can go wrong in a way that a person can act on, and the exit status that says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """Exit statuses of the command line; scripts and CI pipelines hold on to them."""

    DONE = 0
    NO = 1
    """Answered, and the answer is no: infeasible, not conformant, failed, drifted."""
    USAGE = 2
    """The command line or an input file is wrong; nothing was written."""
    UNANSWERED = 3
    """Nothing bad was found, but somebody did not answer."""
    BUG = 70
    INTERRUPTED = 130


class MillwrightError(Exception):
    """Base of all errors that a person can act on: what is wrong, and what to do next."""

    exit_status = Exit.USAGE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in an input file, told so that the reader can mend it at once.

    `line` and `column` count from 1; both are 0 where the file as a whole is meant.
    """

    file: str
    line: int
    column: int
    key: str
    found: str
    expected: str
    hint: str = ""


class InputError(MillwrightError):
    """An input file is wrong; it carries every problem found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = len(problems)
        super().__init__(f"{count} problem{'s' if count > 1 else ''} in {problems[0].file}")
        self.problems = problems


class Infeasible(MillwrightError):
    """The request is well formed, and nothing that may be built answers it."""

    exit_status = Exit.NO

    def __init__(self, message: str, *, rule: str, where: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.rule = rule
        self.where = where
