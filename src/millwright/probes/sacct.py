"""What Slurm's accounting says of jobs: `sacct --parsable2` and `sacct --json`, exactly.

A row that cannot be read is a problem with its line: hours that are missing would look like hours
in which nothing ran. Times without an offset are local times of the cluster; where the clock was
put back and an hour came twice, the elapsed time says which of them is meant.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo

from millwright.model.nodeset import WrongNodeSet, expanded
from millwright.model.usage import Job
from millwright.probes.reading import Problem
from millwright.probes.slurm_facts import gpus_of
from millwright.probes.slurm_words import JOB_STATES

FIELDS = (
    "JobID", "JobIDRaw", "User", "Account", "Partition", "State", "Submit", "Eligible", "Start",
    "End", "ElapsedRaw", "AllocTRES", "NodeList",
)  # fmt: skip
NEEDED = ("JOBID", "STATE", "START", "END", "ALLOCTRES", "NODELIST")
MOST_GPUS = 1_000_000
"""More GPUs than any job can have had: who says so counts something else."""
ENDED = frozenset((
    "COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "PREEMPTED", "NODE_FAIL", "OUT_OF_MEMORY",
    "BOOT_FAIL", "DEADLINE", "REVOKED", "REQUEUED",
))  # fmt: skip
_NEVER = frozenset(("", "UNKNOWN", "NONE", "N/A", "INVALID"))
_ELAPSED = re.compile(r"(?:(\d{1,5})-)?(\d{1,3}):(\d\d):(\d\d)(?:\.\d+)?$")
_EXCLUDE = re.compile(r"(?:--exclude[= ]|\s-x ?)(\S+)")
_BEGAN = re.compile(r"^\d+(?:_(?:\d+|\[[^\]]*\]))?(?:\+\d+)?$")


def command(begin: int, end: int) -> list[str]:
    """Return what to ask a head node: all runs of all users that touch a period, times in UTC as
    seconds since 1970, runs before a requeue included, no step, and no name that a user chose."""
    words = ["env", "TZ=UTC", "SLURM_TIME_FORMAT=%s", "sacct", "--allusers", "--duplicates"]
    words += ["--allocations", "--noconvert", "--parsable2", f"--format={','.join(FIELDS)}"]
    return [*words, f"--starttime={_asked(begin)}", f"--endtime={_asked(end)}"]


def _asked(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}"


def read_table(text: str, zone: tzinfo) -> tuple[list[Job], list[Problem]]:
    """Return the runs of a table between bars; steps are parts of their jobs and passed over."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines:
        return [], [Problem("nothing is told")]
    titles = [title.strip().upper() for title in lines[0].split("|")]
    missing = [name for name in NEEDED if name not in titles]
    if missing:
        told = f"columns {', '.join(missing)} are missing; sacct --parsable2 --format={FIELDS}"
        return [], [Problem(told.replace("'", "").replace("(", "").replace(")", ""), 1)]
    jobs: list[Job] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("|")
        if not line.strip() or cells == lines[0].split("|"):
            continue
        if len(cells) != len(titles):
            problems.append(Problem(f"{len(cells)} cells, and {len(titles)} columns", number))
            continue
        row = dict(zip(titles, (cell.strip() for cell in cells), strict=True))
        if "." in row["JOBID"]:
            continue
        found = _job(row, zone)
        if isinstance(found, Job):
            jobs.append(found)
        else:
            problems.append(Problem(found, number))
    return jobs, problems


def _job(row: dict[str, str], zone: tzinfo) -> Job | str:
    """Return a run, or what is wrong with its row."""
    words = row["STATE"].split()
    state = words[0].rstrip("+").upper() if words else ""
    if state not in JOB_STATES:
        return f"no state of a job: {row['STATE'][:40]!r}"
    if not _BEGAN.match(row["JOBID"]):
        return f"no job's number: {row['JOBID'][:40]!r}"
    elapsed = _elapsed(row.get("ELAPSEDRAW") or row.get("ELAPSED") or "")
    try:
        span = _span(row["START"], row["END"], elapsed, zone)
        eligible = _moments(row.get("ELIGIBLE") or row.get("SUBMIT") or "", zone)
    except ValueError as error:
        return f"no time: {error}"
    gpus = gpus_of(row["ALLOCTRES"])
    if gpus is None and "gres/gpu" in row["ALLOCTRES"]:
        return f"no count of GPUs: {row['ALLOCTRES'][:80]!r}"
    return finished(
        Job(
            id=row.get("JOBIDRAW") or row["JOBID"],
            user=row.get("USER", ""),
            account=row.get("ACCOUNT", ""),
            partition=row.get("PARTITION", ""),
            state=state,
            eligible=eligible[0] if eligible else None,
            begin=span[0],
            end=span[1],
            elapsed_s=elapsed,
            gpus=gpus or 0,
            nodes=node_names(row["NODELIST"]),
            excluded=_excluded(row.get("SUBMITLINE", "")),
        )
    )


def finished(job: Job) -> Job | str:
    """Return a run that makes sense, or what does not: it ended before it began, or was nowhere."""
    if job.begin is not None and job.end is not None and job.end < job.begin:
        return f"job {job.id} ended before it began"
    if job.end is None and job.begin is not None and job.state in ENDED:
        return f"job {job.id} is {job.state} and has no end"
    if job.gpus > MOST_GPUS:
        return f"job {job.id} had more than {MOST_GPUS} GPUs"
    if job.begin is not None and job.gpus and not job.nodes and job.end != job.begin:
        return f"job {job.id} had {job.gpus} GPUs on no node"
    return job


def node_names(told: str) -> tuple[str, ...]:
    """Return the nodes of a list; one that nobody can expand stays a name of its own."""
    if told.upper() in ("", "NONE ASSIGNED", "(NULL)", "NONE"):
        return ()
    try:
        return expanded(told)
    except WrongNodeSet:
        return (told[:200],)


def _excluded(line: str) -> tuple[str, ...]:
    return tuple(
        itertools.chain.from_iterable(node_names(found) for found in _EXCLUDE.findall(line))
    )


def _elapsed(told: str) -> int | None:
    if told.isascii() and told.isdigit():
        return int(told)
    found = _ELAPSED.match(told)
    if not found:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _moments(told: str, zone: tzinfo) -> list[int]:
    """Return what a time may be: nothing, one moment, or two where the clock was put back.

    Raises ValueError where it is no time.
    """
    if told.upper() in _NEVER:
        return []
    if told.isascii() and told.isdigit():
        return [int(told)] if int(told) else []
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        raise ValueError(repr(told[:40])) from None
    if found.tzinfo is not None:
        return [int(found.timestamp())]
    both = {int(found.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1)}
    return sorted(both)


def _span(begin: str, end: str, elapsed: int | None, zone: tzinfo) -> tuple[int | None, int | None]:
    begins: Sequence[int | None] = _moments(begin, zone) or [None]
    ends: Sequence[int | None] = _moments(end, zone) or [None]
    pairs = list(itertools.product(begins, ends))
    return next((pair for pair in pairs if _lasts(pair, elapsed)), _first(pairs))


def _lasts(pair: tuple[int | None, int | None], elapsed: int | None) -> bool:
    begin, end = pair
    return begin is not None and end is not None and end - begin == elapsed


def _first(pairs: Iterable[tuple[int | None, int | None]]) -> tuple[int | None, int | None]:
    """Return the first pair in which time goes forwards, else the first."""
    listed = list(pairs)
    forwards = (p for p in listed if p[0] is not None and p[1] is not None and p[0] <= p[1])
    return next(forwards, listed[0])
