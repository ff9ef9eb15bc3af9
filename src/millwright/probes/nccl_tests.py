"""`all_reduce_perf` and its kin of nccl-tests and rccl-tests: tables of bandwidths by size.

One output may hold several tables, NCCL's own log lines between and inside of rows, the words of
the launcher that tags each line with its rank, and errors of MPI in place of it all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.nccl_collectives import NAMED, collective_of, fits
from millwright.probes.nccl_facts import Rank, Run, Runs, Settings, measurements_of
from millwright.probes.nccl_json import read_json
from millwright.probes.nccl_rows import Columns, Row
from millwright.probes.reading import Problem, Reading, count, is_simulated, number

TOOL = "nccl-tests"
ALIASES = ("rccl-tests", "all_reduce_perf", "all_gather_perf", "alltoall_perf", "sendrecv_perf")
_TAG = re.compile(r"(?:\[\d+,\d+\]<std(?:out|err|diag)>:\s?|\d{1,5}:\s(?=[\s#]))")
_SETTINGS = re.compile(r"#\s*nThreads?:? ")
_SETTING = re.compile(
    r"(?P<key>nThreads?|nGpus|minBytes|maxBytes|warmup iters|agg iters|iters|validation|graph)"
    r":?\s+(?P<value>\d{1,18})\b"
)
_RANK = re.compile(
    r"#\s+Rank\s+(?P<rank>\d{1,7})\s+(?:Group\s+(?P<group>\d{1,6})\s+)?Pid\s+(?P<pid>\d{1,10}) on"
    r"\s+(?P<host>.+?)\s+device\s+(?P<device>\d{1,4}) \[(?P<pci>[^\]]+)\] (?P<name>.+)$"
)
_VERSION = re.compile(r"(?:N|R)CCL version\s*:?\s*(?P<version>\d+\.\S+)")
_TESTS_VERSION = re.compile(
    r"# (?:n|r)ccl-tests version (?P<tests>\S+)(?:.*-library=(?P<library>\d{4,6})\b)?"
)
_BOUNDS = re.compile(r"# Out of bounds values : (?P<count>\d{1,18}) (?P<verdict>OK|FAILED)$")
_AVERAGE = re.compile(r"# Avg bus bandwidth\s*: (?P<average>\S+)$")
_CONCLUDED = re.compile(r"# Collective test concluded: ")
_LOG = re.compile(r"\s*\S+:\d+:\d+ \[\d+\] (?:N|R)CCL (?P<level>WARN|INFO|TRACE|ABORT)\b")
_WARNING = re.compile(r"(?:N|R)CCL WARN\b")
_FAILURE = re.compile(
    r"Test (?:NCCL|RCCL|CUDA|HIP|failure)\b.*|.*: Test (?:NCCL|RCCL|CUDA|HIP) failure|"
    r".*Test failure common|.*not enough slots available|.*MPI_ABORT was invoked|ORTE\b.*|PRTE\b.*|"
    r"(?:mpirun|mpiexec|prterun|srun|slurmstepd)\b.*(?:error|fail|unable|could not|exited|noticed)|"
    r".*error while loading shared libraries|.*Segmentation fault|.*command not found|"
    r".*No such file or directory|USAGE:|.*invalid option|.*All nodes which are allocated|"
    r".*out of memory|.*: Invalid|.*unhandled (?:cuda|system) error",
    re.IGNORECASE,
)
_NEAR = 0.02


@dataclass(slots=True)
class _Draft:
    """A run while its lines go by."""

    named: str | None = None
    settings: Settings = field(default_factory=Settings)
    ranks: list[Rank] = field(default_factory=list)
    columns: Columns | None = None
    rows: list[Row] = field(default_factory=list)
    out_of_bounds: int | None = None
    passed: bool | None = None
    average: float | None = None
    line: int = 0

    @property
    def summed_up(self) -> bool:
        """Whether the summary has begun."""
        return self.out_of_bounds is not None or self.average is not None


def command(test: str = "all_reduce", gpus: int = 8, max_bytes: int = 8 << 30) -> list[str]:
    """Return what to run on a node: a collective over its GPUs, from 8 bytes upwards."""
    return [f"{test}_perf", "-b", "8", "-e", str(max_bytes), "-f", "2", "-g", str(gpus)]


def read(text: str) -> Reading[Runs]:
    """Return every table; one that ends before its summary has no average, and is a problem."""
    if text.removeprefix("\ufeff").lstrip().startswith("{"):
        facts, problems = read_json(text)
    else:
        facts, problems = _from_text(text)
    measurements = tuple(found for run in facts.runs for found in measurements_of(run))
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


def _from_text(text: str) -> tuple[Runs, list[Problem]]:
    told = output(text)
    lines = _Lines()
    for line in told.whole:
        lines.take(line)
    problems = lines.problems + told.problems
    runs = tuple(_run(draft, problems) for draft in lines.drafts if draft.columns)
    if not runs:
        problems.append(Problem("no table of results"))
    return (
        Runs(runs, lines.nccl_version, lines.tests_version, tuple(lines.warnings)),
        problems,
    )


class _Lines:
    """Sorts lines into runs; a heading after a table opens the next one."""

    def __init__(self) -> None:
        self.drafts = [_Draft()]
        self.nccl_version: str | None = None
        self.tests_version: str | None = None
        self.warnings: list[str] = []
        self.problems: list[Problem] = []
        self._pending = ""

    def take(self, line: Line) -> None:
        """Read one whole line."""
        at, text = line
        if tag := _TAG.match(text):
            text = text[tag.end() :]
        text = self._without_log(text)
        if not text.strip():
            return
        if text.lstrip().startswith("#"):
            self._heading((at, text.strip()))
        elif not self._row((at, text)):
            self._other((at, text.strip()))

    def _without_log(self, text: str) -> str:
        """Return a line without NCCL's words; a row that they interrupt waits for its rest."""
        ends = self.drafts[-1].columns.ends if self.drafts[-1].columns else ()
        for end in (*reversed(ends), 0):
            if _LOG.match(text, end):
                if _WARNING.search(text):
                    self.warnings.append(text[end:].strip())
                self._version(text)
                self._pending += text[:end]
                return ""
        return text

    def _version(self, text: str) -> bool:
        found = _VERSION.search(text)
        if found:
            self.nccl_version = self.nccl_version or found["version"]
        return found is not None

    def _heading(self, line: Line) -> None:
        at, text = line
        if found := NAMED.search(text):
            draft = self.drafts[-1] if _CONCLUDED.match(text) else self._open(at)
            draft.named = draft.named or found["name"]
        elif _SETTINGS.match(text):
            self._open(at).settings = _settings(text)
        elif found := _RANK.match(text):
            self._open(at).ranks.append(_rank(found))
        elif columns := Columns.of(text):
            self._open(at).columns = columns
        elif found := _TESTS_VERSION.match(text):
            self._open(at)
            self.tests_version = found["tests"]
            self.nccl_version = self.nccl_version or _decoded(found["library"])
        else:
            self._summary(text)

    def _summary(self, text: str) -> None:
        draft = self.drafts[-1]
        if found := _BOUNDS.match(text):
            draft.out_of_bounds, draft.passed = int(found["count"]), found["verdict"] == "OK"
        elif found := _AVERAGE.match(text):
            draft.average = number(found["average"])

    def _open(self, at: int) -> _Draft:
        """Return the run that a heading belongs to: a new one if the last has its table."""
        if self.drafts[-1].rows or self.drafts[-1].summed_up:
            self.drafts.append(_Draft())
        self.drafts[-1].line = self.drafts[-1].line or at
        return self.drafts[-1]

    def _row(self, line: Line) -> bool:
        draft = self.drafts[-1]
        if draft.columns is None or draft.summed_up:
            return False
        row = draft.columns.row(self._pending + line[1])
        self._pending = "" if row else self._pending
        if row:
            draft.rows.append(row)
        return row is not None

    def _other(self, line: Line) -> None:
        draft = self.drafts[-1]
        if self._version(line[1]) or _WARNING.search(line[1]):
            self.warnings += [line[1]] if _WARNING.search(line[1]) else []
        elif _FAILURE.match(line[1]):
            self.problems.append(Problem(shown(line[1]), line[0]))
        elif draft.columns and not draft.summed_up:
            self.problems.append(not_understood(line))
            self._pending = ""
        elif (found := NAMED.search(line[1])) and not draft.named:
            draft.named = found["name"]


