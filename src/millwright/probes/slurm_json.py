"""Slurm's JSON: what slurmrestd answers, and what `--json` makes the commands print."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.probes.json_node import Node
from millwright.probes.node_numbers import real, whole
from millwright.probes.reading import Problem
from millwright.probes.slurm_facts import (
    Setting,
    SlurmAnswer,
    SlurmJob,
    SlurmNode,
    SlurmPartition,
    gpus_of,
    state_of,
)
from millwright.probes.slurm_scontrol import twice

KINDS = ("nodes", "jobs", "partitions", "reservations", "statistics", "sinfo")


def is_answer(document: Node) -> bool:
    """Return whether a document is one of Slurm's."""
    known = any(document.at(kind).value is not None for kind in KINDS)
    return known and (document.at("meta").members != () or document.at("errors").value is not None)


def read_answer(document: Node) -> tuple[SlurmAnswer, list[Problem]]:
    """Return what a document lists, and what it says went wrong."""
    problems = [
        Problem(
            f"Slurm says: {error.first('description', 'error').said or error.said or 'an error'}"
        )
        for error in document.at("errors").entries
    ]
    slurm = document.at("meta").first("Slurm", "slurm")
    nodes = [_node(entry) for entry in document.at("nodes").entries]
    jobs = [_job(entry) for entry in document.at("jobs").entries]
    partitions = [_partition(entry) for entry in document.at("partitions").entries]
    found_nodes = [node for node in nodes if node]
    found_jobs = [job for job in jobs if job]
    found_partitions = [each for each in partitions if each]
    if len(found_nodes) + len(found_jobs) + len(found_partitions) < len(
        [*nodes, *jobs, *partitions]
    ):
        problems.append(Problem("an entry has no name"))
    problems += twice("node", [node.name for node in found_nodes])
    reservations = document.at("reservations")
    kinds = [kind for kind in KINDS if document.at(kind).value is not None]
    answer = SlurmAnswer(
        kind=" and ".join("nodes" if kind == "sinfo" else kind for kind in kinds),
        version=slurm.at("release").said,
        cluster=slurm.at("cluster").said,
        nodes=(*found_nodes, *_folded(document)),
        jobs=tuple(found_jobs),
        partitions=tuple(found_partitions),
        settings=tuple(_counters(document.at("statistics"))),
        reservations=len(reservations.entries) if reservations.value is not None else None,
    )
    return answer, problems


def _counted(node: Node) -> int | None:
    """Return a number, bare or as `{set, infinite, number}` tells it."""
    if node.members:
        return whole(node.at("number")) if node.at("set").value is True else None
    value = whole(node)
    return value if value is None or value >= 0 else None


def _state(node: Node, flags: Node) -> tuple[str | None, tuple[str, ...]]:
    words = [each.said or "" for each in node.entries] or [node.said or ""]
    state, more = state_of("+".join(words))
    beside = (each.said for each in flags.entries)
    return state, (*more, *(flag.lower() for flag in beside if flag))


def _node(entry: Node) -> SlurmNode | None:
    name = entry.first("name", "hostname").said
    if name is None:
        return None
    state, flags = _state(entry.at("state"), entry.at("state_flags"))
    load = _counted(entry.at("cpu_load"))
    return SlurmNode(
        name=name,
        state=state,
        flags=flags,
        partitions=tuple(each.said or "" for each in entry.at("partitions").entries),
        cpus=_counted(entry.at("cpus")),
        cpus_allocated=_counted(entry.at("alloc_cpus")),
        memory_mib=_counted(entry.at("real_memory")),
        memory_free_mib=_counted(entry.first("free_memory", "free_mem")),
        load=None if load is None else load / 100,
        gres=entry.at("gres").said or None,
        gres_used=entry.at("gres_used").said or None,
        gpus=gpus_of(entry.at("tres").said) or gpus_of(entry.at("gres").said),
        reason=entry.at("reason").said or None,
        version=entry.first("slurmd_version", "version").said,
    )


def _folded(document: Node) -> Iterator[SlurmNode]:
    """Yield what `sinfo --json` folds: nodes of one state and partition."""
    for entry in document.at("sinfo").entries:
        names = [each.said or "" for each in entry.at("nodes", "nodes").entries]
        state, flags = _state(entry.at("node", "state"), Node())
        partition = entry.at("partition", "name").said
        yield SlurmNode(
            name=",".join(names),
            state=state,
            flags=flags,
            count=_counted(entry.at("nodes", "total")),
            partitions=(partition,) if partition else (),
            cpus=_counted(entry.at("cpus", "total")),
            cpus_allocated=_counted(entry.at("cpus", "allocated")),
            memory_mib=_counted(entry.at("memory", "maximum")),
            gres=entry.at("gres", "total").said,
            gres_used=entry.at("gres", "used").said,
            gpus=gpus_of(entry.at("gres", "total").said),
        )


def _job(entry: Node) -> SlurmJob | None:
    number = entry.at("job_id").said
    if number is None:
        return None
    state, _ = _state(entry.first("job_state", "state"), Node())
    if state is None:
        state, _ = _state(entry.at("state", "current"), Node())
    exit_code = (
        entry.at("exit_code", "return_code")
        if entry.at("exit_code").members
        else entry.at("exit_code")
    )
    tres = entry.first("tres_alloc_str", "tres_req_str").said
    return SlurmJob(
        id=number,
        name=entry.at("name").said,
        state=None if state is None else state.upper(),
        reason=entry.at("state_reason").said,
        user=entry.first("user_name", "user").said,
        account=entry.at("account").said or None,
        partition=entry.at("partition").said,
        nodes=entry.at("nodes").said or None,
        node_count=_counted(entry.first("node_count", "allocation_nodes")),
        cpus=_counted(entry.at("cpus")),
        gpus=gpus_of(tres),
        exit_code=None if _counted(exit_code) is None else str(_counted(exit_code)),
        begin=_moment(entry.at("time", "start"), entry.at("start_time")),
        end=_moment(entry.at("time", "end"), entry.at("end_time")),
        restarts=_counted(entry.first("restart_cnt", "restarts")),
    )


def _moment(*told: Node) -> str | None:
    """Return the seconds since 1970 that one of these says; 0 says that it was not yet."""
    found = (_counted(each) for each in told)
    return next((str(moment) for moment in found if moment), None)


def _partition(entry: Node) -> SlurmPartition | None:
    name = entry.at("name").said
    if name is None:
        return None
    flags = [each.said for each in entry.at("flags").entries]
    state, _ = _state(
        entry.at("partition", "state") if entry.at("partition").members else entry.at("state"),
        Node(),
    )
    nodes = entry.at("nodes")
    tres = entry.at("tres")
    return SlurmPartition(
        name=name,
        state=None if state is None else state.upper(),
        default="default" in flags if entry.at("flags").value is not None else None,
        nodes=nodes.at("configured").said if nodes.members else nodes.said,
        node_count=_counted(nodes.at("total") if nodes.members else entry.at("total_nodes")),
        cpus=_counted(
            entry.at("cpus", "total") if entry.at("cpus").members else entry.at("total_cpus")
        ),
        gpus=gpus_of(tres.at("configured").said if tres.members else tres.said),
    )


def _counters(statistics: Node) -> Iterator[Setting]:
    """Yield the plain numbers of the controller's diagnosis."""
    for name, value in statistics.members:
        told = _counted(value) if value.members else real(value)
        if told is not None:
            yield Setting(name, f"{told:.0f}" if float(told).is_integer() else str(told))
