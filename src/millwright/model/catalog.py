"""What can be bought: servers, switches, cables, racks, and the blueprints that combine them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from millwright.model.access import Admin, AdminNetwork
from millwright.model.bar import Bar
from millwright.model.base import Frozen, Gbps, Name, ShortText
from millwright.model.blueprint import Blueprint
from millwright.model.burnin import BurnIn, Draw
from millwright.model.condition import Condition, Watch
from millwright.model.detection import EvidenceFamily
from millwright.model.fault import FaultOverride, FaultRow
from millwright.model.filesystem import DataDisks, FileSystem
from millwright.model.fleet import Noise
from millwright.model.hardening import Hardening
from millwright.model.health import Check, HealthSettings
from millwright.model.parts import Cable, Connector, Pdu, Rack, Transceiver
from millwright.model.platform import Parameter, Platform, Stack
from millwright.model.remedy import Gate, Remedy, RemedyLimits
from millwright.model.roce import TrafficClass
from millwright.model.scheduler import SlurmKeys, SlurmSetting
from millwright.model.serving import BurnRate, ServiceSignal, SloSettings
from millwright.model.sourced import Entry, Sourced
from millwright.model.telemetrytruth import SignalModel
from millwright.model.tuning import TuningNote, TuningOverride, TuningTest
from millwright.model.update import Pairing, UpdateLimits

FabricName = Literal["compute", "storage", "inband", "oob"]
Cooling = Literal["air", "liquid", "hybrid"]


class Source(Frozen):
    """Where figures come from. `evidence` is how well the figure was checked against it."""

    id: ShortText
    title: ShortText
    url: str = ""
    edition: str = ""
    evidence: Literal["verified", "secondary", "derived", "memory"]


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


class Breakout(Frozen):
    """A way to split a cage: `ports_per_cage` ports of `port_speed_gbps` each."""

    port_speed_gbps: Gbps
    ports_per_cage: PositiveInt


class Switch(Entry):
    """A switch as the vendor sells it.

    Counts ports, not cages: a switch with 32 twin-port cages of 2 x 400G has 64 ports of 400G.
    `port_name` and `child_port_name` hold `{cage}`, `{lane}` and `{lane0}` (lane counted from 0).
    Uplinks of another speed are numbered on after the cages.
    """

    vendor: str = ""
    part_number: str | None = None
    protocol: Literal["infiniband", "ethernet"]
    port_count: Sourced[PositiveInt]
    port_speed_gbps: Sourced[Gbps]
    cage_count: Sourced[PositiveInt]
    connector: Connector
    breakouts: tuple[Breakout, ...] = ()
    uplink_count: Sourced[Annotated[int, Field(ge=0)]] | None = None
    uplink_speed_gbps: Sourced[Gbps] | None = None
    uplink_connector: Connector | None = None
    port_name: Annotated[str, Field(max_length=200)] = ""
    child_port_name: ShortText = "{cage}/{lane}"
    uplink_port_name: ShortText = "{cage}"
    height_u: Sourced[PositiveInt]
    weight_kg: Sourced[PositiveFloat] | None = None
    power_typical_w: Sourced[PositiveInt] | None = None
    power_max_w: Sourced[PositiveInt] | None = None
    psu: Sourced[PowerSupplies] | None = None
    cooling: Cooling = "air"
    manager_port: bool = False
    """True where the fabric manager has a port of its own and displaces no node."""

    @model_validator(mode="after")
    def _ports_fill_cages(self) -> Self:
        if self.port_count.value % self.cage_count.value:
            raise ValueError(
                f"port_count {self.port_count.value} is not a multiple of cage_count "
                f"{self.cage_count.value}"
            )
        if self.ports_per_cage > 1 and self.port_name and "{lane" not in self.port_name:
            raise ValueError("port_name names the ports of a cage alike: it needs {lane}")
        return self

    @property
    def native_port_name(self) -> str:
        """Return how ports of the native speed are named; by cage, and lane, where nobody says."""
        return self.port_name or ("{cage}" if self.ports_per_cage == 1 else "{cage}/{lane}")

    @property
    def ports_per_cage(self) -> int:
        """Return how many ports of the native speed one cage carries."""
        return self.port_count.value // self.cage_count.value

    def lanes_at(self, speed_gbps: float) -> int | None:
        """Return how many ports of that speed a cage gives, or None where it cannot run at it."""
        if speed_gbps == self.port_speed_gbps.value:
            return self.ports_per_cage
        for breakout in self.breakouts:
            if breakout.port_speed_gbps == speed_gbps:
                return breakout.ports_per_cage
        return None

    def radix_at(self, speed_gbps: float) -> int | None:
        """Return how many ports of that speed the switch has, or None where it cannot run at it."""
        lanes = self.lanes_at(speed_gbps)
        return None if lanes is None else lanes * self.cage_count.value


class Catalog(Frozen):
    """Everything known, keyed by name."""

    sources: dict[str, Source] = {}
    gpus: dict[str, Gpu] = {}
    servers: dict[str, Server] = {}
    switches: dict[str, Switch] = {}
    appliances: dict[str, Appliance] = {}
    cables: dict[str, Cable] = {}
    transceivers: dict[str, Transceiver] = {}
    racks: dict[str, Rack] = {}
    pdus: dict[str, Pdu] = {}
    blueprints: dict[str, Blueprint] = {}
    stacks: dict[str, Stack] = {}
    platforms: dict[str, Platform] = {}
    parameters: dict[str, Parameter] = {}
    traffic_classes: dict[str, TrafficClass] = {}
    filesystems: dict[str, FileSystem] = {}
    admins: dict[str, Admin] = {}
    admin_networks: dict[str, AdminNetwork] = {}
    conditions: dict[str, Condition] = {}
    watch: dict[str, Watch] = {}
    slurm_keys: dict[str, SlurmKeys] = {}
    slurm_settings: dict[str, SlurmSetting] = {}
    hardening: dict[str, Hardening] = {}
    bars: dict[str, Bar] = {}
    noises: dict[str, Noise] = {}
    burnin: dict[str, BurnIn] = {}
    draws: dict[str, Draw] = {}
    tuning_notes: dict[str, TuningNote] = {}
    tuning_overrides: dict[str, TuningOverride] = {}
    tuning_tests: dict[str, TuningTest] = {}
    remedies: dict[str, Remedy] = {}
    gates: dict[str, Gate] = {}
    remedy_limits: dict[str, RemedyLimits] = {}
    evidence_families: dict[str, EvidenceFamily] = {}
    faults: dict[str, FaultRow] = {}
    fault_overrides: dict[str, FaultOverride] = {}
    checks: dict[str, Check] = {}
    health_settings: dict[str, HealthSettings] = {}
    signal_models: dict[str, SignalModel] = {}
    pairings: dict[str, Pairing] = {}
    update_limits: dict[str, UpdateLimits] = {}
    service_signals: dict[str, ServiceSignal] = {}
    burn_rates: dict[str, BurnRate] = {}
    slo_settings: dict[str, SloSettings] = {}
