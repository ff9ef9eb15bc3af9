"""Questions that only a cluster answers: its fabric as designed, and jobs on every node."""

from __future__ import annotations

import json
from typing import Any

from millwright.deploy.checks import PROVEN, Check, Verdict
from millwright.deploy.inputs import Inputs
from millwright.deploy.sections.slurm import PROGRAMS
from millwright.model.nodeset import WrongNodeSet, expanded
from millwright.model.topology import Topology

AT_WORK = frozenset({"allocated", "mixed", "reserved", "planned"})
"""States of nodes that are left to those who work there."""
KEPT = frozenset({"drained", "draining", "maint"})


def fabric_as_designed(inputs: Inputs) -> Check:
    """Return the question whether the scheduler sees the fabric of the design."""
    wanted = _of_design(inputs.factory.slurm.topology)

    def judge(text: str) -> Verdict:
        found = [_words(line) for line in text.splitlines() if "Name=" in line]
        try:
            there = {name: members for name, members in map(_members, found)}
        except (KeyError, WrongNodeSet):
            return Verdict("failed", f"Slurm tells a topology that cannot be read: {text[:120]}")
        wrong = [name for name in wanted if there.get(name) != wanted[name]]
        wrong += [name for name in there if name not in wanted]
        told = f"the topology of Slurm is not the design's: {', '.join(wrong[:6])}"
        return Verdict("failed", told) if wrong else PROVEN

    return Check(("scontrol", "show", "topology"), judge, 20.0)


def _words(line: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in line.split() if "=" in word)


def _members(words: dict[str, str]) -> tuple[str, frozenset[str]]:
    """Return a switch with what hangs on it at once, or a block with its nodes."""
    if "BlockName" in words:
        return words["BlockName"], frozenset(expanded(words["Nodes"]))
    below = words.get("Switches") or words["Nodes"]
    return words["SwitchName"], frozenset(expanded(below))


def _of_design(topology: Topology) -> dict[str, frozenset[str]]:
    if topology.kind == "block":
        return {block.name: frozenset(expanded(block.nodes)) for block in topology.blocks}
    return {
        switch.name: frozenset(expanded(switch.nodes or switch.switches))
        for switch in topology.switches
    }


def _question(host: str, inputs: Inputs) -> tuple[str, ...]:
    node = inputs.nodes[host]
    partition = next(p for p in inputs.factory.slurm.partitions if p.name == node.pool)
    gres = f"gpu:{node.gpu_type}:{node.gpus}" if node.gpus else ""
    return (f"{PROGRAMS}/jobs-proof", partition.name, partition.nodes, gres)


def _of_host(text: str, host: str) -> dict[str, Any]:
    """Return what the proof told of one host; what cannot be read is its trouble."""
    try:
        told = json.loads(text)[host]
    except (ValueError, KeyError, TypeError):
        return {"trouble": f"the proof told nothing of {host}: {text[:120]}"}
    return told if isinstance(told, dict) else {"trouble": f"the proof told {told!r}"}


def mpi_spoken(host: str, inputs: Inputs) -> Check:
    """Return the question whether the processes of one job over idle nodes sum up a number."""

    def judge(text: str) -> Verdict:
        told = _of_host(text, host)
        if (left := _left_alone(told)) is not None:
            return left
        if told.get("processes") == 2:
            return PROVEN
        words = f"{told.get('processes', 0)} of 2 processes here spoke MPI with {told.get('of')}"
        return Verdict("failed", f"{words}: {told.get('trouble') or told.get('state')}")

    words = (*_question(host, inputs), "mpi")
    # A job finds no idle node while the job of another proof runs there.
    return Check(words, judge, 10.0, inputs.factory.head, 240.0, turn=2)


def _left_alone(told: dict[str, Any]) -> Verdict | None:
    state = str(told.get("state", "")).rstrip("*~#!%$@^-+")
    if state in AT_WORK or state in KEPT:
        return Verdict("not testable", f"it is {state}: no job was sent there")
    return None


def jobs_run(host: str, inputs: Inputs) -> Check:
    """Return the question whether a job has its GPUs and its memory on a host, and is accounted.

    One job goes over all nodes of a pool that are idle, so that many hosts cost one question.
    """
    gpus = inputs.nodes[host].gpus

    def judge(text: str) -> Verdict:
        return _job_verdict(_of_host(text, host), gpus)

    return Check(_question(host, inputs), judge, 20.0, inputs.factory.head, 240.0, turn=1)


def _job_verdict(told: dict[str, Any], gpus: int) -> Verdict:
    if (left := _left_alone(told)) is not None:
        return left
    if "job" not in told:
        return Verdict("failed", f"no job ran: {told.get('trouble') or told.get('state')}")
    wrong = []
    bounded = told.get("memlock") != "unlimited"
    if bounded and not told.get("refused"):
        wrong.append(f"a job may lock {told.get('memlock')} KiB of memory only")
    if len(set(told.get("devices", ()))) != gpus:
        wrong.append(f"a job was given {len(set(told.get('devices', ())))} GPUs of {gpus}")
    if told.get("accounted") != "COMPLETED":
        wrong.append(f"accounting says of the job: {told.get('accounted')}")
    if wrong:
        return Verdict("failed", "; ".join(wrong))
    excuse = "this host cannot raise memlock, also for jobs; they run, with GPUs, and are accounted"
    return Verdict("not testable", excuse) if bounded else PROVEN
