"""The node as its profile and its faults make it: which devices there are, and what ails them.

`/etc/millwright-lab/profile.json` says what was built in, `/var/lib/millwright-lab/faults.json`
what went wrong since. Where `MILLWRIGHT_LAB_ROOT` is set, both lie below it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass
from typing import Any

ROOT_VARIABLE = "MILLWRIGHT_LAB_ROOT"
PROFILE = "/etc/millwright-lab/profile.json"
FAULTS = "/var/lib/millwright-lab/faults.json"
STATE = "/var/lib/millwright-lab/state.json"
LOAD = "/var/lib/millwright-lab/load.json"
KERNEL_LOG = "/var/lib/millwright-lab/kmsg"
PEERS = "/var/lib/millwright-lab/peers.json"
VERSIONS = "/usr/share/millwright-lab/versions"
LOADED = "/run/millwright-lab"

LOST_XID = "79"
MEMORY_XIDS = frozenset({"48", "63", "64", "94", "95"})
SLOW_FRACTION = 0.8


def path_of(path: str) -> str:
    """Return where `path` of the node lies for this process."""
    return os.environ.get(ROOT_VARIABLE, "") + path


def read_json(path: str) -> dict[str, Any]:
    """Return the object in the node's file `path`; {} where there is none to read."""
    try:
        with open(path_of(path), encoding="utf-8") as source:
            content = json.load(source)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `device` is the slot it was built into, from 0."""

    kind: str
    device: int | None
    value: str | None
    at: str


@dataclass(frozen=True, slots=True)
class Gpu:
    """An accelerator that the bus still shows.

    `slot` is where it sits and what faults name; `index` is the number the driver gives it, which
    shifts when a GPU before it is missing.
    """

    slot: int
    index: int
    uuid: str
    unique_id: str
    serial: str
    bus_id: str
    module_id: int
    numa_node: int

    @property
    def long_bus_id(self) -> str:
        """The bus id with the driver's eight-digit domain: 00000000:1B:00.0."""
        return f"00000000:{self.bus_id.upper()}"

    @property
    def bus(self) -> int:
        """The bus number alone."""
        return int(self.bus_id[:2], 16)


@dataclass(frozen=True, slots=True)
class Hca:
    """An adapter of the compute fabric; `guid` is 16 hex digits, node and port alike."""

    index: int
    name: str
    guid: str
    bus_id: str
    lid: int
    down: bool


@dataclass(frozen=True, slots=True)
class Ecc:
    """Memory errors since the driver was loaded; the aggregate counts are the same here."""

    corrected: int
    uncorrected: int
    remapped: int
    pending: bool
    failed: bool


