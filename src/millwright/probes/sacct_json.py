"""What `sacct --json` says of jobs: numbers bare or as `{set, number}`, states in lists or not."""

from __future__ import annotations

from millwright.model.usage import Job
from millwright.probes.json_documents import Documents
from millwright.probes.json_node import Node
from millwright.probes.node_numbers import whole
from millwright.probes.reading import Problem
from millwright.probes.sacct import finished, node_names
from millwright.probes.slurm_words import JOB_STATES


def read_document(text: str) -> tuple[list[Job], list[Problem]]:
    """Return the runs of a document; times in it are seconds since 1970."""
    log = Documents(text)
    answers = [node for node in log.nodes if node.at("jobs").value is not None]
    if len(answers) != 1:
        return [], log.problems or [Problem(f"{len(answers)} answers of sacct in one output")]
    jobs: list[Job] = []
    problems = [*log.problems]
    if not isinstance(answers[0].at("jobs").value, list):
        problems.append(Problem("jobs is no list"))
    for entry in answers[0].at("errors").entries:
        problems.append(Problem(f"Slurm says: {entry.at('description').said or 'an error'}"))
    for at, entry in enumerate(answers[0].at("jobs").entries):
        found = _job(entry)
        if isinstance(found, Job):
            jobs.append(found)
        else:
            problems.append(Problem(f"jobs[{at}]: {found}"))
    return jobs, problems


def _job(entry: Node) -> Job | str:
    number = entry.at("job_id").said
    if number is None:
        return "no job_id"
    state = _state(entry)
    if state not in JOB_STATES:
        return f"no state of a job: {state!r}"
    time = entry.at("time")
    begin, end = _moment(time.at("start")), _moment(time.at("end"))
    return finished(
        Job(
            id=number,
            user=entry.first("user", "association").said or "",
            account=entry.at("account").said or "",
            partition=entry.at("partition").said or "",
            state=state,
            eligible=_moment(time.at("eligible")) or _moment(time.at("submission")),
            begin=begin,
            end=end,
            elapsed_s=_counted(time.at("elapsed")),
            gpus=_gpus(entry.at("tres", "allocated")),
            nodes=node_names(entry.at("nodes").said or ""),
        )
    )


def _state(entry: Node) -> str:
    told = entry.at("state", "current")
    words = [each.said or "" for each in told.entries] or [told.said or ""]
    return words[0].upper()


def _counted(node: Node) -> int | None:
    if node.members:
        return whole(node.at("number")) if node.at("set").value is True else None
    return whole(node)


def _moment(node: Node) -> int | None:
    found = _counted(node)
    return found if found else None


def _gpus(allocated: Node) -> int:
    """Return the GPUs of a list of resources: the whole where it is told, else the sum of kinds."""
    total = None
    kinds = 0
    for entry in allocated.entries:
        if entry.at("type").said != "gres":
            continue
        name = entry.at("name").said or ""
        count = _counted(entry.at("count")) or 0
        if name == "gpu":
            total = count
        elif name.startswith("gpu:"):
            kinds += count
    return kinds if total is None else total
