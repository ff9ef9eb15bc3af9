"""What a management controller says of a machine, part by part.

A part's `path` is where it stands (`@odata.id`), or the path that the documents came under.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class System:
    """A computer system; on GPU baseboards the baseboard is one of its own."""

    path: str
    name: str | None
    manufacturer: str | None
    model: str | None
    serial: str | None
    bios_version: str | None
    power_state: str | None
    health: str | None
    cpu_count: int | None
    memory_gib: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """A chassis, a drive, a memory module or any other part that has a model and a serial."""

    path: str
    kind: str
    name: str | None
    manufacturer: str | None
    model: str | None
    serial: str | None
    part_number: str | None
    health: str | None
    state: str | None
    max_power_w: float | None


@dataclass(frozen=True, slots=True)
class Processor:
    """A CPU or a GPU, with the PCIe link that it has and the one that it could have."""

    path: str
    name: str | None
    kind: str | None
    model: str | None
    serial: str | None
    firmware: str | None
    health: str | None
    cores: int | None
    pcie: str | None
    pcie_best: str | None
    lanes: int | None
    lanes_most: int | None


@dataclass(frozen=True, slots=True)
class Sensor:
    """A reading in `unit`, with the bounds that the controller holds it against."""

    path: str
    kind: str
    name: str | None
    reading: float | None
    unit: str | None
    health: str | None
    state: str | None
    upper_critical: float | None
    lower_critical: float | None


@dataclass(frozen=True, slots=True)
class Supply:
    """A power supply: what it may give, takes in and gives."""

    path: str
    name: str | None
    model: str | None
    serial: str | None
    firmware: str | None
    health: str | None
    state: str | None
    capacity_w: float | None
    input_w: float | None
    output_w: float | None


@dataclass(frozen=True, slots=True)
class Port:
    """A link of a part: an NVLink, a network port."""

    path: str
    name: str | None
    protocol: str | None
    link_status: str | None
    speed_gbps: float | None
    speed_most_gbps: float | None
    health: str | None


@dataclass(frozen=True, slots=True)
class Errors:
    """Counters of errors of a part, as its metrics name them (`PCIeErrors.NAKSentCount`)."""

    path: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Firmware:
    """One entry of a firmware inventory."""

    name: str
    version: str | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of a log of the controller.

    `code` is the entry's own word for what happened (`Assert`, `Deassert`), `message_id` the name
    of the message in its registry; `resolved` says whether the controller holds it for over.
    """

    path: str
    created: str | None
    severity: str | None
    message: str | None
    sensor: str | None
    code: str | None = None
    message_id: str | None = None
    resolved: bool | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """A list of members, of which the documents at hand may hold some, all or none."""

    path: str
    members: int


@dataclass(frozen=True, slots=True)
class Machine:
    """All that the documents say, each kind in the order of the documents."""

    systems: tuple[System, ...]
    parts: tuple[Part, ...]
    processors: tuple[Processor, ...]
    temperatures: tuple[Sensor, ...]
    fans: tuple[Sensor, ...]
    voltages: tuple[Sensor, ...]
    powers: tuple[Sensor, ...]
    supplies: tuple[Supply, ...]
    ports: tuple[Port, ...]
    errors: tuple[Errors, ...]
    firmware: tuple[Firmware, ...]
    log: tuple[LogEntry, ...]
    collections: tuple[Collection, ...]
