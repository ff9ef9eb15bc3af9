"""Slurm's tables: columns by blanks, by dashes below the heading, or by bars."""

from __future__ import annotations

import re
from collections.abc import Sequence

from millwright.probes.endings import Line, shown
from millwright.probes.reading import Problem, count, number, said
from millwright.probes.slurm_facts import SlurmAnswer, SlurmJob, SlurmNode, gpus_of, state_of
from millwright.probes.slurm_words import JOB_STATES, NODE_STATES, TITLES

Cells = dict[str, str]
_DASHES = re.compile(r"-+(?: -+)+\s*$")
_CPUS = re.compile(r"\d{1,9}/\d{1,9}/\d{1,9}/\d{1,9}$")


def is_heading(line: str) -> bool:
    """Return whether a line names columns that Slurm knows, by blanks or by bars."""
    words = [word.strip().upper() for word in re.split(r"\|" if "|" in line else r"\s+", line)]
    known = [word for word in words if word in TITLES]
    return len(known) >= 2 and 2 * len(known) >= len([word for word in words if word]) - 30


def read_table(lines: Sequence[Line]) -> tuple[SlurmAnswer, list[Problem]]:
    """Return nodes or jobs; a row that does not fit its columns is a problem."""
    head = next((n for n, line in enumerate(lines) if is_heading(line[1])), None)
    if head is None:
        return _without_heading(lines)
    rows, problems = _rows(lines, head)
    titles = {title for _, row in rows for title in row} or set(_titles(lines[head][1]))
    if titles & {"JOBID"}:
        jobs = [_job(line, row, problems) for line, row in rows]
        return SlurmAnswer("jobs", jobs=tuple(job for job in jobs if job)), problems
    nodes = [_node(line, row, problems) for line, row in rows]
    return SlurmAnswer("nodes", nodes=tuple(node for node in nodes if node)), problems


def _titles(line: str) -> list[str]:
    parts = line.split("|") if "|" in line else line.split()
    return [part.strip().upper() for part in parts]


def _rows(lines: Sequence[Line], head: int) -> tuple[list[tuple[Line, Cells]], list[Problem]]:
    titles = _titles(lines[head][1])
    widths: list[tuple[int, int]] = []
    rows: list[tuple[Line, Cells]] = []
    problems: list[Problem] = []
    for line in lines[head + 1 :]:
        if _DASHES.match(line[1]):
            widths = [found.span() for found in re.finditer(r"-+", line[1])]
            continue
        if not line[1].strip() or _titles(line[1]) == titles:
            continue
        cells = _cells(line[1], titles, "|" in lines[head][1], widths)
        if cells is None:
            problems.append(Problem(f"not understood: {shown(line[1])}", line[0]))
            continue
        row: Cells = {}
        for title, cell in zip(titles, cells, strict=True):
            row.setdefault(title, cell.strip())
        rows.append((line, row))
    return rows, problems


def _cells(
    line: str, titles: list[str], bars: bool, widths: list[tuple[int, int]]
) -> list[str] | None:
    """Return as many cells as there are titles; None where a line has another number of them."""
    if bars:
        cells = line.split("|")
        if len(cells) == len(titles) + 1 and not cells[-1].strip():
            cells.pop()
    elif widths:
        cells = [line[start:end] for start, end in widths]
        if line[widths[-1][1] :].strip() or any(line[end : end + 1].strip() for _, end in widths):
            return None
    elif titles[0] == "REASON":
        ends = line.rsplit(None, len(titles) - 1)
        cells = ends
    else:
        cells = line.split(None, len(titles) - 1)
    return cells if len(cells) == len(titles) else None


def _node(line: Line, row: Cells, problems: list[Problem]) -> SlurmNode | None:
    name = row.get("NODELIST") or row.get("HOSTNAMES") or row.get("NODEHOST")
    told = row.get("STATE") or row.get("STATECOMPACT")
    state, flags = state_of(told)
    cpus = row.get("CPUS(A/I/O/T)", "")
    nodes = row.get("NODES")
    if not name or (told and state not in NODE_STATES) or (nodes and count(nodes) is None):
        problems.append(Problem(f"not understood: {shown(line[1])}", line[0]))
        return None
    reason = said(row.get("REASON"))
    partition = said(row.get("PARTITION"))
    return SlurmNode(
        name=name,
        state=state,
        flags=flags,
        count=count(nodes) or _total(row.get("NODES(A/I/O/T)", "")),
        partitions=(partition.rstrip("*"),) if partition else (),
        cpus=count(row.get("CPUS")) or (count(cpus.split("/")[3]) if _CPUS.match(cpus) else None),
        cpus_allocated=count(cpus.split("/")[0]) if _CPUS.match(cpus) else None,
        memory_mib=count(row.get("MEMORY")),
        memory_free_mib=count(row.get("FREE_MEM")),
        load=number(row.get("CPU_LOAD")),
        gres=_gres(row.get("GRES")),
        gres_used=_gres(row.get("GRES_USED")),
        gpus=gpus_of(row.get("GRES")),
        reason=None if reason is None or reason.lower() == "none" else reason,
        version=said(row.get("VERSION")),
    )


