"""nvbandwidth without `-j`: a matrix below each test's name, and its sum below that."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.nvbandwidth_facts import Bandwidths, Device, Testcase, add_up
from millwright.probes.reading import Problem, number

_RUNNING = re.compile(r"Running (?P<name>[A-Za-z0-9_]+)\.$")
_WORDS = re.compile(r".*\((?:GB/s|ns)\)$")
_COLUMNS = re.compile(r"\s+(?:\d{1,4}\s+)*\d{1,4}$")
_ROW = re.compile(r"\s*(?P<row>\d{1,4})\s+(?P<cells>(?:\S+\s+)*\S+)$")
_CELL = re.compile(r"\d+\.\d+|N/A|nan|-nan|inf", re.IGNORECASE)
_SUM = re.compile(r"SUM (?P<name>[A-Za-z0-9_]+) (?P<sum>\S+)$")
_NOT_RUN = re.compile(r"(?P<status>Waived|ERROR|Error|Failed)\s*:\s*(?P<words>.*)$")
_DEVICE = re.compile(r"Device (?P<index>\d{1,4}): (?P<name>.+) \((?P<bus>[0-9a-fA-F:.]+)\)$")
_FIELD = re.compile(
    r"(?P<key>nvbandwidth Version|CUDA Runtime Version|Driver Version): (?P<is>.+)$"
)
_LAST_DIGIT = 0.01


@dataclass(slots=True)
class _Draft:
    """A test while its lines go by; `columns` is None until their line is read."""

    name: str
    line: int
    status: str | None = None
    description: str | None = None
    columns: int | None = None
    rows: list[tuple[float | None, ...]] = field(default_factory=list)
    sum: float | None = None
    error: str | None = None


def read_text(text: str) -> tuple[Bandwidths, list[Problem]]:
    """Return what a text says; a test that has no sum was cut, and its numbers do not count."""
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    if told.cut:
        lines.problems += told.problems
    cases = tuple(_case(draft, lines.problems) for draft in lines.drafts)
    return replace(lines.facts, testcases=cases), lines.problems


class _Lines:
    """Sorts lines under the test that they follow."""

    def __init__(self) -> None:
        self.facts = Bandwidths()
        self.drafts: list[_Draft] = []
        self.problems: list[Problem] = []

    def take(self, line: Line) -> None:
        """Read one whole line; what stands outside of tests and is no field is talk."""
        at, text = line
        if found := _RUNNING.match(text):
            self.drafts.append(_Draft(found["name"], at))
        elif found := _NOT_RUN.match(text):
            self._not_run(at, found)
        elif found := _FIELD.match(text):
            self._field(found["key"], found["is"])
        elif found := _DEVICE.match(text):
            device = Device(int(found["index"]), found["name"], found["bus"])
            self.facts = replace(self.facts, devices=(*self.facts.devices, device))
        elif found := _SUM.match(text):
            self._sum(line, found)
        elif self._open and text.strip():
            self._cells(line, self.drafts[-1])

    @property
    def _open(self) -> bool:
        """Whether the last test waits for numbers."""
        return bool(self.drafts) and self.drafts[-1].status is None

    def _not_run(self, at: int, found: re.Match[str]) -> None:
        status, words = found["status"].capitalize(), found["words"].strip()
        if status == "Error" and not self._open:
            self.problems.append(Problem(shown(found[0]), at))
            return
        if not self._open or self.drafts[-1].rows:
            self.drafts.append(_Draft(words, at))
        self.drafts[-1].status = status
        self.drafts[-1].error = words or None

    def _field(self, key: str, value: str) -> None:
        if key.startswith("nvbandwidth"):
            self.facts = replace(self.facts, version=value)
        elif key.startswith("CUDA"):
            self.facts = replace(self.facts, cuda_runtime=value)
        else:
            self.facts = replace(self.facts, driver=value)

    def _sum(self, line: Line, found: re.Match[str]) -> None:
        if not self._open or self.drafts[-1].name != found["name"]:
            self.problems.append(Problem(f"a sum without its test: {found['name']}", line[0]))
            return
        self.drafts[-1].sum, self.drafts[-1].status = number(found["sum"]), "Passed"

    def _cells(self, line: Line, draft: _Draft) -> None:
        text = line[1]
        if draft.description is None and _WORDS.match(text):
            draft.description = text.strip()
        elif draft.columns is None and _COLUMNS.match(text):
            draft.columns = len(text.split())
        elif row := _row(text, draft):
            draft.rows.append(row)
        else:
            self.problems.append(not_understood(line))


def _row(text: str, draft: _Draft) -> tuple[float | None, ...] | None:
    """Return the cells of the row that comes next; None for any other line."""
    found = _ROW.match(text)
    if found is None or int(found["row"]) != len(draft.rows):
        return None
    cells = found["cells"].split()
    if len(cells) != draft.columns or not all(_CELL.fullmatch(cell) for cell in cells):
        return None
    return tuple(number(cell) for cell in cells)


def _adds_up(draft: _Draft) -> bool:
    cells = sum(len(row) for row in draft.rows)
    return add_up(draft.rows, draft.sum, _LAST_DIGIT * (cells + 1))


def _case(draft: _Draft, problems: list[Problem]) -> Testcase:
    if draft.status is None:
        problems.append(Problem(f"{draft.name} ends before its sum", draft.line))
    elif draft.status == "Passed" and not _adds_up(draft):
        problems.append(Problem(f"{draft.name}: the cells do not make the sum", draft.line))
        draft.status = None
    numbers = draft.status == "Passed"
    return Testcase(
        name=draft.name,
        status=draft.status,
        description=draft.description,
        matrix=tuple(draft.rows) if numbers else (),
        sum=draft.sum if numbers else None,
        error=draft.error,
    )
