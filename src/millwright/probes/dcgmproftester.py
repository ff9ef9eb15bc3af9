"""dcgmproftester: drives a GPU so that a profiling field moves, and says whether it did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.endings import output
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "dcgmproftester"
_VERDICT = re.compile(
    r"GPU (?P<gpu>\d{1,4}), TestField (?P<field>\d{1,5}) test (?P<status>[A-Z]+)\."
)
_LOOK = re.compile(
    r"Worker (?P<gpu>\d{1,4}):\d+\[(?P<field>\d{1,5})\]: (?P<name>\w+):? .*"
    r"\((?P<value>\d[\d.]*) (?P<unit>gflops|GiB/sec)\)(?:, bandwidthDivisor [\d.]+)?\.$"
)
_CAPABILITY = re.compile(r"CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_(?P<part>MAJOR|MINOR): (\d{1,3})")
_ALL = re.compile(r"All Tests (?P<status>Passed|Failed)\.")
_FAILURE = re.compile(r"\b(error|failed|failure|unable|unsupported)\b", re.IGNORECASE)
_METRICS = {
    "gflops": metrics.DCGM_PROFTESTER_GFLOPS,
    "GiB/sec": metrics.DCGM_PROFTESTER_BANDWIDTH,
}


@dataclass(frozen=True, slots=True)
class FieldTest:
    """Whether one field of one GPU moved as it should; `status` is the tool's word."""

    gpu: int
    field: int
    status: str


@dataclass(frozen=True, slots=True)
class FieldLook:
    """What a worker reached in one second; nought while it warms up."""

    gpu: int
    field: int
    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class ProfilingTest:
    """All fields that were tested; `ended` is what the tool says of a whole run, run by run."""

    compute_capability: str | None
    tests: tuple[FieldTest, ...]
    looks: tuple[FieldLook, ...]
    ended: tuple[str, ...]


def command(fields: Sequence[int], duration_s: int = 30) -> list[str]:
    """Return what to ask a node: fields by DCGM's numbers, each for so long."""
    tested = ",".join(map(str, fields))
    return ["dcgmproftester12", "--no-dcgm-validation", "-t", tested, "-d", str(duration_s)]


def read(text: str) -> Reading[ProfilingTest]:
    """Return verdicts and looks; a run that does not say how it ended is a problem."""
    lines = output(text)
    told = [line.strip() for _, line in lines.whole]
    last = [lines.cut[1].strip()] if lines.cut and _ALL.fullmatch(lines.cut[1].strip()) else []
    problems = [] if last else lines.problems
    tests = tuple(_tests(told))
    ended = tuple(found["status"] for line in [*told, *last] if (found := _ALL.fullmatch(line)))
    looks = tuple(_looks(told))
    problems += [
        Problem(f"the tool says: {line.strip()[:120]}", at)
        for at, line in lines.whole
        if _FAILURE.search(line) and not _is_verdict(line.strip())
    ]
    problems += [] if tests else [Problem("no field was tested")]
    problems += [] if ended else [Problem("the run does not say how it ended")]
    facts = ProfilingTest(_capability(told), tests, looks, ended)
    return Reading(TOOL, facts, tuple(_measured(looks)), tuple(problems), is_simulated(text))


def _is_verdict(line: str) -> bool:
    return bool(_VERDICT.fullmatch(line) or _ALL.fullmatch(line))


def _tests(lines: Sequence[str]) -> Iterator[FieldTest]:
    for line in lines:
        if found := _VERDICT.fullmatch(line):
            yield FieldTest(int(found["gpu"]), int(found["field"]), found["status"])


def _looks(lines: Sequence[str]) -> Iterator[FieldLook]:
    for line in lines:
        found = _LOOK.fullmatch(line)
        value = number(found["value"]) if found else None
        if found and value is not None:
            place = int(found["gpu"]), int(found["field"])
            yield FieldLook(*place, found["name"], value, found["unit"])


def _capability(lines: Sequence[str]) -> str | None:
    found = [match for line in lines if (match := _CAPABILITY.search(line))]
    parts = {match["part"]: match[2] for match in found}
    return f"{parts['MAJOR']}.{parts['MINOR']}" if len(parts) == 2 else None


def _measured(looks: Sequence[FieldLook]) -> Iterator[Measurement]:
    for look in looks:
        if look.value > 0:
            yield _METRICS[look.unit].of(look.value, f"gpu{look.gpu}", field=look.field)
