"""What the end of an output is worth: a line without its newline may have been cut short.

A word of a closed list is whole whatever follows; a number or a name is only where its line ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.reading import Problem, lines_of

Line = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Output:
    """The lines of an output by number. `cut` is a last one without a newline, else None."""

    whole: tuple[Line, ...]
    cut: Line | None

    @property
    def problems(self) -> list[Problem]:
        """Return what is to be said where the last line is dropped."""
        if self.cut is None:
            return []
        return [Problem(f"the last line may be cut: {shown(self.cut[1])}", self.cut[0])]

    def lines(self, *whole: re.Pattern[str]) -> tuple[Line, ...]:
        """Return the lines; the cut one too where a pattern knows that nothing can follow it.

        Such a pattern ends with a closed word, or with a number of a fixed count of decimals.
        """
        if self.cut and any(pattern.fullmatch(self.cut[1].strip()) for pattern in whole):
            return (*self.whole, self.cut)
        return self.whole


def output(text: str) -> Output:
    """Return the lines of a text, without a byte order mark before them."""
    *whole, last = lines_of(text.removeprefix("\ufeff"))
    return Output(tuple(whole), last if last[1].strip() else None)


_TAG = re.compile(r"\[\d{1,6},\d{1,6}\](?:<std(?:out|err|diag)>)?:? ?|\d{1,5}: ")


def untagged(line: str) -> str:
    """Return a line without the rank that launchers write before it, and without blanks around.

    `mpirun --tag-output` writes `[1,0]<stdout>:`, `srun --label` writes `0: `.
    """
    words = line.strip()
    return words[found.end() :].strip() if (found := _TAG.match(words)) else words


def shown(line: str) -> str:
    """Return as much of a line as a message should repeat."""
    return line.strip()[:120]


def not_understood(line: Line) -> Problem:
    """Return the problem of a line that does not belong to the format."""
    return Problem(f"not understood: {shown(line[1])}", line[0])
