"""scontrol's records: `Key=value` on one line or many, and `scontrol show config`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from millwright.probes.endings import Line, shown
from millwright.probes.reading import Problem, count, number, said
from millwright.probes.slurm_facts import (
    Setting,
    SlurmAnswer,
    SlurmJob,
    SlurmNode,
    SlurmPartition,
    gpus_of,
    state_of,
)

KEYS = {"NodeName": "nodes", "JobId": "jobs", "PartitionName": "partitions"}
_PAIR = re.compile(r"(?:(?<=\s)|^)(?P<key>[A-Z][A-Za-z0-9_:/]{0,40})=")
_FREE = ("OS", "Reason", "Comment", "AdminComment", "Command", "WorkDir", "Extra")
"""Keys that have a line of their own: an equals sign among their words begins no key."""
_STATES = {"NodeName": "State", "JobId": "JobState", "PartitionName": "State"}
_AGAIN = frozenset({"Nodes", "CPU_IDs", "Mem", "GRES"})
"""Keys that a job tells once for each group of its nodes."""
_CONFIG = re.compile(r"(?P<key>[A-Za-z][A-Za-z0-9_\[\]]{0,60})\s*= ?(?P<value>.*)$")
CONFIG_HEAD = re.compile(r"Configuration data as of (?P<at>\S+)$")

Record = dict[str, str]


def read_records(lines: Sequence[Line]) -> tuple[SlurmAnswer, list[Problem]]:
    """Return every record; one that stands twice in the same words is one."""
    records, problems = _records(lines)
    kinds = {KEYS[next(iter(record))] for record in records}
    nodes, jobs, partitions = [], [], []
    for record in records:
        kind = KEYS[next(iter(record))]
        if kind == "nodes":
            nodes.append(_node(record))
        elif kind == "jobs":
            jobs.append(_job(record))
        else:
            partitions.append(_partition(record))
    problems += twice("node", [node.name for node in nodes])
    problems += twice("job", [job.id for job in jobs])
    problems += twice("partition", [each.name for each in partitions])
    answer = SlurmAnswer(
        kind=" and ".join(sorted(kinds)) or None,
        nodes=tuple(nodes),
        jobs=tuple(jobs),
        partitions=tuple(partitions),
    )
    return answer, problems


def twice(kind: str, names: Sequence[str]) -> list[Problem]:
    """Return a problem for each name that stands more than once."""
    often = Counter(names)
    return [
        Problem(f"{kind} {name} is told {times} times, and differs")
        for name, times in often.items()
        if times > 1
    ]


def _records(lines: Sequence[Line]) -> tuple[list[Record], list[Problem]]:
    found: dict[tuple[tuple[str, str], ...], Record] = {}
    problems: list[Problem] = []
    record: Record | None = None
    begun = 0
    for at, line in [*lines, (0, "")]:
        pairs = _pairs(line.strip())
        begins = bool(pairs) and pairs[0][0] in KEYS and not line.startswith((" ", "\t"))
        if begins or not line.strip():
            _close(record, begun, found, problems)
            record, begun = ({}, at) if begins else (None, 0)
        if record is None:
            if line.strip():
                problems.append(Problem(f"not understood: {shown(line)}", at))
            continue
        for key, value in pairs:
            if record.setdefault(key, value) != value and key not in _AGAIN:
                problems.append(Problem(f"{key} has two values in one record", at))
    return list(found.values()), problems


def _close(
    record: Record | None,
    begun: int,
    found: dict[tuple[tuple[str, str], ...], Record],
    problems: list[Problem],
) -> None:
    if record is None:
        return
    head = next(iter(record))
    if not record.get(_STATES[head]):
        problems.append(Problem(f"{head}={record[head][:40]} has no {_STATES[head]}", begun))
    found.setdefault(tuple(record.items()), record)


def _pairs(line: str) -> list[tuple[str, str]]:
    """Return keys and values; a value ends where the next key begins, a free one with its line."""
    hits = list(_PAIR.finditer(line))
    if hits and hits[0]["key"] in _FREE:
        return [(hits[0]["key"], line[hits[0].end() :].strip())]
    ends = [hit.start() for hit in hits[1:]] + [len(line)] * bool(hits)
    return [
        (hit["key"], line[hit.end() : end].strip()) for hit, end in zip(hits, ends, strict=True)
    ]


def _told(record: Record, key: str) -> str | None:
    value = said(record.get(key))
    return None if value is None or value in ("(null)", "None", "Unknown") else value


def _node(record: Record) -> SlurmNode:
    state, flags = state_of(record.get("State"))
    return SlurmNode(
        name=record["NodeName"],
        state=state,
        flags=flags,
        partitions=tuple(filter(None, (_told(record, "Partitions") or "").split(","))),
        cpus=count(_told(record, "CPUTot")),
        cpus_allocated=count(_told(record, "CPUAlloc")),
        memory_mib=count(_told(record, "RealMemory")),
        memory_free_mib=count(_told(record, "FreeMem")),
        load=number(_told(record, "CPULoad")),
        gres=_told(record, "Gres"),
        gres_used=_told(record, "GresUsed"),
        gpus=gpus_of(_told(record, "CfgTRES")) or gpus_of(_told(record, "Gres")),
        reason=_told(record, "Reason"),
        version=_told(record, "Version"),
    )


def _job(record: Record) -> SlurmJob:
    tres = _told(record, "AllocTRES") or _told(record, "TRES")
    return SlurmJob(
        id=record["JobId"],
        name=_told(record, "JobName"),
        state=_told(record, "JobState"),
        reason=_told(record, "Reason"),
        user=(_told(record, "UserId") or "").partition("(")[0] or None,
        account=_told(record, "Account"),
        partition=_told(record, "Partition"),
        nodes=_told(record, "NodeList"),
        node_count=count((_told(record, "NumNodes") or "").partition("-")[0]),
        cpus=count((_told(record, "NumCPUs") or "").partition("-")[0]),
        gpus=gpus_of(tres),
        time=_told(record, "RunTime"),
        exit_code=_told(record, "ExitCode"),
        begin=_told(record, "StartTime"),
        end=_told(record, "EndTime"),
        restarts=count(_told(record, "Restarts")),
    )


def _partition(record: Record) -> SlurmPartition:
    default = _told(record, "Default")
    return SlurmPartition(
        name=record["PartitionName"],
        state=_told(record, "State"),
        default=None if default is None else default == "YES",
        nodes=_told(record, "Nodes"),
        node_count=count(_told(record, "TotalNodes")),
        cpus=count(_told(record, "TotalCPUs")),
        gpus=gpus_of(_told(record, "TRES")),
        time_limit=_told(record, "MaxTime"),
    )


def read_config(lines: Sequence[Line]) -> tuple[SlurmAnswer, list[Problem]]:
    """Return every setting; a line that is none, after the head, is a heading or talk."""
    settings: dict[str, str] = {}
    problems: list[Problem] = []
    for at, line in lines:
        found = _CONFIG.match(line.strip())
        if found is None or CONFIG_HEAD.match(line.strip()):
            continue
        value = found["value"].strip()
        if settings.setdefault(found["key"], value) != value:
            problems.append(Problem(f"{found['key']} has two values", at))
    answer = SlurmAnswer(
        kind="config",
        version=settings.get("SLURM_VERSION"),
        cluster=settings.get("ClusterName"),
        settings=tuple(Setting(name, value) for name, value in settings.items()),
    )
    return answer, problems
