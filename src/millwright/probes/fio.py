"""fio from version 2: JSON (also amid lines of talk, and several documents), or text."""

from __future__ import annotations

import re

from millwright.probes.endings import shown
from millwright.probes.fio_facts import Disk, Job, Jobs, Side, Way, measurements_of
from millwright.probes.fio_text import FAILURE, read_text
from millwright.probes.json_documents import Documents
from millwright.probes.json_node import Node
from millwright.probes.node_numbers import near, real, whole
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "fio"
_WAYS: tuple[Way, ...] = ("read", "write", "trim")
_KIB = 1024
_JSON = re.compile(r"^[ \t]*\{[ \t\r]*(?:$|\"(?:fio version|jobs|client_stats)\")", re.MULTILINE)


def command(job_file: str) -> list[str]:
    """Return what to run on a node."""
    return ["fio", "--output-format=json", job_file]


def read(text: str) -> Reading[Jobs]:
    """Return every job; a way whose rates do not follow from its bytes and time is a problem."""
    if _JSON.search(text):
        facts, problems = _from_json(text)
    else:
        facts, problems = read_text(text)
    if not facts.jobs and not problems:
        problems.append(Problem("no job is told"))
    measurements = tuple(measurements_of(facts))
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


def _from_json(text: str) -> tuple[Jobs, list[Problem]]:
    log = Documents(text)
    problems = [
        *log.problems,
        *(Problem(shown(line), at) for at, line in log.talk if FAILURE.match(line)),
    ]
    jobs: list[Job] = []
    disks: list[Disk] = []
    version = None
    for node in log.nodes:
        version = version or node.at("fio version").said
        common = node.at("global options")
        for entry in (node.first("jobs", "client_stats")).entries:
            jobs.append(_job(entry, common, problems))
        for disk in node.at("disk_util").entries:
            name, busy = disk.at("name").said, real(disk.at("util"))
            if name and busy is not None:
                disks.append(Disk(name, busy))
    return Jobs(version, tuple(jobs), tuple(disks)), problems


def _job(node: Node, common: Node, problems: list[Problem]) -> Job:
    name, options = node.at("jobname").said or "", node.at("job options")
    error = whole(node.at("error"))
    if not name:
        problems.append(Problem("a job has no name"))
    if error is None:
        problems.append(Problem(f"{name}: whether it failed is not told"))
    sides = []
    for way in _WAYS:
        if (real(node.at(way, "total_ios")) or 0) > 0 or (real(node.at(way, "bw")) or 0) > 0:
            side = _side(way, node.at(way))
            if side is None:
                problems.append(Problem(f"{name}: {way} contradicts itself"))
            else:
                sides.append(side)
    if not sides and error == 0:
        problems.append(Problem(f"{name}: it neither read nor wrote"))

    def option(key: str) -> Node:
        return options.at(key) if options.at(key).said else common.at(key)

    return Job(
        name=name,
        error=-1 if error is None else error,
        sides=tuple(sides),
        pattern=option("rw").said or option("readwrite").said,
        block=option("bs").said or option("blocksize").said,
        depth=whole(option("iodepth")),
        files=option("filename").said,
    )


def _side(way: Way, node: Node) -> Side | None:
    """Return one way; bandwidth, operations, bytes and time have to agree."""
    kib, iops = real(node.at("bw")), real(node.at("iops"))
    exact, runtime_ms = real(node.at("bw_bytes")), real(node.at("runtime"))
    if kib is None or iops is None or kib < 0 or iops < 0:
        return None
    rate = kib * _KIB if exact is None else exact
    if not near(rate, kib * _KIB, 0.001, _KIB) or not _timed(node, rate, iops, runtime_ms):
        return None
    place, unit = _latency(node)
    table, table_unit = _percentiles(node)
    size = whole(node.at("io_bytes"))
    return Side(
        way=way,
        mbytes_per_s=rate / 1e6,
        iops=iops,
        runtime_s=None if runtime_ms is None else runtime_ms / 1000,
        mean_us=_per(real(place.at("mean")), unit),
        p99_us=_per(real(table.at("99.000000")), table_unit),
        p999_us=_per(real(table.at("99.900000")), table_unit),
        bytes=size if exact is not None else None,
    )


def _timed(node: Node, rate: float, iops: float, runtime_ms: float | None) -> bool:
    """Return whether totals by time make the rates; older versions round to whole numbers."""
    if not runtime_ms:
        return True
    seconds = runtime_ms / 1000
    total, size = real(node.at("total_ios")), real(node.at("io_bytes"))
    if total is not None and not near(iops, total / seconds, 0.01, 1.0):
        return False
    in_bytes = node.at("bw_bytes").value is not None
    return size is None or not in_bytes or near(rate, size / seconds, 0.01, _KIB)


def _latency(node: Node) -> tuple[Node, float]:
    """Return completion latency, and how many of its units are a microsecond."""
    for name, per_us in (("clat_ns", 1000.0), ("clat", 1.0)):
        if real(node.at(name, "mean")):
            return node.at(name), per_us
    return Node(), 1.0


def _percentiles(node: Node) -> tuple[Node, float]:
    """Return those of completion, or of the whole where a job asked for these."""
    for name, per_us in (("clat_ns", 1000.0), ("lat_ns", 1000.0), ("clat", 1.0), ("lat", 1.0)):
        if node.at(name, "percentile").members:
            return node.at(name, "percentile"), per_us
    return Node(), 1.0


def _per(value: float | None, unit: float) -> float | None:
    return None if value is None else value / unit
