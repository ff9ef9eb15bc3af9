"""Machines as they are sold: accelerators, servers, appliances, and the ports on their backs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from millwright.model.base import Frozen, Gbps, Name, ShortText
from millwright.model.filesystem import DataDisks
from millwright.model.parts import Connector
from millwright.model.sourced import Entry, Sourced

FabricName = Literal["compute", "storage", "inband", "oob"]
Cooling = Literal["air", "liquid", "hybrid"]


class Gpu(Entry):
    """An accelerator. Dense and sparse throughput are different quantities and stay apart."""

    vendor: str = ""
    memory_gb: Sourced[PositiveFloat]
    memory_bandwidth_tbytes_per_s: Sourced[PositiveFloat]
    tdp_w: Sourced[PositiveInt]
    dense_bf16_tflops: Sourced[PositiveFloat] | None = None
    dense_fp8_tflops: Sourced[PositiveFloat] | None = None
    dense_fp4_tflops: Sourced[PositiveFloat] | None = None
    sparse_fp8_tflops: Sourced[PositiveFloat] | None = None
    sparse_fp4_tflops: Sourced[PositiveFloat] | None = None
    scale_up_gbytes_per_s: Sourced[PositiveFloat] | None = None


class PowerSupplies(Frozen):
    """`required` of `count` supplies must live for the machine to stay up."""

    count: PositiveInt
    watts: PositiveInt
    required: PositiveInt

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.required > self.count:
            raise ValueError(f"required ({self.required}) is more than count ({self.count})")
        return self


class Port(Frozen):
    """One lane of one cage, and what hangs behind it: the map from plug to HCA, GPU and rail.

    `rail` counts from 1 and follows the GPU, not the number printed beside the cage. `gpu` counts
    from 0 as the driver does. A port of the `oob` fabric named `bmc` is the baseboard management
    controller. `pcie_generation` and `pcie_lanes` are those of the slot behind it, where known.
    """

    cage: ShortText
    lane: PositiveInt | None = None
    fabric: FabricName
    speed_gbps: Gbps
    connector: Connector
    hca: str | None = None
    gpu: Annotated[int, Field(ge=0)] | None = None
    rail: PositiveInt | None = None
    pcie_generation: Annotated[int, Field(ge=1, le=7)] | None = None
    pcie_lanes: Literal[1, 2, 4, 8, 16] | None = None

    @property
    def name(self) -> str:
        """Return the port's name in cable lists: `OSFP1/2`, or the bare cage where it has
        one lane."""
        return self.cage if self.lane is None else f"{self.cage}/{self.lane}"


class Machine(Entry):
    """What servers and appliances have in common: a body with ports."""

    vendor: str = ""
    part_number: str | None = None
    height_u: Sourced[Annotated[int, Field(ge=0)]]
    weight_kg: Sourced[PositiveFloat] | None = None
    power_max_w: Sourced[PositiveInt] | None = None
    power_typical_w: Sourced[PositiveInt] | None = None
    airflow_cfm: Sourced[PositiveFloat] | None = None
    cooling: Cooling = "air"
    liquid_share: Sourced[Annotated[float, Field(ge=0, le=1)]] | None = None
    psu: Sourced[PowerSupplies] | None = None
    ports: tuple[Port, ...] = ()

    @model_validator(mode="after")
    def _each_port_once(self) -> Self:
        names = [port.name for port in self.ports]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"port {name} is listed twice")
        return self

    def ports_of(self, fabric: FabricName) -> tuple[Port, ...]:
        """Return the ports that belong to one fabric, in the order of the port map."""
        return tuple(port for port in self.ports if port.fabric == fabric)


class RackScale(Frozen):
    """A machine sold as a whole rack: how many nodes it holds, and what else is bolted in."""

    nodes: PositiveInt
    nvlink_switch_trays: Annotated[int, Field(ge=0)] = 0
    management_switches: Annotated[int, Field(ge=0)] = 0
    power_shelves: Annotated[int, Field(ge=0)] = 0
    power_max_w: Sourced[PositiveInt] | None = None
    power_shelf_w: Sourced[PositiveInt] | None = None
    weight_kg: Sourced[PositiveFloat] | None = None


class HostShape(Frozen):
    """The processors and memory of a server, as its operating system counts them."""

    sockets: PositiveInt
    cores_per_socket: PositiveInt
    threads_per_core: PositiveInt
    memory_mib: PositiveInt


class Server(Machine):
    """A node that computes. `gpu_count` accelerators of the model `gpu`.

    For machines sold by the rack the server is one tray, and `rack_scale` describes the rack.
    """

    gpu: Name | None = None
    gpu_count: Sourced[Annotated[int, Field(ge=0)]]
    host: Sourced[HostShape] | None = None
    data_disks: Sourced[DataDisks] | None = None
    rack_scale: RackScale | None = None

    @model_validator(mode="after")
    def _rails_are_whole(self) -> Self:
        rails = sorted({port.rail for port in self.ports_of("compute") if port.rail is not None})
        if rails and rails != list(range(1, len(rails) + 1)):
            raise ValueError(
                f"rails of the compute ports must count from 1 without gaps; found {rails}"
            )
        return self


class Appliance(Machine):
    """A machine that serves the factory: fabric manager, head node, storage gateway.

    `external` equipment belongs to the site: it is cabled to, and neither bought nor placed.
    """

    role: Literal["fabric-manager", "management", "storage", "network-uplink"]
    external: bool = False
