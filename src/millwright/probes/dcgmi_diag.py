"""`dcgmi diag -r LEVEL -j`: the results of DCGM 2, 3 and 4, test by test and GPU by GPU."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes.json_node import Node, document
from millwright.probes.metrics import DCGM_PCIE_BANDWIDTH
from millwright.probes.quantity import counter, quantity
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dcgmi-diag"
_ROOTS = ("DCGM Diagnostic", "DCGM GPU Diagnostic")
_PCIE = re.compile(
    r"GPU (?P<gpu>\d{1,4}) (?P<way>GPU to Host|Host to GPU|bidirectional) bandwidth:\s*"
    r"(?P<value>[\d.]+) (?P<unit>\S+?)(?:,|\s|$)"
)
_WAYS = {"GPU to Host": "d2h", "Host to GPU": "h2d", "bidirectional": "bidirectional"}


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a test complains of; the numbers are DCGM's, and DCGM 2 and 3 may not give them."""

    text: str
    error_id: int | None = None
    category: int | None = None
    severity: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a test says of some entities (`gpu0`), or of the whole node where it names none.

    `status` is the tool's word (Pass, Fail, Warn, Skip, ...), None where it says nothing.
    """

    entities: tuple[str, ...]
    status: str | None
    warnings: tuple[Complaint, ...] = ()
    info: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Test:
    """One test; `status` is its summary where the tool gives one (DCGM 4)."""

    category: str | None
    name: str | None
    results: tuple[Result, ...]
    status: str | None = None
    info: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One run of the diagnostic."""

    version: str | None
    driver: str | None
    tests: tuple[Test, ...]

    def with_status(self, status: str) -> tuple[Test, ...]:
        """Return the tests that say this of an entity at least."""
        return tuple(
            test
            for test in self.tests
            if any((result.status or "").lower() == status.lower() for result in test.results)
        )


def command(level: int = 1) -> list[str]:
    """Return what to ask a node; level 1 takes seconds, 4 hours."""
    return ["dcgmi", "diag", "-r", str(level), "-j"]


def read(text: str) -> Reading[Diagnostic]:
    """Return every test as it was reported; a run without tests is a problem, never a pass."""
    whole, problems = document(text, expected=lambda node: node.first(*_ROOTS).value is not None)
    root = whole.first(*_ROOTS)
    tests = tuple(
        _test(category.at("category").said, test)
        for category in root.at("test_categories").entries
        for test in category.at("tests").entries
    )
    facts = Diagnostic(
        whole.at("metadata", "version").said or root.at("version").said,
        whole.at("metadata").first("Driver Version Detected", "driver_version").said
        or whole.at("Driver Version Detected").said
        or root.at("Driver Version Detected").said,
        tests,
    )
    problems += [*_failures(whole, root), *_gaps(tests)]
    return Reading(TOOL, facts, tuple(_measured(tests)), tuple(problems), is_simulated(text))


def _test(category: str | None, test: Node) -> Test:
    return Test(
        category,
        test.at("name").said,
        tuple(_result(result) for result in test.at("results").entries),
        test.at("test_summary", "status").said,
        _texts(test.at("test_summary", "info")),
    )


def _result(result: Node) -> Result:
    return Result(
        _entities(result),
        result.at("status").said,
        tuple(_warnings(result.at("warnings"))),
        _texts(result.at("info")),
    )


def _entities(result: Node) -> tuple[str, ...]:
    """Return `gpu0` of DCGM 4's group and number, or of the older list `0,1`."""
    number = counter(result.at("entity_id").said)
    if number is not None:
        return (f"{(result.at('entity_group').said or 'entity').lower()}{number}",)
    told = result.first("gpu_ids", "gpu_id")
    ids = (told.said or "").split(",") if told.said else [node.said or "" for node in told.entries]
    return tuple(f"gpu{name.strip()}" for name in ids if counter(name) is not None)


def _warnings(told: Node) -> Iterator[Complaint]:
    for entry in told.entries or ((told,) if told.value is not None else ()):
        if text := entry.said or entry.first("warning", "message").said:
            yield Complaint(
                text,
                counter(entry.first("error_id", "error_code").said),
                counter(entry.at("error_category").said),
                counter(entry.at("error_severity").said),
            )


def _texts(told: Node) -> tuple[str, ...]:
    entries = told.entries or (told,)
    return tuple(entry.said for entry in entries if entry.said)


def _failures(whole: Node, root: Node) -> list[Problem]:
    told = (node.first("runtime_error", "error", "Error").said for node in (whole, root))
    return [Problem(f"the diagnostic did not run: {text[:200]}") for text in told if text]


def _gaps(tests: tuple[Test, ...]) -> list[Problem]:
    if not tests:
        return [Problem("no test was run")]
    silent = [test for test in tests if not test.results and test.status is None]
    mute = [test for test in tests if any(result.status is None for result in test.results)]
    return [
        *(Problem(f"test {test.name or 'without a name'} has no result") for test in silent),
        *(Problem(f"test {test.name or 'without a name'} has no status") for test in mute),
    ]


def _measured(tests: tuple[Test, ...]) -> Iterator[Measurement]:
    for text in (text for test in tests for result in test.results for text in result.info):
        for found in _PCIE.finditer(text):
            value = quantity(f"{found['value']} {found['unit']}", "GB/s", bare=False)
            if value is not None:
                metric = DCGM_PCIE_BANDWIDTH.named(_WAYS[found["way"]])
                yield metric.of(value, f"gpu{found['gpu']}")
