"""When nodes were out, as `sacctmgr show event` tells it: the scheduler's own book of outages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from millwright.model.usage import Outage, OutageKind
from millwright.probes.reading import Problem
from millwright.probes.sacct import node_names

FIELDS = "Cluster,NodeName,Start,End,State,Reason"
_DOWN = ("DOWN", "FAIL", "NOT_RESPONDING", "POWERED_DOWN", "POWER_DOWN", "BOOT_FAIL", "FUTURE")


def command(begin: str, end: str) -> list[str]:
    """Return what to ask a head node about a period, given as local times of UTC."""
    words = ["env", "TZ=UTC", "SLURM_TIME_FORMAT=%s", "sacctmgr", "--parsable2", "show", "event"]
    return [*words, f"format={FIELDS}", f"start={begin}", f"end={end}"]


def read_events(
    text: str, zone: tzinfo, planned: Sequence[str]
) -> tuple[list[Outage], list[Problem]]:
    """Return the outages of a table between bars; a reason that begins with one of `planned` (in
    any case of letters) is of maintenance."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines:
        return [], [Problem("nothing is told")]
    titles = [_title(title) for title in lines[0].split("|")]
    missing = [name for name in ("NODENAME", "START", "END", "STATE") if name not in titles]
    if missing:
        told = f"columns {', '.join(missing)} are missing; sacctmgr --parsable2 show event"
        return [], [Problem(f"{told} format={FIELDS}", 1)]
    found: list[Outage] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("|", len(titles) - 1)
        if not line.strip():
            continue
        if len(cells) != len(titles):
            problems.append(Problem(f"{len(cells)} cells, and {len(titles)} columns", number))
            continue
        row = dict(zip(titles, (cell.strip() for cell in cells), strict=True))
        try:
            found += _outages(row, zone, planned)
        except ValueError as error:
            problems.append(Problem(f"not understood: {error}", number))
    return found, problems


def _title(told: str) -> str:
    return {"TIMESTART": "START", "TIMEEND": "END"}.get(told.strip().upper(), told.strip().upper())


def _outages(row: dict[str, str], zone: tzinfo, planned: Sequence[str]) -> list[Outage]:
    begin = _moment(row["START"], zone)
    if begin is None:
        raise ValueError("no start")
    end = _moment(row["END"], zone)
    if end is not None and end < begin:
        raise ValueError("it ended before it began")
    if not row["NODENAME"]:
        return []
    reason = row.get("REASON", "")
    kind = _kind(row["STATE"].upper(), reason.lower(), planned)
    first = reason.partition(" ")[0].rstrip(":")
    fault = first if ":" in first else reason[:60]
    return [Outage(node, begin, end, kind, fault) for node in node_names(row["NODENAME"])]


def _kind(state: str, reason: str, planned: Sequence[str]) -> OutageKind:
    if "MAINT" in state or reason.startswith(tuple(word.lower() for word in planned)):
        return "planned"
    return "down" if any(word in state for word in _DOWN) else "drained"


def _moment(told: str, zone: tzinfo) -> int | None:
    if told.isascii() and told.isdigit():
        return int(told) or None
    if told.upper() in ("", "UNKNOWN", "NONE", "N/A"):
        return None
    found = datetime.fromisoformat(told)
    return int((found if found.tzinfo else found.replace(tzinfo=zone)).timestamp())