def _total(told: str) -> int | None:
    """Return the last of four numbers: how many there are in all."""
    return count(told.split("/")[3]) if _CPUS.match(told) else None


def _gres(told: str | None) -> str | None:
    words = said(told)
    return None if words in (None, "(null)") else words


def _job(line: Line, row: Cells, problems: list[Problem]) -> SlurmJob | None:
    told = row.get("STATE") or row.get("ST") or ""
    state = told.split(" ")[0].rstrip("+")
    known = not told or any(each.startswith(state) for each in JOB_STATES)
    nodes, cpus = row.get("NODES") or row.get("NNODES"), row.get("ALLOCCPUS") or row.get("CPUS")
    if not row["JOBID"] or not known or (nodes and count(nodes) is None):
        problems.append(Problem(f"not understood: {shown(line[1])}", line[0]))
        return None
    where = said(row.get("NODELIST(REASON)")) or said(row.get("NODELIST"))
    waits = bool(where) and str(where).startswith("(")
    return SlurmJob(
        id=row["JOBID"],
        name=said(row.get("NAME")) or said(row.get("JOBNAME")),
        state=state or None,
        reason=str(where).strip("()") if waits else said(row.get("REASON")),
        user=said(row.get("USER")),
        account=said(row.get("ACCOUNT")),
        partition=said(row.get("PARTITION")),
        nodes=None if waits else where,
        node_count=count(nodes),
        cpus=count(cpus),
        gpus=gpus_of(row.get("ALLOCTRES")),
        time=said(row.get("TIME")) or said(row.get("ELAPSED")),
        exit_code=said(row.get("EXITCODE")),
        begin=said(row.get("START")) or said(row.get("START_TIME")),
        end=said(row.get("END")) or said(row.get("END_TIME")),
        restarts=count(row.get("RESTARTS") or row.get("RESTARTCNT")),
    )


def _without_heading(lines: Sequence[Line]) -> tuple[SlurmAnswer, list[Problem]]:
    """Return nodes from rows between bars without titles: a cell is known by its shape."""
    nodes: list[SlurmNode] = []
    problems: list[Problem] = []
    for line in lines:
        if not line[1].strip():
            continue
        cells = [cell.strip() for cell in line[1].split("|")]
        node = _guessed(cells) if len(cells) > 2 else None
        if node is None:
            problems.append(Problem(f"not understood: {shown(line[1])}", line[0]))
        else:
            nodes.append(node)
    return SlurmAnswer("nodes" if nodes else None, nodes=tuple(nodes)), problems


def _guessed(cells: list[str]) -> SlurmNode | None:
    """Return a node of a name, a state and CPUs by state; the cells between are told by shape."""
    split = next((cell for cell in cells if _CPUS.match(cell)), None)
    told = next((cell for cell in cells[1:] if state_of(cell)[0] in NODE_STATES), None)
    if not re.match(r"[A-Za-z][\w.,\[\]-]*$", cells[0]) or split is None or told is None:
        return None
    state, flags = state_of(told)
    gres = [cell for cell in cells if re.match(r"(?:gres/)?gpu[:=(]", cell)]
    parts = [int(part) for part in split.split("/")]
    if sum(parts[:3]) != parts[3]:
        return None
    rest = [cell for cell in cells[1:] if cell and cell not in (split, told, *gres)]
    names = [cell for cell in rest if not cell[0].isdigit()]
    return SlurmNode(
        name=cells[0],
        state=state,
        flags=flags,
        partitions=(names[-1].rstrip("*"),) if names else (),
        cpus=parts[3],
        cpus_allocated=parts[0],
        gres=gres[0] if gres else None,
        gres_used=gres[1] if len(gres) > 1 else None,
        gpus=gpus_of(gres[0]) if gres else None,
    )
