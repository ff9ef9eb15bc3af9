"""HPCG's report, from version 2 (indented) to 3.1 (`A::B=value`), and its last words on stdout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from millwright.probes import metrics
from millwright.probes.endings import Line, output, shown, untagged
from millwright.probes.node_numbers import near
from millwright.probes.reading import Problem, Reading, count, is_simulated, number

TOOL = "hpcg"
_RATING = re.compile(
    r"(?:.*::)?HPCG result is VALID with a GFLOP/s rating of\s*[:=]?\s*(?P<value>\S+)$"
)
_INVALID = re.compile(r"(?:.*::)?HPCG result is INVALID")
_VALUE = re.compile(r"(?:(?P<path>.+)::)?(?P<key>[^:=]+?)\s*(?:=|:\s)\s*(?P<value>\S.*)$")
_SECTION = re.compile(r"(?P<name>[A-Z][A-Za-z0-9 /|'(){}*.-]+?)\s*[:=]\s*$")
_TOLD = {
    "processes": "Distributed Processes",
    "threads": "Threads per processes",
    "nx": "Global nx",
    "ny": "Global ny",
    "nz": "Global nz",
    "overhead": "Total with convergence and optimization phase overhead",
}
_HISTORIC = (
    "HPCG 2.4 rating for historical reasons is",
    "HPCG 2.4 Rating (for historical value) is",
    "HPCG 2.4 Rating for historical reasons is",
)
_FAILURE = re.compile(r"mpirun|.*There are not enough slots|.*MPI_ABORT|.*[Ss]egmentation fault")


@dataclass(frozen=True, slots=True)
class Gradients:
    """A run. `valid` is its own word; `gflops` is None where it is not valid or not told."""

    version: str | None
    processes: int | None
    threads: int | None
    global_size: tuple[int | None, int | None, int | None]
    gflops: float | None
    gflops_2_4: float | None
    valid: bool | None


def command() -> list[str]:
    """Return what to run on a node; the size stands in hpcg.dat."""
    return ["xhpcg"]


def read(text: str) -> Reading[Gradients]:
    """Return the rating; one that the GFLOP/s summary contradicts is a problem and no number."""
    lines = [(at, untagged(line)) for at, line in output(text).whole]
    values = _values(lines)
    ratings = {found["value"] for _, line in lines if (found := _RATING.match(line.strip()))}
    invalid = any(_INVALID.match(line.strip()) for _, line in lines)
    problems = [Problem(shown(line), at) for at, line in lines if _FAILURE.match(line.strip())]
    gflops, doubts = _rating(ratings, values, invalid)
    facts = Gradients(
        version=_version(lines),
        processes=count(values.get("processes")),
        threads=count(values.get("threads")),
        global_size=(count(values.get("nx")), count(values.get("ny")), count(values.get("nz"))),
        gflops=gflops,
        gflops_2_4=number(values.get("historic")),
        valid=False if invalid else True if ratings else None,
    )
    measurements = () if gflops is None else (metrics.HPCG_GFLOPS.of(gflops, **_params(facts)),)
    return Reading(TOOL, facts, measurements, (*problems, *doubts), is_simulated(text))


def _params(facts: Gradients) -> dict[str, str | int | float]:
    told = {"processes": facts.processes, "threads": facts.threads}
    return {name: value for name, value in told.items() if value is not None}


def _rating(
    ratings: set[str], values: dict[str, str], invalid: bool
) -> tuple[float | None, list[Problem]]:
    if invalid:
        return None, [Problem("HPCG says that its result is not valid")]
    if not ratings:
        return None, [Problem("no rating is told")]
    told, *others = (number(rating) for rating in sorted(ratings))
    if told is None or told <= 0:
        return None, [Problem("the rating is no number")]
    if any(other is None or not near(other, told, 0.0001) for other in others):
        return None, [Problem("two ratings")]
    summed = number(values.get("overhead"))
    if summed is not None and not near(told, summed, 0.001):
        return None, [Problem("the rating is not that of the GFLOP/s summary")]
    return told, []


def _values(lines: Sequence[Line]) -> dict[str, str]:
    """Return what is told of the fields that matter; of two different values none."""
    names = {told: field for field, told in _TOLD.items()} | dict.fromkeys(_HISTORIC, "historic")
    found: dict[str, str] = {}
    refused: set[str] = set()
    section = ""
    for _, line in lines:
        words = line.strip()
        if heading := _SECTION.match(words):
            section = heading["name"]
        hit = _VALUE.match(words)
        field = names.get(hit["key"].strip()) if hit else None
        if hit is None or field is None:
            continue
        if field == "overhead" and not (hit["path"] or section).startswith("GFLOP/s"):
            continue
        if found.setdefault(field, hit["value"]) != hit["value"]:
            refused.add(field)
    return {field: value for field, value in found.items() if field not in refused}


def _version(lines: Iterable[Line]) -> str | None:
    pattern = re.compile(r"(?:[\w.-]{1,80} )?version\s*[=:]\s*(?:HPCG-)?[Vv]?(\d[\w.]*)$")
    hits = (pattern.match(line.strip()) for _, line in lines)
    return next((hit[1] for hit in hits if hit), None)
