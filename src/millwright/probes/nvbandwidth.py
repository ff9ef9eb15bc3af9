"""`nvbandwidth`: copies between host and GPUs and between GPUs, as JSON (`-j`) or as text."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from millwright.probes.nvbandwidth_facts import (
    Bandwidths,
    Device,
    Testcase,
    add_up,
    measurements_of,
)
from millwright.probes.nvbandwidth_text import read_text
from millwright.probes.reading import Problem, Reading, is_simulated, number

TOOL = "nvbandwidth"
_START = re.compile(r"\{\s*\"")
_DOCUMENT = re.compile(r"\"nvbandwidth\"\s*:|\"testcases\"\s*:")
_MOST_STARTS = 50
_FEW_DIGITS = 6
"""Digits of a cell, trailing zeros dropped; sums are told in full."""


def command() -> list[str]:
    """Return what to run on a node."""
    return ["nvbandwidth", "-j"]


def read(text: str) -> Reading[Bandwidths]:
    """Return every test case; one that was waived or failed has a status and no number."""
    document = _document(text)
    if document is not None:
        facts, problems = _from_json(document)
    elif _DOCUMENT.search(text):
        facts, problems = Bandwidths(), [Problem("the JSON document is not whole")]
    else:
        facts, problems = read_text(text)
    if not facts.testcases and not problems:
        problems.append(Problem("no test case is told"))
    measurements = tuple(found for case in facts.testcases for found in measurements_of(case))
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


def _document(text: str) -> dict[str, Any] | None:
    """Return the document that stands somewhere in the text, after warnings with braces perhaps."""
    decoder = json.JSONDecoder()
    for _, start in zip(range(_MOST_STARTS), _START.finditer(text), strict=False):
        try:
            found, _ = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        inner = found.get("nvbandwidth") if isinstance(found, dict) else None
        if isinstance(inner, dict):
            return inner
    return None


def _from_json(document: dict[str, Any]) -> tuple[Bandwidths, list[Problem]]:
    problems: list[Problem] = []
    if error := _words(document.get("error")):
        problems.append(Problem(f"nvbandwidth says: {error}"))
    told = document.get("testcases")
    cases = []
    for entry in told if isinstance(told, list) else []:
        if isinstance(entry, dict) and (name := _words(entry.get("name"))):
            cases.append(_case(name, entry, problems))
        else:
            problems.append(Problem("a test case has no name"))
    facts = Bandwidths(
        version=_words(document.get("version")) or _words(document.get("git_version")),
        cuda_runtime=_words(document.get("CUDA Runtime Version")),
        driver=_words(document.get("Driver Version")),
        devices=_devices(document.get("GPU Device list")),
        testcases=tuple(cases),
    )
    return facts, problems


def _case(name: str, entry: dict[str, Any], problems: list[Problem]) -> Testcase:
    rows, status = entry.get("bandwidth_matrix"), _words(entry.get("status"))
    matrix = _matrix(name, rows if isinstance(rows, list) else [], problems)
    if matrix and not _fits(matrix, entry):
        problems.append(Problem(f"{name}: the cells make neither its sum nor its average"))
        return Testcase(name, None)
    return Testcase(
        name=name,
        status=status,
        description=(_words(entry.get("bandwidth_description")) or "").strip() or None,
        matrix=matrix,
        sum=_value(entry.get("sum")),
        average=_value(entry.get("average")),
        least=_value(entry.get("min")),
        most=_value(entry.get("max")),
        error=_words(entry.get("error")),
    )


def _fits(matrix: tuple[tuple[float | None, ...], ...], entry: dict[str, Any]) -> bool:
    """Return whether cells add up to the sum, or to their average times their number."""
    total, average = _value(entry.get("sum")), _value(entry.get("average"))
    if total is None and average is not None:
        total = average * sum(cell is not None for row in matrix for cell in row)
    cells = [cell for row in matrix for cell in row if cell is not None]
    decimals = max((_decimals(cell) for cell in cells), default=0)
    slack = sum(_unprinted(cell, decimals) for cell in cells)
    return add_up(matrix, total, slack + _unprinted(total or 0.0, _decimals(total or 0.0)))


def _decimals(value: float) -> int:
    return len(repr(value).partition(".")[2])


def _unprinted(value: float, decimals: int) -> float:
    """Return half of a printed number's last digit: of so many decimals, and six digits in all."""
    whole = len(str(int(abs(value))))
    few = decimals if decimals > _FEW_DIGITS else min(decimals, _FEW_DIGITS - whole)
    return 0.5 * 10.0**-few + 1e-12 * abs(value)


def _matrix(
    name: str, rows: list[Any], problems: list[Problem]
) -> tuple[tuple[float | None, ...], ...]:
    matrix = tuple(
        tuple(_value(cell) for cell in row) if isinstance(row, list) else () for row in rows
    )
    if len({len(row) for row in matrix}) > 1:
        problems.append(Problem(f"{name}: the rows of its matrix differ in length"))
        return ()
    return matrix


def _devices(listed: object) -> tuple[Device, ...]:
    """Return the devices of newer versions: `0: NVIDIA H100 80GB HBM3 (00000000:19:00): ...`."""
    words = [_words(each) or "" for each in listed] if isinstance(listed, list) else []
    found = [re.match(r"(\d{1,4}): (.+?) \(([0-9a-fA-F:.]+)\)", each) for each in words]
    return tuple(Device(int(each[1]), each[2], each[3]) for each in found if each)


def _words(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value) or None


def _value(value: object) -> float | None:
    """Return a number, or the number that a string holds; a value of neither kind is None."""
    if isinstance(value, str):
        return number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
