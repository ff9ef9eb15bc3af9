"""What dmidecode's records say, as values: absent where a vendor left a form unfilled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from millwright.probes.pairs import Pairs, size_bytes
from millwright.probes.reading import Problem, count

_END = 127
"""The type of the record that ends a table."""
_UNFILLED = re.compile(
    r"(?:not (?:specified|provided|available|present|installed|settable)|unknown|none"
    r"|no (?:dimm|module installed|asset tag)|to be filled by o\.?e\.?m\.?|default string"
    r"|system (?:serial number|product name|manufacturer|version)|<.*>|0+|n/?a|oem|undefined)$",
    re.IGNORECASE,
)
_SPEED = re.compile(r"(?P<speed>\d{1,6}) (?:MT/s|MHz)$")
_WATTS = re.compile(r"(?P<watts>\d{1,6}) W$")
_BITS = re.compile(r"(?P<bits>\d{1,5}) bits$")


@dataclass(frozen=True, slots=True)
class Bios:
    """The firmware of the board."""

    vendor: str | None
    version: str | None
    date: str | None
    revision: str | None
    firmware_revision: str | None


@dataclass(frozen=True, slots=True)
class Unit:
    """A system, a board or a chassis: who made it, and which one it is."""

    manufacturer: str | None
    product: str | None
    version: str | None
    serial: str | None
    asset_tag: str | None
    uuid: str | None
    sku: str | None
    family: str | None
    kind: str | None


@dataclass(frozen=True, slots=True)
class Processor:
    """A socket; without a processor in it `populated` is false."""

    socket: str | None
    populated: bool | None
    manufacturer: str | None
    version: str | None
    serial: str | None
    part_number: str | None
    cores: int | None
    cores_enabled: int | None
    threads: int | None
    max_mhz: int | None
    current_mhz: int | None


@dataclass(frozen=True, slots=True)
class MemoryArray:
    """A set of memory slots. `capacity_bytes` is the most that fits."""

    capacity_bytes: int | None
    slots: int | None
    error_correction: str | None


@dataclass(frozen=True, slots=True)
class MemoryDevice:
    """A memory slot; `size_bytes` is 0 where it is said to be empty, None where nothing is said."""

    locator: str | None
    bank: str | None
    size_bytes: int | None
    kind: str | None
    speed_mt_s: int | None
    configured_mt_s: int | None
    manufacturer: str | None
    part_number: str | None
    serial: str | None
    rank: int | None
    total_width_bits: int | None
    data_width_bits: int | None


@dataclass(frozen=True, slots=True)
class PowerSupply:
    """A power supply that the firmware knows."""

    name: str | None
    location: str | None
    manufacturer: str | None
    model: str | None
    serial: str | None
    revision: str | None
    max_w: int | None
    status: str | None
    plugged: bool | None


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the table, whether its fields are read or not."""

    handle: str | None
    type: int | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Machine:
    """All records; those that a standard machine has once are None where they are not told."""

    smbios: str | None
    bios: Bios | None
    system: Unit | None
    boards: tuple[Unit, ...]
    chassis: tuple[Unit, ...]
    processors: tuple[Processor, ...]
    memory_arrays: tuple[MemoryArray, ...]
    memory: tuple[MemoryDevice, ...]
    supplies: tuple[PowerSupply, ...]
    records: tuple[Record, ...]

    @property
    def memory_bytes(self) -> int:
        """Memory that is built in, as far as it is told."""
        return sum(device.size_bytes or 0 for device in self.memory)

    @property
    def memory_is_whole(self) -> bool:
        """Whether every slot of every array is told, and the table to its end."""
        slots = [array.slots for array in self.memory_arrays]
        return (
            bool(slots)
            and None not in slots
            and sum(each or 0 for each in slots) == len(self.memory)
            and all(device.size_bytes is not None for device in self.memory)
            and any(record.type == _END for record in self.records)
        )


