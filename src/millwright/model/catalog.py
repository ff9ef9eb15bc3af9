"""Everything known, section by section: what a file of the catalogue may add a list to."""

from __future__ import annotations

from typing import Literal

from millwright.model.access import Admin, AdminNetwork
from millwright.model.bar import Bar
from millwright.model.base import Frozen, ShortText
from millwright.model.blueprint import Blueprint
from millwright.model.burnin import BurnIn, Draw
from millwright.model.condition import Condition, Watch
from millwright.model.detection import EvidenceFamily
from millwright.model.fault import FaultOverride, FaultRow
from millwright.model.filesystem import FileSystem
from millwright.model.fleet import Noise
from millwright.model.hardening import Hardening
from millwright.model.health import Check, HealthSettings
from millwright.model.languagemodel import ModelShape
from millwright.model.machines import (
    Appliance,
    FabricName,
    Gpu,
    HostShape,
    Machine,
    Port,
    PowerSupplies,
    RackScale,
    Server,
)
from millwright.model.parts import Cable, Pdu, Rack, Transceiver
from millwright.model.platform import Parameter, Platform, Stack
from millwright.model.remedy import Gate, Remedy, RemedyLimits
from millwright.model.roce import TrafficClass
from millwright.model.scheduler import SlurmKeys, SlurmSetting
from millwright.model.serving import BurnRate, ServiceSignal, SloSettings
from millwright.model.siteload import SiteFigure
from millwright.model.sizing import Assumption, Price
from millwright.model.switches import Breakout, Switch
from millwright.model.telemetrytruth import SignalModel
from millwright.model.tuning import TuningNote, TuningOverride, TuningTest
from millwright.model.update import Pairing, UpdateLimits

__all__ = [
    "Appliance",
    "Breakout",
    "Catalog",
    "FabricName",
    "Gpu",
    "HostShape",
    "Machine",
    "Port",
    "PowerSupplies",
    "RackScale",
    "Server",
    "Source",
    "Switch",
]
"""What is sold stands in `machines`, `switches` and `parts`; whoever reads a catalogue needs one
door."""


class Source(Frozen):
    """Where figures come from. `evidence` is how well the figure was checked against it."""

    id: ShortText
    title: ShortText
    url: str = ""
    edition: str = ""
    evidence: Literal["verified", "secondary", "derived", "memory"]


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
    models: dict[str, ModelShape] = {}
    assumptions: dict[str, Assumption] = {}
    site_figures: dict[str, SiteFigure] = {}
    prices: dict[str, Price] = {}
