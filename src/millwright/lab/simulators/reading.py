"""What a GPU's sensors say now: at rest, at work, or holding itself back."""

from __future__ import annotations

from dataclasses import dataclass

from .device import Gpu, Node
from .state import busy_slots, setting

BUSY_MEMORY_FRACTION = 0.9


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at one GPU. `used_mib` counts what programs hold, not the driver's reserve."""

    busy: bool
    throttled: bool
    temperature_c: int
    memory_temperature_c: int
    power_w: float
    power_limit_w: float
    sm_clock_mhz: int
    memory_clock_mhz: int
    video_clock_mhz: int
    utilization_percent: int
    used_mib: int

    @property
    def reasons(self) -> int:
        """Why the clock is what it is, as NVML's bits: 1 idle, 8 and 64 hot, 4 power cap."""
        if self.throttled:
            return 0x48
        if not self.busy:
            return 0x1
        return 0x4 if self.power_w >= 0.99 * self.power_limit_w else 0


def read(node: Node, gpu: Gpu) -> Reading:
    """Return what the GPU's sensors say; the figures are the profile's, with a little noise."""
    busy = gpu.slot in busy_slots()
    hot = node.throttled(gpu)
    pace = "load" if busy else "idle"
    limit = float(setting(gpu, "power_limit_w") or node.number("power", "limit_w"))
    power = min(node.noisy(node.number("power", f"{pace}_w"), "power", gpu.slot), limit)
    temperature = node.number("temperature", f"{pace}_c") + gpu.slot % 4
    if hot:
        temperature = node.number("temperature", "slowdown_c") + 1
        power = node.number("power", "idle_w") + 0.35 * (power - node.number("power", "idle_w"))
    memory_temperature = node.number("temperature", f"memory_{pace}_c") + gpu.slot % 3
    return Reading(
        busy=busy,
        throttled=hot,
        temperature_c=round(node.noisy(temperature, "temperature", gpu.slot, spread=0.01)),
        memory_temperature_c=round(memory_temperature + (12 if hot else 0)),
        power_w=power,
        power_limit_w=limit,
        sm_clock_mhz=_sm_clock(node, gpu, busy, hot),
        memory_clock_mhz=int(node.number("clocks", "memory_mhz")),
        video_clock_mhz=int(node.number("clocks", "max_video_mhz" if busy else "idle_video_mhz")),
        utilization_percent=100 if busy else 0,
        used_mib=int(BUSY_MEMORY_FRACTION * node.number("gpu", "memory_mib")) if busy else 0,
    )


def _sm_clock(node: Node, gpu: Gpu, busy: bool, hot: bool) -> int:
    idle = int(node.number("clocks", "idle_sm_mhz"))
    if not busy:
        return idle
    top = node.number("clocks", "max_sm_mhz")
    locked = setting(gpu, "locked_clock_mhz")
    if locked:
        top = min(top, float(locked))
    if hot:
        top *= 0.35
    step = int(node.number("clocks", "step_mhz"))
    return max(idle, int(top) // step * step)
