"""The fields of `nvidia-smi --query-gpu`: name, unit and where the value comes from."""

from __future__ import annotations

import time
from collections.abc import Callable

from .smi_tree import NA, Look, recovery_action
from .state import setting

Value = Callable[[Look], object]
ALIASES = {
    "gpu_name": "name",
    "gpu_uuid": "uuid",
    "gpu_serial": "serial",
    "gpu_bus_id": "pci.bus_id",
    "clocks.gr": "clocks.current.graphics",
    "clocks.sm": "clocks.current.sm",
    "clocks.mem": "clocks.current.memory",
    "clocks.video": "clocks.current.video",
    "clocks.max.gr": "clocks.max.graphics",
    "clocks.max.mem": "clocks.max.memory",
    "clocks.applications.gr": "clocks.applications.graphics",
    "clocks.applications.mem": "clocks.applications.memory",
    "compute_capability": "compute_cap",
}


class UnknownFieldError(Exception):
    """A field the tool does not have; the message is the real tool's."""


def query(look: Look, fields: list[str], units: bool) -> str:
    """Return one line of CSV for one GPU."""
    found = []
    for field in fields:
        unit, value = _TABLE[_known(field)]
        shown = str(value(look))
        found.append(f"{shown} {unit}" if unit and units and shown != NA else shown)
    return ", ".join(found)


def header(fields: list[str]) -> str:
    """Return the first line of the CSV, units in brackets; UnknownFieldError names a stranger."""
    names = []
    for field in fields:
        name = _known(field)
        unit = _TABLE[name][0]
        names.append(f"{name} [{unit}]" if unit else name)
    return ", ".join(names)


def field_names() -> list[str]:
    """Return every field that can be asked for."""
    return sorted(_TABLE)


def _known(field: str) -> str:
    name = ALIASES.get(field, field).replace("clocks_throttle_reasons", "clocks_event_reasons")
    if name not in _TABLE:
        raise UnknownFieldError(f'Field "{field}" is not a valid field to query.')
    return name


def _plain(group: str, key: str) -> Value:
    return lambda look: look.node.text(group, key)


def _watts(key: str) -> Value:
    return lambda look: f"{look.node.number('power', key):.2f}"


def _reason(bit: int) -> Value:
    return lambda look: "Active" if look.reading.reasons & bit else "Not Active"


def _always(value: object) -> Value:
    return lambda look: value


def _free(look: Look) -> int:
    total = look.node.number("gpu", "memory_mib") - look.node.number("gpu", "reserved_mib")
    return int(total) - look.reading.used_mib


def _now(look: Look) -> str:
    moment = time.time()
    return (
        time.strftime("%Y/%m/%d %H:%M:%S", time.localtime(moment)) + f".{int(moment % 1 * 1000):03}"
    )


def _ecc_fields() -> dict[str, tuple[str, Value]]:
    fields: dict[str, tuple[str, Value]] = {
        "ecc.mode.current": ("", _always("Enabled")),
        "ecc.mode.pending": ("", _always("Enabled")),
    }
    for scope in ("volatile", "aggregate"):
        for kind in ("corrected", "uncorrected"):
            for place in ("device_memory", "dram", "total"):
                fields[f"ecc.errors.{kind}.{scope}.{place}"] = ("", _dram(kind))
            for place in ("sram", "l1_cache", "l2_cache", "register_file", "cbu", "texture_memory"):
                value = "0" if place == "sram" else NA
                fields[f"ecc.errors.{kind}.{scope}.{place}"] = ("", _always(value))
    return fields


def _dram(kind: str) -> Value:
    return lambda look: getattr(look.node.ecc(look.gpu), kind)


