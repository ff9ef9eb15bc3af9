"""The Cluster: the word that all phases share, computed by design and read by everybody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Figure, Frozen
from millwright.model.finding import Finding
from millwright.model.siteload import CoolingLoad, Power, RackLoad

Role = Literal[
    "compute",
    "leaf",
    "spine",
    "core",
    "access",
    "fabric-manager",
    "management",
    "storage",
    "network-uplink",
    "pdu",
]


class Address(Frozen):
    """One address of a device: at which of its ports, in which network."""

    port: str
    network: str
    address: str


class Device(Frozen):
    """One thing that has a name: a node, a switch, an appliance, a power distribution unit.

    `unit` is the scalable unit, `group` the rail group, `pod` the spine group; all count from 1.
    `u` is the lowest rack unit it fills; devices mounted outside the rack units (PDUs) have none.
    """

    name: str
    role: Role
    kind: Literal["server", "switch", "appliance", "pdu"]
    model: str
    fabric: str | None = None
    pool: str | None = None
    unit: int | None = None
    group: int | None = None
    plane: int | None = None
    rail: int | None = None
    pod: int | None = None
    rack: str | None = None
    u: int | None = None
    height_u: int = 0
    external: bool = False
    simulated: bool = False
    addresses: tuple[Address, ...] = ()


class RackUnit(Frozen):
    """One rack that stands on the floor."""

    name: str
    model: str
    kind: Literal["compute", "management"]
    pool: str | None = None
    height_u: int
    used_u: int
    load: RackLoad | None = None
    row: int | None = None
    position: int | None = None
    x_m: float | None = None
    y_m: float | None = None
    """The rack's left front corner on the floor, from that of the first row's first position."""


class PoolSize(Frozen):
    """How many nodes and GPUs a pool came to. `tiers` are those that it serves: the spec's word for
    it, or those of the workloads that it was derived for."""

    name: str
    server: str
    nodes: int
    gpus: int
    scalable_units: int
    slots: int
    """Node places that the fabric is built for, displaced and empty ones included."""
    displaced: int = 0
    tiers: tuple[str, ...] = ()


class LinkCount(Frozen):
    """How many logical links of one speed join two kinds of devices on one plane."""

    from_: Annotated[str, Field(alias="from")]
    to: str
    count: int
    gbps: Figure
    plane: int


class FabricSummary(Frozen):
    """Counts of one fabric, summed over planes and rails; a link is one logical link at its own
    speed."""

    planes: int
    tiers: int
    leaf_switches: int
    spine_switches: int
    core_switches: int
    node_leaf_links: int
    manager_links: int
    leaf_spine_links: int
    spine_core_links: int
    link_gbps: Figure
    links: tuple[LinkCount, ...] = ()
    carried_by: str | None = None
    """The fabric whose switches carry this one, where it has none of its own."""


class RackCount(Frozen):
    """How many racks of each kind."""

    total: int
    compute: int
    management: int


class CableRef(Frozen):
    """Where the cable rows lie, how many there are, and the digest that ties them to this
    Cluster."""

    file: str
    rows: int
    sha256: str


class Cluster(Frozen):
    """A designed factory, whole: every device with its place and addresses, and the counts that
    describe it.

    Cable rows stand beside it in the file that `cables` names, since there are hundreds of
    thousands.
    """

    schema_: Annotated[Literal["millwright.cluster/1"], Field(alias="schema")] = (
        "millwright.cluster/1"
    )
    name: str
    blueprint: str | None
    simulated: bool = False
    pools: tuple[PoolSize, ...]
    racks: RackCount
    fabrics: dict[str, FabricSummary]
    power: Power
    cooling: CoolingLoad
    rack_units: tuple[RackUnit, ...]
    devices: tuple[Device, ...]
    networks: dict[str, str]
    cables: CableRef | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def nodes(self) -> int:
        """Return how many nodes compute."""
        return sum(pool.nodes for pool in self.pools)

    @property
    def gpus(self) -> int:
        """Return how many GPUs there are."""
        return sum(pool.gpus for pool in self.pools)


@dataclass(slots=True)
class CableTable:
    """Every cable as columns of equal length: bulk rows are never objects.

    `cable` is the catalogue name of the cable or fibre (empty where the catalogue has none that
    fits); `plane` and `rail` are 0 where a fabric has none; `length_m` is the length to order, 0
    where it is not known. The `a` end is the lower floor: node before leaf, leaf before spine,
    spine before core.
    """

    fabric: list[str] = field(default_factory=list)
    plane: list[int] = field(default_factory=list)
    rail: list[int] = field(default_factory=list)
    a_device: list[str] = field(default_factory=list)
    a_port: list[str] = field(default_factory=list)
    b_device: list[str] = field(default_factory=list)
    b_port: list[str] = field(default_factory=list)
    medium: list[str] = field(default_factory=list)
    cable: list[str] = field(default_factory=list)
    bundle: list[str] = field(default_factory=list)
    length_m: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.fabric)


BY_LENGTH = "; by length: "
"""Stands in a description before the vendor's names of the lengths that are ordered."""


class BomLine(Frozen):
    """One line of the bill of materials."""

    item: str
    part_number: str | None
    description: str
    category: str
    quantity: int
    unit: str
    location: str
    source: str
    confidence: str
