"""What fio says of its jobs, whether in JSON or in text; and what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from millwright.model.measurement import Measurement, Param
from millwright.probes import metrics

Way = Literal["read", "write", "trim"]


@dataclass(frozen=True, slots=True)
class Side:
    """What a job did one way; latencies to completion in microseconds, None where not told."""

    way: Way
    mbytes_per_s: float
    iops: float
    runtime_s: float | None
    mean_us: float | None
    p99_us: float | None
    p999_us: float | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job or a group of jobs; `error` is an errno, 0 for none."""

    name: str
    error: int
    sides: tuple[Side, ...]
    pattern: str | None = None
    block: str | None = None
    depth: int | None = None
    files: str | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """How busy a disk was, in per cent of the time."""

    name: str
    busy_percent: float


@dataclass(frozen=True, slots=True)
class Jobs:
    """All jobs of an output."""

    version: str | None
    jobs: tuple[Job, ...]
    disks: tuple[Disk, ...]


def measurements_of(facts: Jobs) -> list[Measurement]:
    """Return what was measured; of a job that failed only that it did."""
    found: list[Measurement] = []
    for job in facts.jobs:
        params = _params(job)
        found.append(metrics.FIO_ERRORS.of(float(job.error != 0), **params))
        for side in job.sides if job.error == 0 else ():
            told = (
                (metrics.FIO_BANDWIDTH, side.mbytes_per_s),
                (metrics.FIO_IOPS, side.iops),
                (metrics.FIO_LATENCY, side.mean_us),
                (metrics.FIO_LATENCY_P99, side.p99_us),
            )
            found += [
                metric.named(side.way).of(value, **params)
                for metric, value in told
                if value is not None
            ]
    return found


def _params(job: Job) -> dict[str, Param]:
    told = {"job": job.name, "rw": job.pattern, "bs": job.block, "iodepth": job.depth}
    params: dict[str, Param] = {}
    for name, value in {**told, "filename": job.files}.items():
        if value is not None:
            params[name] = value
    return params
