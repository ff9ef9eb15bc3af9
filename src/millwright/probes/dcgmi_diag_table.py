"""The table that `dcgmi diag` prints for people: statuses and complaints, without their numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from millwright.probes.box_table import Row, box_table
from millwright.probes.dcgmi_diag_facts import Complaint, Diagnostic, Result, Test
from millwright.probes.reading import Problem

_CATEGORY = re.compile(r"-+ +(?P<name>\w[\w ]*?) +-*\+-*")
_ENTITY = re.compile(r"(?P<entity>[A-Z][A-Za-z_]*\d{1,4}): (?P<status>[A-Z][a-z]+)")
_STATUS = re.compile(r"(?P<status>[A-Z][a-z]+)(?: - (?P<rest>.+))?")
_GPUS = re.compile(r"GPUs?: *(?P<ids>[\d, ]+)")
_NOTE = re.compile(r"(?P<kind>Warning|Error|Info)(?:: (?P<entity>[A-Z][A-Za-z_]*\d{1,4}))?")
_VERSIONS = ("DCGM Version", "Driver Version Detected")


@dataclass(slots=True)
class _Report:
    """What was taken so far; a note goes on in the rows below it that have no name."""

    category: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    tests: list[Test] = field(default_factory=list)
    entity: str | None = None
    note: str = ""


def from_table(text: str) -> tuple[Diagnostic, list[Problem]]:
    """Return the diagnostic; `Pass - All` is a result of no entity by name."""
    table = box_table(text)
    report, problems = _Report(), list(table.problems)
    for row in table.rows:
        if not _take(report, row):
            problems.append(Problem(f"not understood: {' | '.join(row.cells)[:120]}", row.line))
    for at, line in table.others:
        if not line.startswith("Successfully ran diagnostic"):
            problems.append(Problem(f"not understood: {line[:120]}", at))
    versions = [report.versions.get(name) for name in _VERSIONS]
    return Diagnostic(versions[0], versions[1], tuple(map(_with_result, report.tests))), problems


def _take(report: _Report, row: Row) -> bool:
    if found := _CATEGORY.fullmatch(row.only):
        report.category, report.note = found["name"], ""
        return True
    if len(row.cells) != 2:
        return False
    name, value = row.cells
    if name == "Diagnostic":
        return True
    if report.category == "Metadata":
        report.versions[name] = value
        return True
    return _take_result(report, name, value)


def _take_result(report: _Report, name: str, value: str) -> bool:
    if not name:
        return _go_on(report, value)
    if note := _NOTE.fullmatch(name):
        report.note, report.entity = note["kind"], _device(note["entity"])
        return bool(report.tests) and _tell(report, value)
    status = _STATUS.fullmatch(value)
    report.note, report.entity = "", None
    gpus = _GPUS.search(status["rest"] or "") if status else None
    ids = gpus["ids"].replace(",", " ").split() if gpus else []
    results = (
        (Result(tuple(f"gpu{gpu}" for gpu in ids), status["status"]),) if status and ids else ()
    )
    report.tests.append(Test(report.category, name, results, status["status"] if status else None))
    return status is not None


def _go_on(report: _Report, value: str) -> bool:
    """Take a row without a name: an entity's result, or more words of the note above."""
    if not report.tests:
        return False
    if found := _ENTITY.fullmatch(value):
        report.note, report.entity = "", _device(found["entity"])
        result = Result((report.entity or "",), found["status"])
        report.tests[-1] = replace(report.tests[-1], results=(*report.tests[-1].results, result))
        return True
    return bool(report.note) and _tell(report, value, goes_on=True)


def _tell(report: _Report, words: str, *, goes_on: bool = False) -> bool:
    """Add words to the result that they are about: the entity's, else the test's last one."""
    test = _with_result(report.tests[-1])
    at = next(
        (n for n, it in enumerate(test.results) if report.entity in it.entities),
        len(test.results) - 1,
    )
    result = test.results[at]
    if report.note == "Info":
        told = f"{result.info[-1]} {words}" if goes_on else words
        result = replace(result, info=(*result.info[: -1 if goes_on else None], told))
    else:
        warnings = result.warnings
        told = f"{warnings[-1].text} {words}" if goes_on else words
        kept = warnings[:-1] if goes_on else warnings
        result = replace(result, warnings=(*kept, Complaint(told)))
    results = (*test.results[:at], result, *test.results[at + 1 :])
    report.tests[-1] = replace(test, results=results)
    return True


def _device(name: str | None) -> str | None:
    return name.lower() if name else None


def _with_result(test: Test) -> Test:
    """Return the test with a result of its own where no entity is named."""
    return test if test.results else replace(test, results=(Result((), test.status),))
