"""STREAM of any version: four kernels, their best rates, and the validation.

HPCC's own STREAM tells GB/s; the heading above the rows says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from millwright.probes import metrics
from millwright.probes.endings import Line, output, shown, untagged
from millwright.probes.node_numbers import near
from millwright.probes.reading import Problem, Reading, count, is_simulated
from millwright.probes.told_once import Once

TOOL = "stream"
_KERNEL = re.compile(
    r"(?P<kernel>Copy|Scale|Add|Triad):\s+(?P<rate>\d{1,12}\.\d{1,4})\s+(?P<mean>\d{1,9}\.\d{4,6})"
    r"\s+(?P<least>\d{1,9}\.\d{4,6})\s+(?P<most>\d{1,9}\.\d{4,6})$"
)
_FIELDS = {
    "version": re.compile(r"STREAM version \$Revision: (\d[\d.]*) \$"),
    "elements": re.compile(r"Array size = (\d{1,18})(?: \(elements\))?,"),
    "bytes_per_element": re.compile(r"This system uses (\d{1,2}) bytes per"),
    "threads": re.compile(r"Number of Threads (?:counted )?= (\d{1,7})$"),
}
_UNIT = re.compile(r"Function\s+(?:Best )?Rate \(?(?P<unit>[MG]B/s)\)?\s+Avg time\b")
_MBYTES = {"MB/s": 1.0, "GB/s": 1000.0}
_VALID = re.compile(r"Solution Validates\b")
_VALID_LINE = re.compile(r"Solution Validates:.*arrays")
_INVALID = re.compile(r"Failed Validation\b|.*AvgErr|.*errors were found")
_ARRAYS = {"copy": 2, "scale": 2, "add": 3, "triad": 3}
_MOST_DIFFERENCE = 0.002


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kernel: the best rate, and times of a run of it."""

    kernel: str
    mbytes_per_s: float
    mean_s: float
    least_s: float
    most_s: float


@dataclass(frozen=True, slots=True)
class Stream:
    """A run. `valid` is what it says of its own results; None where it does not come to that."""

    version: str | None
    elements: int | None
    bytes_per_element: int | None
    threads: int | None
    kernels: tuple[Kernel, ...]
    valid: bool | None


def command() -> list[str]:
    """Return what to run on a node."""
    return ["stream"]


def read(text: str) -> Reading[Stream]:
    """Return the kernels whose rate, time and array size agree; another one is a problem."""
    told = output(text)
    fields = _fields(untagged(line) for _, line in told.whole)
    told_kernels: Once[Kernel] = Once()
    problems: list[Problem] = []
    valid: bool | None = None
    for line in told.lines(_VALID_LINE):
        words = untagged(line[1])
        if found := _UNIT.match(words):
            fields["unit"] = found["unit"]
        elif found := _KERNEL.match(words):
            _take(found, line, fields, told_kernels, problems)
        elif _VALID.match(words):
            valid = valid is not False
        elif _INVALID.match(words):
            valid = False
            problems.append(Problem(shown(words), line[0]))
    kernels = told_kernels.values
    if {each.kernel for each in kernels} != set(_ARRAYS):
        problems.append(Problem("not all four kernels are told"))
    if valid is None:
        problems.append(Problem("the run does not come to its validation"))
    facts = Stream(
        version=fields.get("version"),
        elements=count(fields.get("elements")),
        bytes_per_element=count(fields.get("bytes_per_element")),
        threads=count(fields.get("threads")),
        kernels=kernels,
        valid=valid,
    )
    measured = () if valid is False else kernels
    params = {"threads": facts.threads} if facts.threads is not None else {}
    measurements = tuple(
        metrics.STREAM.named(each.kernel).of(each.mbytes_per_s, **params) for each in measured
    )
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


def _fields(lines: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        for name, pattern in _FIELDS.items():
            if hit := pattern.match(line.strip()):
                found.setdefault(name, hit[1])
    return found


def _take(
    found: re.Match[str],
    line: Line,
    fields: dict[str, str],
    kernels: Once[Kernel],
    problems: list[Problem],
) -> None:
    """Keep a kernel; a second one of a name, or one whose numbers contradict, is refused."""
    kernel = Kernel(
        kernel=found["kernel"].lower(),
        mbytes_per_s=float(found["rate"]) * _MBYTES.get(fields.get("unit", ""), 0.0),
        mean_s=float(found["mean"]),
        least_s=float(found["least"]),
        most_s=float(found["most"]),
    )
    if "unit" not in fields:
        problems.append(Problem(f"{kernel.kernel}: no heading tells its unit", line[0]))
    elif not _agrees(kernel, fields, 10.0 ** -len(found["least"].partition(".")[2])):
        problems.append(Problem(f"{kernel.kernel}: its rate is not its bytes by time", line[0]))
    elif not kernels.take(kernel.kernel, kernel):
        problems.append(Problem(f"{kernel.kernel} is told twice, and differs", line[0]))


def _agrees(kernel: Kernel, fields: dict[str, str], last_digit: float) -> bool:
    """Return whether rate times best time are the bytes that the kernel moves."""
    if not kernel.least_s <= kernel.mean_s <= kernel.most_s:
        return False
    elements, size = count(fields.get("elements")), count(fields.get("bytes_per_element")) or 8
    if elements is None or kernel.least_s <= 0:
        return True
    moved = _ARRAYS[kernel.kernel] * elements * size
    rounding = last_digit / kernel.least_s
    return near(kernel.mbytes_per_s * 1e6 * kernel.least_s, moved, _MOST_DIFFERENCE + rounding)
