"""stressapptest: what was copied and compared, and what did not come back as it was written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import Line, output, shown
from millwright.probes.reading import Problem, Reading, is_simulated
from millwright.probes.told_once import Once

TOOL = "stressapptest"
Status = Literal["PASS", "FAIL"]
_PREFIX = re.compile(r"(?:\d{4}/\d\d/\d\d-\d\d:\d\d:\d\d\([A-Z0-9+-]{1,8}\) )?(?P<words>.*)$")
_COMPLETED = re.compile(
    r"Stats: Completed: (?P<moved>\d{1,15}\.\d\d)M in (?P<time>\d{1,9}\.\d\d)s "
    r"(?P<rate>\d{1,12}\.\d\d)MB/s, with (?P<incidents>\d{1,12}) hardware incidents, "
    r"(?P<errors>\d{1,12}) errors$"
)
_PART = re.compile(
    r"Stats: (?P<part>Memory Copy|File Copy|Net Copy|Data Check|Invert Data|Disk): "
    r"(?P<moved>\d{1,15}\.\d\d)M at (?P<rate>\d{1,12}\.\d\d)MB/s$"
)
_INCIDENTS = re.compile(r"Stats: Found (?P<incidents>\d{1,12}) hardware incidents$")
_STATUS = re.compile(r"Status: (?P<status>PASS|FAIL)\b(?: - (?P<why>.*))?")
_STARTING = re.compile(r"Stats: Starting SAT, (?P<mib>\d{1,12})M, (?P<for>\d{1,9}) seconds$")
_REVISION = re.compile(r"Stats: SAT revision (?P<version>\S+?),? ")
_LAST = re.compile(
    r".*Status: (?:PASS - please verify no corrected errors|FAIL - test .* problems)"
)
_REPORT = re.compile(r"(?:Report Error|Hardware Error|Process Error): (?P<what>.+)$")


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of work: mebibytes moved, and how many in a second."""

    part: str
    moved_mib: float
    mbytes_per_s: float


@dataclass(frozen=True, slots=True)
class MemoryTest:
    """A run. `errors` and `incidents` are None where it did not come to its end."""

    version: str | None = None
    tested_mib: int | None = None
    planned_s: int | None = None
    elapsed_s: float | None = None
    incidents: int | None = None
    errors: int | None = None
    parts: tuple[Part, ...] = ()
    status: Status | None = None
    why: str | None = None
    reports: tuple[str, ...] = ()


def command(seconds: int, mebibytes: int) -> list[str]:
    """Return what to run on a node: all threads, so much of its memory."""
    return ["stressapptest", "-W", "-s", str(seconds), "-M", str(mebibytes)]


def read(text: str) -> Reading[MemoryTest]:
    """Return a run; one without its totals or its status is a problem, and has no errors."""
    lines = _Lines()
    for line in output(text).lines(_LAST):
        lines.take(line, _words(line[1]))
    problems = lines.problems
    if lines.completed is None:
        problems.append(Problem("the run does not come to its totals"))
    if lines.status is None:
        problems.append(Problem("the run does not come to its status"))
    facts = lines.facts()
    if lines.completed and lines.status == "PASS" and (facts.errors or facts.incidents):
        problems.append(Problem("it passes itself in spite of errors"))
    return Reading(TOOL, facts, tuple(_measured(facts)), tuple(problems), is_simulated(text))


def _words(line: str) -> str:
    found = _PREFIX.match(line.strip())
    return found["words"].strip() if found else ""


class _Lines:
    """What the lines say; what is said twice and differs is a problem."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.started: re.Match[str] | None = None
        self.completed: re.Match[str] | None = None
        self.found: int | None = None
        self.parts: Once[Part] = Once()
        self.status: Status | None = None
        self.why: str | None = None
        self.reports: list[str] = []
        self.problems: list[Problem] = []

    def take(self, line: Line, words: str) -> None:
        """Read one line; progress and settings are passed over."""
        if found := _COMPLETED.match(words):
            self._total(line, found)
        elif found := _PART.match(words):
            part = Part(found["part"], float(found["moved"]), float(found["rate"]))
            if not self.parts.take(part.part, part):
                self.problems.append(Problem(f"{part.part} is told twice, and differs", line[0]))
        elif found := _STATUS.match(words):
            self._status(line, "FAIL" if found["status"] == "FAIL" else "PASS", found["why"])
        elif found := _REPORT.match(words):
            self.reports.append(shown(found["what"]))
        else:
            self._setting(words)

    def _setting(self, words: str) -> None:
        if found := _STARTING.match(words):
            self.started = found
        elif found := _REVISION.match(words):
            self.version = found["version"]
        elif found := _INCIDENTS.match(words):
            self.found = int(found["incidents"])

    def _total(self, line: Line, found: re.Match[str]) -> None:
        if self.completed and self.completed[0] != found[0]:
            self.problems.append(Problem("two runs in one output", line[0]))
        elif self.found is not None and self.found != int(found["incidents"]):
            self.problems.append(Problem("two numbers of hardware incidents", line[0]))
        else:
            self.completed = found

    def _status(self, line: Line, status: Status, why: str | None) -> None:
        if self.status and self.status != status:
            self.problems.append(Problem("two statuses", line[0]))
            status = "FAIL"
        self.status, self.why = status, why or None

    def facts(self) -> MemoryTest:
        """Return all that was said."""
        total = self.completed
        return MemoryTest(
            version=self.version,
            tested_mib=int(self.started["mib"]) if self.started else None,
            planned_s=int(self.started["for"]) if self.started else None,
            elapsed_s=float(total["time"]) if total else None,
            incidents=int(total["incidents"]) if total else None,
            errors=int(total["errors"]) if total else None,
            parts=self.parts.values,
            status=self.status,
            why=self.why,
            reports=tuple(self.reports),
        )


def _measured(facts: MemoryTest) -> list[Measurement]:
    if facts.errors is None or facts.incidents is None:
        return []
    found = [
        metrics.STRESSAPPTEST_ERRORS.of(float(facts.errors)),
        metrics.STRESSAPPTEST_INCIDENTS.of(float(facts.incidents)),
    ]
    copied = [part for part in facts.parts if part.part == "Memory Copy" and part.moved_mib > 0]
    return [*found, *(metrics.STRESSAPPTEST_COPY.of(part.mbytes_per_s) for part in copied)]
