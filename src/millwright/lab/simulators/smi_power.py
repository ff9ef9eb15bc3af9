"""A GPU's power and clocks, as `nvidia-smi -q` tells them, and the tree of a whole GPU."""

from __future__ import annotations

from collections.abc import Callable

from .device import Gpu, Node
from .reading import read
from .smi_sensors import ecc, memory, performance, repairs, temperature, utilization
from .smi_tree import NA, Item, Look, block, fabric, identity, line, pci, platform, unset

_LIMITS = (
    ("current_power_limit", "Current Power Limit"),
    ("requested_power_limit", "Requested Power Limit"),
    ("default_power_limit", "Default Power Limit"),
    ("min_power_limit", "Min Power Limit"),
    ("max_power_limit", "Max Power Limit"),
)
_DRAWS = (
    ("average_power_draw", "Average Power Draw"),
    ("instant_power_draw", "Instantaneous Power Draw"),
)
SECTIONS = {
    "MEMORY": ("fb_memory_usage", "bar1_memory_usage", "cc_protected_memory_usage"),
    "UTILIZATION": ("utilization",),
    "ECC": ("ecc_mode", "ecc_errors"),
    "TEMPERATURE": ("temperature",),
    "POWER": (
        "gpu_power_readings",
        "gpu_memory_power_readings",
        "module_power_readings",
        "power_smoothing",
        "power_profiles",
    ),
    "CLOCK": (
        "clocks",
        "applications_clocks",
        "default_applications_clocks",
        "deferred_clocks",
        "max_clocks",
        "max_customer_boost_clocks",
        "clock_policy",
    ),
    "COMPUTE": ("compute_mode",),
    "PIDS": ("processes",),
    "PERFORMANCE": (
        "performance_state",
        "clocks_event_reasons",
        "clocks_event_reasons_counters",
        "sparse_operation_mode",
    ),
    "SUPPORTED_CLOCKS": ("supported_clocks",),
    "PAGE_RETIREMENT": ("retired_pages",),
    "ACCOUNTING": ("accounting_mode", "accounting_mode_buffer_size"),
    "ENCODER_STATS": ("encoder_stats",),
    "FBC_STATS": ("fbc_stats",),
    "ROW_REMAPPER": ("remapped_rows",),
    "GSP_FIRMWARE_VERSION": ("gsp_firmware_version",),
}


def tree(node: Node, gpu: Gpu) -> tuple[Item, ...]:
    """Return everything about one GPU, in the order of the XML."""
    look = Look(node, gpu, read(node, gpu))
    return tuple(item for section in _ORDER for item in section(look))


def power(look: Look) -> list[Item]:
    """Return draw and limits in watts; only the limit in force can be set."""
    node, now = look.node, look.reading
    limits = (
        now.power_limit_w,
        now.power_limit_w,
        node.number("power", "limit_w"),
        node.number("power", "min_limit_w"),
        node.number("power", "max_limit_w"),
    )
    draws = (now.power_w, node.noisy(now.power_w, "instant", look.gpu.slot))
    memory_w = f"{node.noisy(node.number('power', 'memory_idle_w'), look.gpu.slot):.2f} W"
    readings = [*zip(_DRAWS, draws, strict=True), *zip(_LIMITS, limits, strict=True)]
    return [
        block(
            "gpu_power_readings",
            "GPU Power Readings",
            ("power_state", "", "P0"),
            *((tag, label, f"{watts:.2f} W") for (tag, label), watts in readings),
        ),
        block(
            "gpu_memory_power_readings",
            "GPU Memory Power Readings",
            ("average_power_draw", "Average Power Draw", memory_w),
            ("instant_power_draw", "Instantaneous Power Draw", NA),
        ),
        block(
            "module_power_readings",
            "Module Power Readings",
            ("power_state", "", "P0"),
            *((tag, label, NA) for tag, label in (*_DRAWS, *_LIMITS)),
        ),
        line("power_smoothing", "Power Smoothing", NA),
        unset(
            "power_profiles",
            "Workload Power Profiles",
            ("power_profile_requested_profiles", "Requested Profiles"),
            ("power_profile_enforced_profiles", "Enforced Profiles"),
        ),
    ]


def clocks(look: Look) -> list[Item]:
    """Return the clocks that run and the highest there are."""
    node, now = look.node, look.reading
    top = f"{node.text('clocks', 'max_sm_mhz')} MHz"
    memory_clock = f"{now.memory_clock_mhz} MHz"
    default = (("graphics_clock", "Graphics", top), ("mem_clock", "Memory", memory_clock))
    video = f"{node.text('clocks', 'max_video_mhz')} MHz"
    return [
        block("clocks", "Clocks", *_clocks(f"{now.sm_clock_mhz} MHz", memory_clock, _video(look))),
        block("applications_clocks", "Applications Clocks", *default),
        block("default_applications_clocks", "Default Applications Clocks", *default),
        block("deferred_clocks", "Deferred Clocks", ("mem_clock", "Memory", NA)),
        block("max_clocks", "Max Clocks", *_clocks(top, memory_clock, video)),
        block(
            "max_customer_boost_clocks",
            "Max Customer Boost Clocks",
            ("graphics_clock", "Graphics", top),
        ),
        unset(
            "clock_policy",
            "Clock Policy",
            ("auto_boost", "Auto Boost"),
            ("auto_boost_default", "Auto Boost Default"),
        ),
    ]


def supported(look: Look) -> list[Item]:
    """Return every clock that can be asked for, the way down from the highest."""
    node = look.node
    top, low = int(node.number("clocks", "max_sm_mhz")), int(node.number("clocks", "idle_sm_mhz"))
    steps = range(top, low - 1, -int(node.number("clocks", "step_mhz")))
    graphics = tuple(line("supported_graphics_clock", "Graphics", f"{mhz} MHz") for mhz in steps)
    value = line("value", "Memory", f"{look.reading.memory_clock_mhz} MHz")
    found = Item("supported_mem_clock", "", children=(value, *graphics))
    return [Item("supported_clocks", "Supported Clocks", children=(found,))]


def ending(look: Look) -> list[Item]:
    """Return who uses the GPU: nobody whom this tool may name."""
    del look
    return [
        line("", "Processes", "None"),
        line("processes", "", ""),
        line("accounted_processes", "", ""),
        block("capabilities", "Capabilities", ("egm", "EGM", "disabled")),
    ]


def _clocks(sm: str, memory_clock: str, video: str) -> tuple[tuple[str, str, str], ...]:
    return (
        ("graphics_clock", "Graphics", sm),
        ("sm_clock", "SM", sm),
        ("mem_clock", "Memory", memory_clock),
        ("video_clock", "Video", video),
    )


def _video(look: Look) -> str:
    return f"{look.reading.video_clock_mhz} MHz"


_ORDER: tuple[Callable[[Look], list[Item]], ...] = (
    identity,
    platform,
    pci,
    performance,
    memory,
    utilization,
    ecc,
    repairs,
    temperature,
    power,
    clocks,
    fabric,
    supported,
    ending,
)