def machine_of(
    smbios: str | None,
    records: Sequence[tuple[str | None, int | None, str | None]],
    told: Sequence[tuple[int | None, Pairs]],
    problems: list[Problem],
) -> Machine:
    """Return the machine that these records make; append what a machine cannot have."""
    of_type = {kind: [pairs for type_, pairs in told if type_ == kind] for kind in range(40)}
    for kind, name in ((0, "BIOS"), (1, "system")):
        if len(of_type[kind]) > 1:
            problems.append(Problem(f"more than one {name} is told"))
    if any(pairs.get("Bank Locator") is None for pairs in of_type[17]):
        problems.append(Problem("a memory device does not say its bank"))
    return Machine(
        smbios=smbios,
        bios=next(map(_bios, of_type[0]), None),
        system=next(map(_unit, of_type[1]), None),
        boards=tuple(map(_unit, of_type[2])),
        chassis=tuple(map(_unit, of_type[3])),
        processors=tuple(map(_processor, of_type[4])),
        memory_arrays=tuple(map(_array, of_type[16])),
        memory=tuple(map(_memory, of_type[17])),
        supplies=tuple(map(_supply, of_type[39])),
        records=tuple(Record(*record) for record in records),
    )


def _filled(pairs: Pairs, *keys: str) -> str | None:
    value = pairs.get(*keys)
    return None if value is None or _UNFILLED.match(value) else value


def _match(pattern: re.Pattern[str], value: str | None) -> int | None:
    found = pattern.match(value or "")
    return int(found[1]) if found else None


def _bios(pairs: Pairs) -> Bios:
    return Bios(
        vendor=_filled(pairs, "Vendor"),
        version=_filled(pairs, "Version"),
        date=_filled(pairs, "Release Date"),
        revision=_filled(pairs, "BIOS Revision"),
        firmware_revision=_filled(pairs, "Firmware Revision"),
    )


def _unit(pairs: Pairs) -> Unit:
    return Unit(
        manufacturer=_filled(pairs, "Manufacturer", "Vendor"),
        product=_filled(pairs, "Product Name", "Product"),
        version=_filled(pairs, "Version"),
        serial=_filled(pairs, "Serial Number"),
        asset_tag=_filled(pairs, "Asset Tag"),
        uuid=_filled(pairs, "UUID"),
        sku=_filled(pairs, "SKU Number"),
        family=_filled(pairs, "Family"),
        kind=_filled(pairs, "Type"),
    )


def _processor(pairs: Pairs) -> Processor:
    status = pairs.get("Status")
    return Processor(
        socket=_filled(pairs, "Socket Designation"),
        populated=None if status is None else status.startswith("Populated"),
        manufacturer=_filled(pairs, "Manufacturer"),
        version=_filled(pairs, "Version"),
        serial=_filled(pairs, "Serial Number"),
        part_number=_filled(pairs, "Part Number"),
        cores=count(pairs.get("Core Count")),
        cores_enabled=count(pairs.get("Core Enabled")),
        threads=count(pairs.get("Thread Count")),
        max_mhz=_match(_SPEED, pairs.get("Max Speed")),
        current_mhz=_match(_SPEED, pairs.get("Current Speed")),
    )


def _array(pairs: Pairs) -> MemoryArray:
    return MemoryArray(
        capacity_bytes=size_bytes(pairs.get("Maximum Capacity")),
        slots=count(pairs.get("Number Of Devices")),
        error_correction=_filled(pairs, "Error Correction Type"),
    )


def _memory(pairs: Pairs) -> MemoryDevice:
    size = pairs.get("Size")
    empty = size is not None and size.lower() in ("no module installed", "not installed")
    return MemoryDevice(
        locator=_filled(pairs, "Locator"),
        bank=_filled(pairs, "Bank Locator"),
        size_bytes=0 if empty else size_bytes(size),
        kind=_filled(pairs, "Type"),
        speed_mt_s=_match(_SPEED, pairs.get("Speed")),
        configured_mt_s=_match(
            _SPEED, pairs.get("Configured Memory Speed", "Configured Clock Speed")
        ),
        manufacturer=_filled(pairs, "Manufacturer"),
        part_number=_filled(pairs, "Part Number"),
        serial=_filled(pairs, "Serial Number"),
        rank=count(pairs.get("Rank")),
        total_width_bits=_match(_BITS, pairs.get("Total Width")),
        data_width_bits=_match(_BITS, pairs.get("Data Width")),
    )


def _supply(pairs: Pairs) -> PowerSupply:
    plugged = pairs.get("Plugged")
    return PowerSupply(
        name=_filled(pairs, "Name"),
        location=_filled(pairs, "Location"),
        manufacturer=_filled(pairs, "Manufacturer"),
        model=_filled(pairs, "Model Part Number"),
        serial=_filled(pairs, "Serial Number"),
        revision=_filled(pairs, "Revision"),
        max_w=_match(_WATTS, pairs.get("Max Power Capacity")),
        status=_filled(pairs, "Status"),
        plugged=None if plugged is None else plugged.lower() == "yes",
    )