def _identity_fields() -> dict[str, tuple[str, Value]]:
    return {
        "timestamp": ("", _now),
        "index": ("", lambda look: look.gpu.index),
        "name": ("", _plain("gpu", "product_name")),
        "count": ("", lambda look: len(look.node.gpus)),
        "uuid": ("", lambda look: look.gpu.uuid),
        "serial": ("", lambda look: look.gpu.serial),
        "driver_version": ("", lambda look: look.node.version("driver")),
        "vbios_version": ("", _plain("software", "vbios")),
        "inforom.img": ("", _plain("software", "inforom_image")),
        "compute_cap": ("", _plain("gpu", "compute_capability")),
        "compute_mode": ("", _always("Default")),
        "display_active": ("", _always("Disabled")),
        "display_mode": ("", _always("Disabled")),
        "persistence_mode": ("", lambda look: setting(look.gpu, "persistence") or "Enabled"),
        "accounting.mode": ("", _always("Disabled")),
        "mig.mode.current": ("", _always("Disabled")),
        "mig.mode.pending": ("", _always("Disabled")),
        "gpu_recovery_action": ("", recovery_action),
        "fabric.state": ("", _always("Completed")),
        "fabric.status": ("", _always("Success")),
        "pci.bus_id": ("", lambda look: look.gpu.long_bus_id),
        "pci.domain": ("", _always("0x0000")),
        "pci.bus": ("", lambda look: f"0x{look.gpu.bus:02X}"),
        "pci.device": ("", _always("0x00")),
        "pci.device_id": ("", lambda look: f"0x{look.node.text('pci', 'device_id').upper()}10DE"),
        "pcie.link.gen.max": ("", _plain("pci", "generation")),
        "pcie.link.gen.current": ("", _plain("pci", "generation")),
        "pcie.link.gen.gpucurrent": ("", _plain("pci", "generation")),
        "pcie.link.gen.gpumax": ("", _plain("pci", "generation")),
        "pcie.link.width.max": ("", _plain("pci", "width")),
        "pcie.link.width.current": ("", lambda look: look.node.pcie_width(look.gpu)),
    }


def _sensor_fields() -> dict[str, tuple[str, Value]]:
    return {
        "pstate": ("", _always("P0")),
        "fan.speed": ("%", _always(NA)),
        "utilization.gpu": ("%", lambda look: look.reading.utilization_percent),
        "utilization.memory": ("%", lambda look: look.reading.utilization_percent // 2),
        "temperature.gpu": ("", lambda look: look.reading.temperature_c),
        "temperature.memory": ("", lambda look: look.reading.memory_temperature_c),
        "temperature.gpu.tlimit": (
            "",
            lambda look: (
                int(look.node.number("temperature", "slowdown_c")) - look.reading.temperature_c
            ),
        ),
        "memory.total": ("MiB", _plain("gpu", "memory_mib")),
        "memory.reserved": ("MiB", _plain("gpu", "reserved_mib")),
        "memory.used": ("MiB", lambda look: look.reading.used_mib),
        "memory.free": ("MiB", _free),
        "power.management": ("", _always("Enabled")),
        "power.draw": ("W", lambda look: f"{look.reading.power_w:.2f}"),
        "power.draw.average": ("W", lambda look: f"{look.reading.power_w:.2f}"),
        "power.draw.instant": ("W", lambda look: f"{look.reading.power_w:.2f}"),
        "power.limit": ("W", lambda look: f"{look.reading.power_limit_w:.2f}"),
        "enforced.power.limit": ("W", lambda look: f"{look.reading.power_limit_w:.2f}"),
        "power.default_limit": ("W", _watts("limit_w")),
        "power.min_limit": ("W", _watts("min_limit_w")),
        "power.max_limit": ("W", _watts("max_limit_w")),
        "retired_pages.single_bit_ecc.count": ("", _always(NA)),
        "retired_pages.double_bit.count": ("", _always(NA)),
        "retired_pages.pending": ("", _always(NA)),
    }


def _clock_fields() -> dict[str, tuple[str, Value]]:
    fields: dict[str, tuple[str, Value]] = {
        "clocks.current.graphics": ("MHz", lambda look: look.reading.sm_clock_mhz),
        "clocks.current.sm": ("MHz", lambda look: look.reading.sm_clock_mhz),
        "clocks.current.memory": ("MHz", lambda look: look.reading.memory_clock_mhz),
        "clocks.current.video": ("MHz", lambda look: look.reading.video_clock_mhz),
        "clocks.max.graphics": ("MHz", _plain("clocks", "max_sm_mhz")),
        "clocks.max.sm": ("MHz", _plain("clocks", "max_sm_mhz")),
        "clocks.max.memory": ("MHz", _plain("clocks", "memory_mhz")),
        "clocks.applications.graphics": ("MHz", _plain("clocks", "max_sm_mhz")),
        "clocks.applications.memory": ("MHz", _plain("clocks", "memory_mhz")),
        "clocks_event_reasons.supported": ("", _always("0x00000000000001FF")),
        "clocks_event_reasons.active": ("", lambda look: f"0x{look.reading.reasons:016X}"),
    }
    reasons = {
        "gpu_idle": 1,
        "applications_clocks_setting": 2,
        "sw_power_cap": 4,
        "hw_slowdown": 8,
        "sync_boost": 0x10,
        "sw_thermal_slowdown": 0x20,
        "hw_thermal_slowdown": 0x40,
        "hw_power_brake_slowdown": 0x80,
    }
    fields |= {f"clocks_event_reasons.{name}": ("", _reason(bit)) for name, bit in reasons.items()}
    return fields


_TABLE = _identity_fields() | _sensor_fields() | _clock_fields() | _ecc_fields()
