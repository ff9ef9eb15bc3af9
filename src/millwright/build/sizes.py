"""How large a test is made: what its command leaves open, filled from the design and its class."""

from __future__ import annotations

import math
from collections.abc import Sequence

from millwright.build.commands import Slots
from millwright.model.burnin import BurnIn, Class
from millwright.model.catalog import Server
from millwright.model.nodeset import folded

COLLECTIVE: dict[Class, str] = {"smoke": "8G", "standard": "16G", "contract": "16G"}
MEMORY_SHARE: dict[Class, float] = {"smoke": 0.25, "standard": 0.75, "contract": 0.75}
DISK_MIB: dict[Class, int] = {"smoke": 256, "standard": 16_384, "contract": 65_536}
HPL_ORDER: dict[Class, int] = {"smoke": 10_000, "standard": 80_000, "contract": 160_000}
HPL_SHARE = 0.6
SIMULATED_MIB = 128
SIMULATED_ORDER = 1_000
"""Nodes of a lab share one machine: none of them may take its memory."""
UNTOLD_MIB = 16_384
"""The memory that a server has at least of which the catalogue tells none."""


def slots_of(
    burnin: BurnIn, server: Server, names: Sequence[str], class_: Class, simulated: bool
) -> Slots:
    """Return what fills the slots of a test on nodes of one server model."""
    gpus, cores = server.gpu_count.value, cores_of(server)
    memory = server.host.value.memory_mib if server.host else UNTOLD_MIB
    rows = grid(cores)
    return {
        "seconds": burnin.seconds[class_],
        "gpus": gpus,
        "nodes": len(names),
        "ranks": len(names) * gpus,
        "hosts": folded(names),
        "bytes": COLLECTIVE[class_],
        "cores": cores,
        "rows": rows,
        "columns": cores // rows,
        "order": SIMULATED_ORDER if simulated else order(memory, class_),
        "memory_mib": SIMULATED_MIB if simulated else round(memory * MEMORY_SHARE[class_]),
        "disk_mib": SIMULATED_MIB if simulated else DISK_MIB[class_],
    }


def cores_of(server: Server) -> int:
    """Return the cores of a server; one where the catalogue tells nothing of its processors."""
    return server.host.value.sockets * server.host.value.cores_per_socket if server.host else 1


def grid(cores: int) -> int:
    """Return the rows of the flattest grid of so many processes: HPL is fastest near a square."""
    return max(n for n in range(1, math.isqrt(cores) + 1) if cores % n == 0)


def order(memory_mib: int, class_: Class) -> int:
    """Return the order of HPL's matrix: that of its class, or what fits into the memory."""
    fits = math.isqrt(int(memory_mib * HPL_SHARE) * 2**20 // 8)
    return min(HPL_ORDER[class_], fits)
