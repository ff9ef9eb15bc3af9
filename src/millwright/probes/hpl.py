"""High-Performance Linpack, from netlib to the vendors' builds, alone or inside of HPCC.

A test is a row of size, grid, time and Gflops, and below it the check of its residual.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import output, shown, untagged
from millwright.probes.metric import Metric
from millwright.probes.node_numbers import near
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "hpl"
_HEADING = re.compile(r"T/V\s+N\s+NB\s+P\s+Q\s+Time\s+Gflops")
_REAL = r"\d{1,12}(?:\.\d+)?(?:[eE][+-]?\d{1,3})?"
_ROW = re.compile(
    r"(?P<variant>W[A-Z0-9]{2,20})\s+(?P<n>\d{1,12})\s+(?P<nb>\d{1,7})\s+(?P<p>\d{1,7})\s+"
    rf"(?P<q>\d{{1,7}})\s+(?P<time>{_REAL})\s+(?P<gflops>{_REAL})(?:\s*\(\s*(?P<each>{_REAL})\s*\))?$"
)
_RESIDUAL = re.compile(
    rf"\|\|A\s?x-b\|\|.*=\s*(?P<residual>{_REAL}|\S+)\s*\.+\s*(?P<word>PASSED|FAILED)$"
)
_VERSION = re.compile(r"(?:HPLinpack|HPL-NVIDIA|NVIDIA-HPL|HPL-AMD)[ -](\d[\w.]*)")
_MIXED = re.compile(r"\bHPL[ _-]?(?:MxP|AI)\b", re.IGNORECASE)
"""The kin that solves in few bits and refines: another benchmark with the same rows."""
_COUNTED = re.compile(
    r"(?P<tests>\d{1,7}) tests completed and (?P<word>passed|failed) residual checks"
)
_SKIPPED = re.compile(r"(\d{1,7}) tests skipped because of illegal input values")
_FAILURE = re.compile(r"HPL ERROR|.*HPL ERROR|mpirun|.*There are not enough slots|.*MPI_ABORT")
_ROUNDING = 0.02
"""Gflops are told with as few as four digits, and times with two decimals."""


@dataclass(frozen=True, slots=True)
class Test:
    """One solved system. `passed` is the residual's check; None where the output ends before it."""

    variant: str
    n: int
    nb: int
    p: int
    q: int
    time_s: float
    gflops: float
    gflops_per_gpu: float | None
    residual: float | None = None
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Linpack:
    """All tests, and how many the program itself counts."""

    version: str | None
    tests: tuple[Test, ...]
    passed: int | None
    failed: int | None
    skipped: int | None


def command() -> list[str]:
    """Return what to run on a node; sizes stand in HPL.dat."""
    return ["xhpl"]


def read(text: str) -> Reading[Linpack]:
    """Return every test whose Gflops follow from size and time and whose residual passed."""
    lines = _Lines()
    for at, line in output(text).whole:
        lines.take(at, untagged(line))
    facts = Linpack(
        lines.version,
        tuple(lines.tests),
        lines.counted.get("passed"),
        lines.counted.get("failed"),
        lines.skipped,
    )
    problems = [*lines.problems, *_doubts(facts)]
    metric = metrics.HPL_MXP_TFLOPS if _MIXED.search(text) else metrics.HPL_TFLOPS
    measurements = tuple(_measured(metric, test) for test in facts.tests if test.passed)
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


class _Lines:
    """Sorts lines; a residual belongs to the last row that has none."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.tests: list[Test] = []
        self.counted: dict[str, int] = {}
        self.skipped: int | None = None
        self.problems: list[Problem] = []

    def take(self, at: int, words: str) -> None:
        """Read one line; parameters, progress and talk are passed over."""
        if found := _ROW.match(words):
            self._row(at, found)
        elif found := _RESIDUAL.match(words):
            self._residual(at, found)
        elif found := _COUNTED.match(words):
            self.counted[found["word"]] = int(found["tests"])
        elif found := _SKIPPED.match(words):
            self.skipped = int(found[1])
        elif found := _VERSION.match(words):
            self.version = self.version or found[1]
        elif _FAILURE.match(words):
            self.problems.append(Problem(shown(words), at))

    def _row(self, at: int, found: re.Match[str]) -> None:
        test = Test(
            variant=found["variant"],
            n=int(found["n"]),
            nb=int(found["nb"]),
            p=int(found["p"]),
            q=int(found["q"]),
            time_s=float(found["time"]),
            gflops=float(found["gflops"]),
            gflops_per_gpu=number(found["each"]),
        )
        if self.tests and replace(self.tests[-1], residual=None, passed=None) == test:
            self.problems.append(Problem("a row stands twice", at))
        elif not _agrees(test):
            self.problems.append(Problem("a row's Gflops do not follow from N and time", at))
        else:
            self.tests.append(test)

    def _residual(self, at: int, found: re.Match[str]) -> None:
        if not self.tests or self.tests[-1].passed is not None:
            self.problems.append(Problem("a residual without its row", at))
            return
        self.tests[-1] = replace(
            self.tests[-1], residual=number(found["residual"]), passed=found["word"] == "PASSED"
        )


def _agrees(test: Test) -> bool:
    """Return whether (2/3 N^3 + 3/2 N^2) / time makes the Gflops, as far as they are told."""
    if test.time_s < 1:
        return test.gflops > 0
    computed = (test.n / 1e9 / test.time_s) * test.n * (2.0 / 3.0 * test.n + 1.5)
    return near(test.gflops, computed, _ROUNDING)


def _doubts(facts: Linpack) -> list[Problem]:
    problems = []
    if not facts.tests:
        problems.append(Problem("no test is told"))
    if any(test.passed is None for test in facts.tests):
        problems.append(Problem("a test has no check of its residual"))
    if any(test.passed is False for test in facts.tests):
        problems.append(Problem("a residual is too large: the result is wrong"))
    told = [each for each in (facts.passed, facts.failed) if each is not None]
    if len(told) < 2:
        problems.append(Problem("the run does not come to its summary"))
    elif sum(told) != len(facts.tests):
        problems.append(Problem(f"{sum(told)} tests are counted, {len(facts.tests)} are told"))
    return problems


def _measured(metric: Metric, test: Test) -> Measurement:
    return metric.of(
        test.gflops / 1000, n=test.n, nb=test.nb, p=test.p, q=test.q, variant=test.variant
    )
