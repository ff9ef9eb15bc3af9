"""Why a GPU's clock is what it is: one vocabulary for the drivers' changing names."""

from __future__ import annotations

import re
from collections.abc import Iterable

REASONS = (
    (0x1, "gpu_idle"),
    (0x2, "applications_clocks_setting"),
    (0x4, "sw_power_cap"),
    (0x8, "hw_slowdown"),
    (0x10, "sync_boost"),
    (0x20, "sw_thermal_slowdown"),
    (0x40, "hw_thermal_slowdown"),
    (0x80, "hw_power_brake_slowdown"),
    (0x100, "display_clocks_setting"),
)
"""NVML's bits and our words for them."""
_PREFIX = re.compile(r"^clocks_(throttle|event)_reasons?[_.]")
_ALSO = {
    "idle": "gpu_idle",
    "display_clock_setting": "display_clocks_setting",
    "sw_power_capping": "sw_power_cap",
    "sw_therm_slowdown": "sw_thermal_slowdown",
    "hw_therm_slowdown": "hw_thermal_slowdown",
    "hw_power_brake": "hw_power_brake_slowdown",
    "hw_power_braking": "hw_power_brake_slowdown",
    "user_defined_clocks": "applications_clocks_setting",
}


def normalised(names: Iterable[str]) -> tuple[str, ...]:
    """Return the reasons by our words; one that we do not know keeps the driver's."""
    bare = (_PREFIX.sub("", name) for name in names)
    return tuple(dict.fromkeys(_ALSO.get(name, name) for name in bare))


def of_mask(text: str | None) -> tuple[str, ...] | None:
    """Return the reasons of a mask such as 0x0000000000000004; None where it is none."""
    told = (text or "").strip()
    if not re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}", told):
        return None
    mask = int(told, 16)
    known = tuple(name for bit, name in REASONS if mask & bit)
    rest = mask & ~sum(bit for bit, _ in REASONS)
    return (*known, *((f"unknown_{rest:#x}",) if rest else ()))
