"""Which lists a catalogue file may hold, of what, and which keys name entries of other lists."""

from __future__ import annotations

from pydantic import BaseModel

from millwright.model.access import Admin, AdminNetwork
from millwright.model.bar import Bar
from millwright.model.blueprint import Blueprint
from millwright.model.burnin import BurnIn, Draw
from millwright.model.catalog import Appliance, Gpu, Server, Source, Switch
from millwright.model.condition import Condition, Watch
from millwright.model.detection import EvidenceFamily
from millwright.model.fault import FaultOverride, FaultRow
from millwright.model.filesystem import FileSystem
from millwright.model.fleet import Noise
from millwright.model.hardening import Hardening
from millwright.model.health import Check, HealthSettings
from millwright.model.languagemodel import ModelShape
from millwright.model.parts import Cable, Pdu, Rack, Transceiver
from millwright.model.platform import Parameter, Platform, Stack
from millwright.model.remedy import Gate, Remedy, RemedyLimits
from millwright.model.roce import TrafficClass
from millwright.model.scheduler import SlurmKeys, SlurmSetting
from millwright.model.serving import BurnRate, ServiceSignal, SloSettings
from millwright.model.siteload import SiteFigure
from millwright.model.sizing import Assumption, Price
from millwright.model.telemetrytruth import SignalModel
from millwright.model.tuning import TuningNote, TuningOverride, TuningTest
from millwright.model.update import Pairing, UpdateLimits

SECTIONS: dict[str, type[BaseModel]] = {
    "sources": Source,
    "gpus": Gpu,
    "servers": Server,
    "switches": Switch,
    "appliances": Appliance,
    "cables": Cable,
    "transceivers": Transceiver,
    "racks": Rack,
    "pdus": Pdu,
    "blueprints": Blueprint,
    "stacks": Stack,
    "platforms": Platform,
    "parameters": Parameter,
    "traffic_classes": TrafficClass,
    "filesystems": FileSystem,
    "hardening": Hardening,
    "admins": Admin,
    "admin_networks": AdminNetwork,
    "conditions": Condition,
    "watch": Watch,
    "slurm_keys": SlurmKeys,
    "slurm_settings": SlurmSetting,
    "bars": Bar,
    "noises": Noise,
    "burnin": BurnIn,
    "draws": Draw,
    "tuning_notes": TuningNote,
    "tuning_overrides": TuningOverride,
    "tuning_tests": TuningTest,
    "remedies": Remedy,
    "gates": Gate,
    "remedy_limits": RemedyLimits,
    "evidence_families": EvidenceFamily,
    "faults": FaultRow,
    "fault_overrides": FaultOverride,
    "checks": Check,
    "health_settings": HealthSettings,
    "signal_models": SignalModel,
    "pairings": Pairing,
    "update_limits": UpdateLimits,
    "service_signals": ServiceSignal,
    "burn_rates": BurnRate,
    "slo_settings": SloSettings,
    "models": ModelShape,
    "assumptions": Assumption,
    "prices": Price,
    "site_figures": SiteFigure,
}

LISTED: dict[type[BaseModel], dict[str, str]] = {
    Platform: {
        "gpus": "gpus",
        "servers": "servers",
        "driver": "stacks",
        "beside": "stacks",
        "management": "stacks",
        "containers": "stacks",
    },
    Parameter: {"only_on": "platforms", "not_on": "platforms"},
    TuningNote: {"shared": "parameters", "conflicts": "tuning_notes", "measure": "tuning_tests"},
    Assumption: {"gpu": "gpus"},
    Gate: {"tests": "burnin"},
    Condition: {"limit_of": "checks", "shows": "checks"},
}
"""Keys that hold a name of another section, or a list of such names."""
