"""`factory.yaml` (millwright.factory/1): what the customer needs, in the customer's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from millwright.model.base import Frozen, Name, ShortText
from millwright.model.fabricspec import Fabrics
from millwright.model.filesystem import Mount, Scratch
from millwright.model.hostnames import HostNames
from millwright.model.site import (
    Budget,
    Compliance,
    Feed,
    Network,
    Patching,
    Security,
    Services,
    Site,
    Software,
    Tier,
    Zone,
)
from millwright.model.workload import Growth, Workload

MAX_NODES = 65_536
MAX_GPUS = 524_288
MAX_SCALABLE_UNITS = 4_096

Runtime = Literal["slurm", "kubernetes", "none"]


class Pool(Frozen):
    """Servers of one kind that are bought, cabled and scheduled together.

    Exactly one of `scalable_units`, `nodes` and `gpus` says how many. `server` may be left out when
    a blueprint names one. `hostnames` is a node set of as many nodes: those of a cluster that has
    its names already.
    """

    name: Name
    server: Name | None = None
    scalable_units: Annotated[int, Field(ge=1, le=MAX_SCALABLE_UNITS)] | None = None
    nodes: Annotated[int, Field(ge=1, le=MAX_NODES)] | None = None
    gpus: Annotated[int, Field(ge=1, le=MAX_GPUS)] | None = None
    runtime: Runtime = "slurm"
    tier: Name | None = None
    hostnames: HostNames | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        given = [
            key for key in ("scalable_units", "nodes", "gpus") if getattr(self, key) is not None
        ]
        if len(given) != 1:
            found = " and ".join(given) if given else "none of them"
            raise ValueError(
                f"exactly one of scalable_units, nodes and gpus says how many; found {found}"
            )
        return self


class StorageNeed(Frozen):
    """What the shared file system must give; sized from workloads where nothing is said.

    `mounts` are the file systems that nodes mount, `scratch` is what they have on disks of their
    own.
    """

    tier: Literal["good", "better", "best"] | None = None
    capacity_tib: Annotated[float, Field(gt=0, le=1e7)] | None = None
    read_gbytes_per_s: Annotated[float, Field(gt=0, le=1e6)] | None = None
    write_gbytes_per_s: Annotated[float, Field(gt=0, le=1e6)] | None = None
    mounts: Annotated[tuple[Mount, ...], Field(max_length=64)] = ()
    scratch: Scratch = Scratch()


class Factory(Frozen):
    """The whole of `factory.yaml`.

    A blueprint fills in whatever is not said; without one, each pool names its server and `fabrics`
    names the switches. A factory with `workloads` and no `compute` is valid: its hardware is then
    sized.
    """

    schema_: Annotated[Literal["millwright.factory/1"], Field(alias="schema")]
    name: Name
    blueprint: Name | None = None
    customer: ShortText | None = None
    compute: Annotated[tuple[Pool, ...], Field(max_length=8)] = ()
    fabrics: Fabrics = Fabrics()
    site: Site = Site()
    zones: tuple[Zone, ...] = ()
    storage: StorageNeed = StorageNeed()
    software: Software = Software()
    services: Services = Services()
    networks: tuple[Network, ...] = ()
    security: Security = Security()
    tiers: tuple[Tier, ...] = ()
    workloads: tuple[Workload, ...] = ()
    feeds: tuple[Feed, ...] = ()
    growth: tuple[Growth, ...] = ()
    patching: Patching = Patching()
    compliance: Compliance = Compliance()
    budget: Budget = Budget()
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.compute and not self.workloads:
            raise ValueError("compute or workloads must say what the factory is for; found neither")
        return self


Reference = Literal[
    "tier", "server", "blueprint", "switch", "workload", "parameter", "stack", "assumption", "gpu",
    "zone",
]  # fmt: skip


class NameUse(Frozen):
    """A place in the spec where one name refers to another: used to find dangling references."""

    path: tuple[str | int, ...]
    name: str
    kind: Reference


def name_uses(factory: Factory) -> tuple[NameUse, ...]:
    """Return every reference that the spec makes, with the path at which it is made."""
    return tuple(
        NameUse(path=path, name=name, kind=kind)
        for path, name, kind in _uses(factory)
        if name is not None
    )


Use = tuple[tuple[str | int, ...], str | None, Reference]


def _uses(factory: Factory) -> Iterator[Use]:
    yield ("blueprint",), factory.blueprint, "blueprint"
    for index, pool in enumerate(factory.compute):
        yield ("compute", index, "server"), pool.server, "server"
        yield ("compute", index, "tier"), pool.tier, "tier"
    for index, workload in enumerate(factory.workloads):
        yield ("workloads", index, "tier"), workload.tier, "tier"
        yield ("workloads", index, "zone"), workload.zone, "zone"
        for name, measured in workload.measured.items():
            yield ("workloads", index, "measured", name), name, "assumption"
            yield ("workloads", index, "measured", name, "gpu"), measured.gpu, "gpu"
    for index, step in enumerate(factory.growth):
        yield ("growth", index, "workload"), step.workload, "workload"
    for index, name in enumerate(factory.software.parameters):
        yield ("software", "parameters", index), name, "parameter"
    yield ("software", "ofed"), factory.software.ofed, "stack"
    for path, switch in factory.fabrics.switch_names():
        yield ("fabrics", *path), switch, "switch"


def repeated_names(factory: Factory) -> tuple[tuple[tuple[str | int, ...], str], ...]:
    """Return path and name of every list entry whose name an earlier entry of the list
    already has."""
    lists: dict[str, tuple[str, ...]] = {
        "compute": tuple(entry.name for entry in factory.compute),
        "zones": tuple(entry.name for entry in factory.zones),
        "networks": tuple(entry.name for entry in factory.networks),
        "tiers": tuple(entry.name for entry in factory.tiers),
        "workloads": tuple(entry.name for entry in factory.workloads),
        "feeds": tuple(entry.name for entry in factory.feeds),
    }
    lists["storage.mounts"] = tuple(mount.name for mount in factory.storage.mounts)
    return tuple(
        ((*key.split("."), index, "name"), name)
        for key, names in lists.items()
        for index, name in enumerate(names)
        if name in names[:index]
    )