def _rank(found: re.Match[str]) -> Rank:
    return Rank(
        rank=int(found["rank"]),
        group=int(found["group"] or 0),
        pid=int(found["pid"]),
        host=found["host"],
        device=int(found["device"]),
        pci=found["pci"],
        name=found["name"],
    )


def _settings(text: str) -> Settings:
    told = {found["key"]: count(found["value"]) for found in _SETTING.finditer(text)}
    checked = told.get("validation")
    return Settings(
        threads=told.get("nThread", told.get("nThreads")),
        gpus=told.get("nGpus"),
        min_bytes=told.get("minBytes"),
        max_bytes=told.get("maxBytes"),
        iterations=told.get("iters"),
        warmup_iterations=told.get("warmup iters"),
        validation=None if checked is None else checked != 0,
    )


def _decoded(library: str | None) -> str | None:
    """Return 2.23.4 for 22304, and 2.4.8 for 2408: the code grew a digit with 2.9."""
    if library is None:
        return None
    scale = 10_000 if len(library) > 4 else 1000
    return f"{int(library) // scale}.{int(library) % scale // 100}.{int(library) % 100}"


def _run(draft: _Draft, problems: list[Problem]) -> Run:
    ranks = tuple(sorted(draft.ranks, key=lambda rank: rank.rank))
    whole = _whole(draft.settings, ranks)
    together = sum(rank.group == 0 for rank in ranks) if whole else 0
    collective = collective_of(draft.named, together, draft.columns, draft.rows)
    if not whole or not fits(collective, together, draft.rows):
        problems.append(Problem("the list of ranks is not whole", draft.line))
        ranks = ()
    if draft.average is None or draft.out_of_bounds is None:
        problems.append(Problem("the table ends before its summary", draft.line))
    elif not _averages(draft):
        problems.append(Problem("the rows do not make the average: some are lost", draft.line))
    return Run(
        collective=collective,
        settings=draft.settings,
        ranks=ranks,
        rows=tuple(draft.rows),
        out_of_bounds=draft.out_of_bounds,
        passed=draft.passed,
        average_busbw=draft.average,
        complete=draft.average is not None and draft.out_of_bounds is not None,
    )


def _whole(settings: Settings, ranks: tuple[Rank, ...]) -> bool:
    """Return whether ranks can be all: numbered without gaps, whole processes of them."""
    per_process = (settings.threads or 1) * (settings.gpus or 0)
    if not ranks:
        return True
    numbered = [rank.rank for rank in ranks] == list(range(len(ranks)))
    return numbered and per_process > 0 and len(ranks) % per_process == 0


def _averages(draft: _Draft) -> bool:
    """Return whether the printed average is that of the rows; the tests count both places."""
    cells = [cell.busbw for row in draft.rows for cell in (row.out_of_place, row.in_place) if cell]
    told = [busbw for busbw in cells if busbw is not None]
    if not told or draft.average is None:
        return False
    return abs(sum(told) / len(told) - draft.average) <= _NEAR * max(1.0, draft.average)
