"""memtester: patterns written to memory and read back, loop by loop."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes.endings import output, shown
from millwright.probes.metrics import MEMTESTER_FAILURES
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "memtester"
_PATTERNS = frozenset(
    {
        "Stuck Address",
        "Random Value",
        *(f"Compare {operation}" for operation in ("XOR", "SUB", "MUL", "DIV", "OR", "AND")),
        "Sequential Increment",
        "Solid Bits",
        "Block Sequential",
        "Checkerboard",
        "Bit Spread",
        "Bit Flip",
        "Walking Ones",
        "Walking Zeroes",
    }
)
"""What every version of 4 tests in a loop; some test writes of 8 and 16 bits besides."""
_LOOP = re.compile(r"Loop (?P<loop>\d{1,9})(?:/(?P<of>\d{1,9}))?:$")
_PATTERN = re.compile(rf"(?P<pattern>{'|'.join(sorted(_PATTERNS))}|8-bit Writes|16-bit Writes)\s*:")
_SIZE = re.compile(r"got\s+(?P<mib>\d{1,9})MB \((?P<bytes>\d{1,18}) bytes\)")
_FAILURE = re.compile(r"FAILURE: (?P<what>.+)$")
_UNABLE = re.compile(r"(?:mmap|malloc|failed for unknown|.*[Cc]annot allocate|.*got no memory)")
_VERSION = re.compile(r"memtester version (?P<version>\S+)")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern in one loop; `passed` is None where the output ends while it runs."""

    loop: int
    pattern: str
    passed: bool | None


@dataclass(frozen=True, slots=True)
class MemoryPatterns:
    """A run: `done` says whether it came to its end."""

    version: str | None
    bytes: int | None
    loops: int | None
    patterns: tuple[Pattern, ...]
    failures: tuple[str, ...]
    done: bool


def command(mebibytes: int, loops: int) -> list[str]:
    """Return what to run on a node, by root."""
    return ["memtester", f"{mebibytes}M", str(loops)]


def read(text: str) -> Reading[MemoryPatterns]:
    """Return every pattern; a backspace erases, as it does on a terminal."""
    lines = _Lines()
    for at, line in output(text).whole:
        lines.take(at, _seen(line).strip())
    facts = lines.facts()
    problems = lines.problems
    if not facts.patterns:
        problems.append(Problem("no pattern is told"))
    elif not facts.done:
        problems.append(Problem("the run does not come to its end"))
    elif not _complete(facts):
        problems.append(Problem("a loop lacks a pattern, or has one twice"))
    measurements = tuple(_measured(facts)) if not problems else ()
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


def _complete(facts: MemoryPatterns) -> bool:
    """Return whether each loop has all patterns once, and all loops are there."""
    told = Counter((each.loop, each.pattern) for each in facts.patterns)
    loops = {loop for loop, _ in told}
    whole = all((loop, pattern) in told for loop in loops for pattern in _PATTERNS)
    return whole and max(told.values()) == 1 and loops == set(range(1, (facts.loops or 1) + 1))


def _seen(line: str) -> str:
    """Return what a terminal would show."""
    shown_: list[str] = []
    at = 0
    for sign in line:
        if sign == "\b":
            at = max(0, at - 1)
        else:
            shown_[at : at + 1] = [sign]
            at += 1
    return "".join(shown_)


class _Lines:
    """What the lines say, a loop after the other."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.bytes: int | None = None
        self.loop = 0
        self.loops: int | None = None
        self.patterns: list[Pattern] = []
        self.failures: list[str] = []
        self.done = False
        self.problems: list[Problem] = []

    def take(self, at: int, words: str) -> None:
        """Read one line as a terminal shows it."""
        if found := _LOOP.match(words):
            self.loop = int(found["loop"])
            self.loops = int(found["of"]) if found["of"] else self.loops
        elif self.loop and (patterns := list(_PATTERN.finditer(words))):
            self._patterns(words, patterns)
        elif found := _FAILURE.search(words):
            self.failures.append(shown(found["what"]))
            self._fail()
        elif found := _SIZE.match(words):
            self.bytes = int(found["bytes"])
        elif found := _VERSION.match(words):
            self.version = found["version"]
        elif words == "Done.":
            self.done = True
        elif _UNABLE.match(words):
            self.problems.append(Problem(shown(words), at))

    def _patterns(self, words: str, found: list[re.Match[str]]) -> None:
        """Keep the patterns of a line: one that failed may have no newline of its own."""
        ends = [each.start() for each in found[1:]] + [len(words)]
        for each, end in zip(found, ends, strict=True):
            result = words[each.end() : end].strip()
            passed = True if result.endswith("ok") else None
            if passed is None and (end < len(words) or "FAILURE: " in result):
                passed = False
            if "FAILURE: " in result:
                self.failures.append(shown(result.partition("FAILURE: ")[2]))
            self.patterns.append(Pattern(self.loop, each["pattern"], passed))

    def _fail(self) -> None:
        if self.patterns and self.patterns[-1].passed is None:
            last = self.patterns.pop()
            self.patterns.append(Pattern(last.loop, last.pattern, False))

    def facts(self) -> MemoryPatterns:
        """Return all that was said."""
        return MemoryPatterns(
            self.version,
            self.bytes,
            self.loops,
            tuple(self.patterns),
            tuple(self.failures),
            self.done,
        )


def _measured(facts: MemoryPatterns) -> list[Measurement]:
    failed = sum(each.passed is not True for each in facts.patterns)
    return [MEMTESTER_FAILURES.of(float(failed))]
