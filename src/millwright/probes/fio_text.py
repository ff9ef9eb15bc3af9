"""fio's text: a head for each job or group, a block for each way, and busy disks at the end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from millwright.probes.endings import Line, output, shown
from millwright.probes.fio_facts import Disk, Job, Jobs, Side, Way
from millwright.probes.node_numbers import near
from millwright.probes.reading import Problem

FAILURE = re.compile(
    r"fio: (?!terminating on signal|Any use)|.*: you need to specify|.*err=\s*[1-9]"
)
_VERSION = re.compile(r"(fio-\d[\w.-]*)$")
_PLAN = re.compile(
    r"(?P<name>.{1,200}?): \(g=\d+\): rw=(?P<rw>[a-z,]+), bs=\(?(?:R\) )?(?P<bs>[\d.]+[KMGi]*B?)\b"
    r".*?iodepth=(?P<depth>\d{1,7})$"
)
_HEAD = re.compile(
    r"(?P<name>.{1,200}?): \(groupid=\d+, jobs=\d+\): err=\s*(?P<error>\d{1,6})(?::|\s|$|\()"
)
_SIDE = re.compile(
    r"(?P<way>read|write|trim)\s*: IOPS=(?P<iops>[\d.]+[kMG]?), BW=(?P<bw>[\d.]+[KMGT]?i?B/s) "
    r"\((?P<decimal>[\d.]+[kKMGT]?B/s)\)\((?P<size>[\d.]+[KMGT]?i?B)/(?P<ms>\d{1,12})msec\)"
)
_OLD_SIDE = re.compile(
    r"(?P<way>read|write|trim)\s*: io=(?P<size>[\d.]+[KMGT]?B), bw=(?P<bw>[\d.]+[KMGT]?B/s), "
    r"iops=(?P<iops>\d+), runt=\s*(?P<ms>\d{1,12})msec$"
)
_MEAN = re.compile(r"clat\s*\((?P<unit>nsec|usec|msec|sec)\)\s*: min=.*?avg=\s*(?P<mean>[\d.]+),")
_TABLE = re.compile(r"(?P<kind>clat|lat) percentiles \((?P<unit>nsec|usec|msec|sec)\):$")
_PERCENTILE = re.compile(r"(?P<at>99\.[09]0)th=\[\s*(?P<value>\d{1,15})\]")
_BUSY = re.compile(r"(?P<name>[\w/.-]{1,60}): ios=.*\butil=(?P<busy>\d{1,3}\.\d\d)%")
_PER_US = {"nsec": 1000.0, "usec": 1.0, "msec": 1e-3, "sec": 1e-6}
_ROUNDING = 0.02


@dataclass(slots=True)
class _Side:
    """One way while its lines go by."""

    way: Way
    line: int
    mbytes_per_s: float
    iops: float
    runtime_s: float
    mean_us: float | None = None
    at: dict[str, float] = field(default_factory=dict)
    unit: str = "usec"


@dataclass(slots=True)
class _Job:
    """One job while its lines go by."""

    name: str
    error: int
    line: int
    sides: list[_Side] = field(default_factory=list)


def read_text(text: str) -> tuple[Jobs, list[Problem]]:
    """Return every job; numbers have the few digits that the text has."""
    lines = _Lines()
    for line in output(text).whole:
        lines.take(line, line[1].strip())
    for job in lines.jobs:
        if not job.sides and job.error == 0:
            lines.problems.append(
                Problem(f"{job.name}: neither reads nor writes are told", job.line)
            )
    if lines.jobs and not lines.summed:
        lines.problems.append(Problem("the run does not come to its summary"))
    jobs = tuple(lines.job(each) for each in lines.jobs)
    return Jobs(lines.version, jobs, tuple(lines.disks)), lines.problems


class _Lines:
    """Sorts lines under the job and the way that they follow."""

    def __init__(self) -> None:
        self.version: str | None = None
        self.plans: dict[str, re.Match[str]] = {}
        self.jobs: list[_Job] = []
        self.disks: list[Disk] = []
        self.problems: list[Problem] = []
        self.summed = False

    def take(self, line: Line, words: str) -> None:
        """Read one line; what belongs to nothing known is passed over."""
        if found := _HEAD.match(words):
            self.jobs.append(_Job(found["name"], int(found["error"]), line[0]))
            self.summed = False
        elif found := _PLAN.match(words):
            self.plans[found["name"]] = found
        elif found := _VERSION.match(words):
            self.version = found[1]
        elif words.startswith("Run status group"):
            self.summed = True
        elif FAILURE.match(words):
            self.problems.append(Problem(shown(words), line[0]))
        elif found := _BUSY.match(words):
            self.disks.append(Disk(found["name"], float(found["busy"])))
        elif self.jobs and not self.summed:
            self._way(line, words, self.jobs[-1])

    def _way(self, line: Line, words: str, job: _Job) -> None:
        if found := (_SIDE.match(words) or _OLD_SIDE.match(words)):
            self._begin(line, found, job)
        elif job.sides and (found := _MEAN.match(words)):
            job.sides[-1].mean_us = float(found["mean"]) / _PER_US[found["unit"]]
        elif job.sides and (found := _TABLE.match(words)):
            job.sides[-1].unit = found["unit"]
        elif job.sides and words.startswith("|"):
            for hit in _PERCENTILE.finditer(words):
                value = float(hit["value"]) / _PER_US[job.sides[-1].unit]
                job.sides[-1].at.setdefault(hit["at"], value)

    def _begin(self, line: Line, found: re.Match[str], job: _Job) -> None:
        side = _side(line, found)
        if side is None or any(each.way == side.way for each in job.sides):
            told = f"{job.name}: {found['way']} contradicts itself"
            self.problems.append(Problem(told, line[0]))
        else:
            job.sides.append(side)

    def job(self, draft: _Job) -> Job:
        """Return a job as it was told, with what was planned for it."""
        plan = self.plans.get(draft.name)
        return Job(
            name=draft.name,
            error=draft.error,
            sides=tuple(_whole(side) for side in draft.sides),
            pattern=plan["rw"] if plan else None,
            block=plan["bs"] if plan else None,
            depth=int(plan["depth"]) if plan else None,
        )


def _side(line: Line, found: re.Match[str]) -> _Side | None:
    """Return one way; its two bandwidths, and its bytes by time, have to agree."""
    ways: dict[str, Way] = {"read": "read", "write": "write", "trim": "trim"}
    rate, size = _bytes(found["bw"]), _bytes(found["size"])
    iops, seconds = _operations(found["iops"]), int(found["ms"]) / 1000
    decimal = found.groupdict().get("decimal")
    exact = rate if decimal is None else _bytes(decimal, 1000)
    if rate is None or size is None or iops is None or exact is None or seconds <= 0:
        return None
    if not near(exact, rate, _ROUNDING) or not near(rate, size / seconds, _ROUNDING, 1024):
        return None
    return _Side(ways[found["way"]], line[0], exact / 1e6, iops, seconds)


def _bytes(told: str, step: int = 1024) -> float | None:
    """Return bytes of `23.7MiB/s`; without an i in it, version 2 and parentheses differ in step."""
    found = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?)([kKMGT]?)i?B(?:/s)?", told)
    if found is None:
        return None
    power = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4}[found[2]]
    return float(found[1]) * float(step**power)


def _operations(told: str) -> float | None:
    found = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?)([kMG]?)", told)
    if found is None:
        return None
    return float(found[1]) * {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}[found[2]]


def _whole(side: _Side) -> Side:
    return Side(
        way=side.way,
        mbytes_per_s=side.mbytes_per_s,
        iops=side.iops,
        runtime_s=side.runtime_s,
        mean_us=side.mean_us,
        p99_us=side.at.get("99.00"),
        p999_us=side.at.get("99.90"),
    )