class Node:
    """Profile and faults of this node, read once per run of a tool."""

    def __init__(self, profile: dict[str, Any], faults: tuple[Fault, ...]) -> None:
        """Take the profile as it lies on the node; its groups stay plain figures."""
        self.profile = profile
        self.faults = faults
        self.name = str(profile["name"])
        self.vendor = str(profile["vendor"])
        self.gpus = self._gpus()
        self.hcas = self._hcas()

    def text(self, group: str, key: str) -> str:
        """Return a figure of the profile as text: `text("software", "cuda")`."""
        return str(self.profile[group][key])

    def number(self, group: str, key: str) -> float:
        """Return a figure of the profile as a number, in the unit its name ends with."""
        return float(self.profile[group][key])

    def version(self, component: str) -> str:
        """Return the version of an installed package's `component`, else the profile's."""
        try:
            with open(path_of(f"{VERSIONS}/{component}"), encoding="utf-8") as source:
                return source.read().strip()
        except OSError:
            return str(self.profile["software"].get(component, "0"))

    def found(self, kind: str, slot: int | None = None) -> Fault | None:
        """Return the first fault of `kind`, of the device in `slot` where one is named."""
        for fault in self.faults:
            if fault.kind == kind and (slot is None or fault.device == slot):
                return fault
        return None

    def found_of(self, kind: str, name: str) -> str | None:
        """Return what a fault of `kind` says of a device by its name (`mlx5_2=0.6`); None where
        the device has none."""
        for fault in self.faults:
            device, _, said = (fault.value or "").partition("=")
            if fault.kind == kind and device == name:
                return said
        return None

    def lost(self, gpu: Gpu) -> bool:
        """Tell whether the GPU has fallen off the bus (Xid 79) and waits for a reboot."""
        return any(
            fault.kind == "xid" and fault.device == gpu.slot and fault.value == LOST_XID
            for fault in self.faults
        )

    def answering(self) -> list[Gpu]:
        """Return the GPUs that still answer the driver."""
        return [gpu for gpu in self.gpus if not self.lost(gpu)]

    def throttled(self, gpu: Gpu) -> bool:
        """Tell whether the GPU holds itself back because it is hot."""
        return self.found("throttle", gpu.slot) is not None

    def compute_fraction(self, gpu: Gpu) -> float:
        """Return what part of its reference speed the GPU computes at."""
        fraction = self.memory_fraction(gpu)
        if self.throttled(gpu):
            fraction *= self.number("performance", "throttle_fraction")
        return fraction

    def memory_fraction(self, gpu: Gpu) -> float:
        """Return what part of its reference bandwidth the GPU's own memory and links reach."""
        fault = self.found("slow-gpu", gpu.slot)
        return float(fault.value or SLOW_FRACTION) if fault else 1.0

    def pcie_width(self, gpu: Gpu) -> int:
        """Return how many PCIe lanes the GPU's link trained with."""
        full = int(self.number("pci", "width"))
        fault = self.found("pcie-width", gpu.slot)
        return int((fault.value or str(full // 2)).strip("x")) if fault else full

    def ecc(self, gpu: Gpu) -> Ecc:
        """Return the GPU's memory errors, from `ecc` faults and from the Xids that mean them."""
        corrected = uncorrected = 0
        failed = False
        for fault in self.faults:
            if fault.device != gpu.slot:
                continue
            if fault.kind == "ecc":
                value = fault.value or "1"
                if value.startswith("corrected="):
                    corrected += int(value.partition("=")[2])
                else:
                    uncorrected += int(value.removeprefix("uncorrected="))
            elif fault.kind == "xid" and fault.value in MEMORY_XIDS:
                uncorrected += 1
                failed = failed or fault.value == "64"
        return Ecc(corrected, uncorrected, min(uncorrected, 8), uncorrected > 0, failed)

    def noisy(self, value: float, *what: object, spread: float = 0.005) -> float:
        """Return `value` with its own small error, the same for the same node, device and minute.

        `what` tells measurements apart; a benchmark adds the number of its run.
        """
        seed = "/".join(map(str, (self.name, int(time.time()) // 60, *what)))
        fraction = int(hashlib.sha256(seed.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
        return value * (1 + spread * (2 * fraction - 1))

    def _gpus(self) -> tuple[Gpu, ...]:
        present = [
            entry
            for entry in self.profile["gpus"]
            if not any(
                fault.kind == "missing-gpu" and fault.device == entry["slot"]
                for fault in self.faults
            )
        ]
        return tuple(Gpu(index=index, **entry) for index, entry in enumerate(present))

    def _hcas(self) -> tuple[Hca, ...]:
        down = {
            name
            for fault in self.faults
            if fault.kind == "link-down"
            for name in (fault.value, None if fault.device is None else f"#{fault.device}")
            if name
        }
        return tuple(
            Hca(index=index, down=entry["name"] in down or f"#{index}" in down, **entry)
            for index, entry in enumerate(self.profile["hcas"])
        )


def load_node() -> Node:
    """Return the node this process runs on; SystemExit where no profile was laid."""
    profile = read_json(PROFILE)
    if not profile:
        raise SystemExit(f"millwright-lab: no profile at {path_of(PROFILE)}")
    entries = read_json(FAULTS).get("faults", [])
    return Node(profile, tuple(_fault(entry) for entry in entries))


def _fault(entry: dict[str, Any]) -> Fault:
    value = entry.get("value")
    device = entry.get("device")
    return Fault(
        kind=str(entry["kind"]),
        device=None if device is None else int(device),
        value=None if value is None else str(value),
        at=str(entry.get("at", "")),
    )
