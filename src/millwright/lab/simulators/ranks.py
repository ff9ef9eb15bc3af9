"""Where this process stands in a parallel job, as Slurm or Open MPI tells it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class World:
    """This process is `rank` of `processes`, `local_size` of which run on each of `hosts`."""

    rank: int
    processes: int
    local_size: int
    hosts: tuple[str, ...]


def world(own_name: str) -> World:
    """Return this process's place; alone where no launcher left a word."""
    env = os.environ
    if "OMPI_COMM_WORLD_SIZE" in env:
        processes = int(env["OMPI_COMM_WORLD_SIZE"])
        local = int(env.get("OMPI_COMM_WORLD_LOCAL_SIZE", processes))
        rank = int(env.get("OMPI_COMM_WORLD_RANK", "0"))
    elif "SLURM_PROCID" in env:
        processes = int(env.get("SLURM_STEP_NUM_TASKS") or env.get("SLURM_NTASKS") or "1")
        nodes = int(env.get("SLURM_STEP_NUM_NODES") or env.get("SLURM_NNODES") or "1")
        local, rank = max(1, processes // nodes), int(env["SLURM_PROCID"])
    else:
        return World(0, 1, 1, (own_name,))
    count = max(1, processes // local)
    listed = env.get("SLURM_STEP_NODELIST") or env.get("SLURM_JOB_NODELIST") or ""
    hosts = [own_name, *(host for host in expand(listed) if host != own_name)]
    hosts += [f"peer{number}" for number in range(len(hosts), count)]
    return World(rank, processes, local, tuple(hosts[:count]))


def expand(listed: str) -> list[str]:
    """Return the names of a folded list: node[001-003,7],head is node001 to node003 and so on."""
    names = []
    for prefix, ranges, suffix in re.findall(r"([^,\[]+)(?:\[([^\]]*)\])?([^,\[]*)", listed):
        if not ranges:
            names.append(prefix + suffix)
            continue
        for part in ranges.split(","):
            first, _, last = part.partition("-")
            width = len(first)
            numbers = range(int(first), int(last or first) + 1)
            names += [f"{prefix}{number:0{width}}{suffix}" for number in numbers]
    return names
