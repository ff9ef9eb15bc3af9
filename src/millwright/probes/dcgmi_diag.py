"""`dcgmi diag -r LEVEL`: results of DCGM 2, 3 and 4, test by test; better asked for with `-j`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from millwright.model.measurement import Measurement
from millwright.probes.dcgmi_diag_facts import Complaint, Diagnostic, Result, Test, gaps
from millwright.probes.dcgmi_diag_table import from_table
from millwright.probes.json_node import Node, document
from millwright.probes.metrics import DCGM_PCIE_BANDWIDTH
from millwright.probes.quantity import counter, quantity
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dcgmi-diag"
_ROOTS = ("DCGM Diagnostic", "DCGM GPU Diagnostic")
_JSON = re.compile(r'"DCGM (?:GPU )?Diagnostic"')
_TABLE = re.compile(r"^\| Diagnostic +\|", re.MULTILINE)
_PCIE = re.compile(
    r"GPU (?P<gpu>\d{1,4}) (?P<way>GPU to Host|Host to GPU|bidirectional) bandwidth:\s*"
    r"(?P<value>[\d.]+) (?P<unit>\S+?)(?:,|\s|$)"
)
_WAYS = {"GPU to Host": "d2h", "Host to GPU": "h2d", "bidirectional": "bidirectional"}


def command(level: int = 1) -> list[str]:
    """Return what to ask a node; level 1 takes seconds, 4 hours."""
    return ["dcgmi", "diag", "-r", str(level), "-j"]


def read(text: str) -> Reading[Diagnostic]:
    """Return every test as it was reported; a run without tests is a problem, never a pass."""
    if _TABLE.search(text) and not _JSON.search(text):
        facts, problems = from_table(text)
        problems += gaps(facts.tests)
        return Reading(TOOL, facts, (), tuple(problems), is_simulated(text))
    return _read_json(text)


def _read_json(text: str) -> Reading[Diagnostic]:
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
    problems += [*_failures(whole, root), *gaps(tests)]
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


def _measured(tests: tuple[Test, ...]) -> Iterator[Measurement]:
    for text in (text for test in tests for result in test.results for text in result.info):
        for found in _PCIE.finditer(text):
            value = quantity(f"{found['value']} {found['unit']}", "GB/s", bare=False)
            if value is not None:
                metric = DCGM_PCIE_BANDWIDTH.named(_WAYS[found["way"]])
                yield metric.of(value, f"gpu{found['gpu']}")
