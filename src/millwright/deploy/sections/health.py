"""What a node is expected to be when it looks at itself: only what its design says."""

from __future__ import annotations

from millwright.deploy.sections.accelerators import Accelerators
from millwright.model.base import Figure, Frozen
from millwright.model.catalog import Server

SCRATCH_MIB = {"/tmp": 1024, "/var/tmp": 512}
"""Least room for jobs and for the system; an estimate."""
MODULES = {"nvidia": "nvidia", "amd": "amdgpu"}


class ExpectedGpus(Frozen):
    """The accelerators; `gpu_model` is a word of the name that their tool gives them."""

    vendor: str
    gpus: int
    gpu_model: str


class ExpectedVendor(Frozen):
    """Whose kernel messages are read."""

    vendor: str


class ExpectedAdapter(Frozen):
    """An adapter of the compute fabric; a rate of 0 is not compared."""

    name: str
    rate_gbps: Figure


class NodeHealth(Frozen):
    """Each expectation by the name of its question; None where nothing is expected."""

    gpus: ExpectedGpus | None = None
    xids: ExpectedVendor | None = None
    services: tuple[str, ...] | None = None
    driver: str | None = None
    adapters: tuple[ExpectedAdapter, ...] | None = None
    memory: int | None = None
    processors: int | None = None
    mounts: tuple[str, ...] = ()
    scratch: dict[str, int] = SCRATCH_MIB
    clock: bool = True


def health(server: Server, found: Accelerators) -> NodeHealth:
    """Return what a node of this server is expected to be."""
    adapters = _adapters(server)
    shape = server.host.value if server.host else None
    processors = shape.sockets * shape.cores_per_socket * shape.threads_per_core if shape else None
    bare = NodeHealth(
        adapters=adapters or None,
        memory=shape.memory_mib if shape else None,
        processors=processors,
    )
    if not found.gpus:
        return bare
    return bare.model_copy(
        update={
            "gpus": ExpectedGpus(
                vendor=found.vendor, gpus=found.gpus, gpu_model=found.gpu_type.upper()
            ),
            "xids": ExpectedVendor(vendor=found.vendor),
            "services": found.services.driver or None,
            "driver": MODULES[found.vendor],
        }
    )


def _adapters(server: Server) -> tuple[ExpectedAdapter, ...]:
    """Return each adapter once; one that is split over several ports is not compared by rate."""
    speeds: dict[str, list[float]] = {}
    for port in server.ports_of("compute"):
        if port.hca:
            speeds.setdefault(port.hca, []).append(port.speed_gbps)
    return tuple(
        ExpectedAdapter(name=name, rate_gbps=rates[0] if len(rates) == 1 else 0)
        for name, rates in speeds.items()
    )
