"""An AMD accelerator as amd-smi describes it: what it is, what it measures, how it is linked."""

from __future__ import annotations

from typing import Any

from .device import Gpu, Node
from .reading import Reading, read

_FIRMWARE = (
    ("CP_MEC1", "167"),
    ("RLC", "152"),
    ("SDMA0", "19"),
    ("SDMA1", "19"),
    ("VCN", "09.11.80.07"),
    ("PSP_SOSDRV", "00.36.02.46"),
    ("TA_RAS", "1B.36.02.13"),
    ("TA_XGMI", "20.00.00.14"),
    ("PM", "04.85.99.00"),
)
_BLOCKS = ("UMC", "SDMA", "GFX", "MMHUB", "PCIE_BIF", "HDP", "XGMI_WAFL")


def of(value: float, unit: str) -> dict[str, Any]:
    """Return a figure the way the tool gives it: whole where it is whole."""
    return {"value": int(value) if float(value).is_integer() else round(value, 3), "unit": unit}


def static_of(node: Node, gpu: Gpu) -> dict[str, Any]:
    """Return what does not change while the node runs."""
    return {
        "gpu": gpu.index,
        "asic": _asic(node, gpu),
        "bus": {
            "bdf": f"0000:{gpu.bus_id}",
            "max_pcie_width": int(node.number("pci", "width")),
            "max_pcie_speed": of(node.number("pci", "speed_gt_s"), "GT/s"),
            "pcie_interface_version": f"Gen {node.text('pci', 'generation')}",
            "slot_type": "OAM",
        },
        "vbios": {
            "name": "AMD MI300X",
            "build_date": "2024/10/30 14:45",
            "part_number": node.text("software", "vbios_part"),
            "version": node.text("software", "vbios"),
        },
        "limit": {
            "max_power": of(node.number("power", "max_limit_w"), "W"),
            "min_power": of(node.number("power", "min_limit_w"), "W"),
            "socket_power": of(node.number("power", "limit_w"), "W"),
            "slowdown_hotspot_temperature": of(node.number("temperature", "slowdown_c"), "C"),
            "shutdown_hotspot_temperature": of(node.number("temperature", "shutdown_c"), "C"),
        },
        "driver": {"name": "amdgpu", "version": node.version("driver")},
        "board": _board(node, gpu),
        "vram": {
            "type": node.text("gpu", "memory_type"),
            "vendor": node.text("gpu", "memory_vendor"),
            "size": of(node.number("gpu", "memory_mib"), "MB"),
            "bit_width": int(node.number("gpu", "memory_bits")),
        },
        "numa": {"node": gpu.numa_node, "affinity": gpu.numa_node},
    }


def metric_of(node: Node, gpu: Gpu) -> dict[str, Any]:
    """Return what the accelerator measures now."""
    now = read(node, gpu)
    return {
        "gpu": gpu.index,
        "usage": {
            "gfx_activity": of(now.utilization_percent, "%"),
            "umc_activity": of(now.utilization_percent // 2, "%"),
            "mm_activity": "N/A",
        },
        "power": {
            "socket_power": of(round(now.power_w), "W"),
            "gfx_voltage": "N/A",
            "throttle_status": "THROTTLED" if now.throttled else "UNTHROTTLED",
        },
        "clock": {
            "gfx_0": _clock(now.sm_clock_mhz, node.number("clocks", "max_sm_mhz")),
            "mem_0": _clock(now.memory_clock_mhz, node.number("clocks", "memory_mhz")),
        },
        "temperature": {
            "edge": "N/A",
            "hotspot": of(now.temperature_c, "C"),
            "mem": of(now.memory_temperature_c, "C"),
        },
        "pcie": {
            "width": node.pcie_width(gpu),
            "speed": of(node.number("pci", "speed_gt_s"), "GT/s"),
            "replay_count": 0,
        },
        **_errors(node, gpu),
        "mem_usage": _memory(node, now),
    }


def firmware_of(gpu: Gpu) -> list[dict[str, str]]:
    """Return the firmware of the accelerator's engines, the same in every slot."""
    del gpu
    return [{"fw_id": name, "fw_version": version} for name, version in _FIRMWARE]


def link_rows(node: Node, gpu: Gpu) -> list[dict[str, Any]]:
    """Return the accelerator's links: one hop of XGMI to each other one."""
    speed = of(node.number("xgmi", "link_gbytes_per_s") * 8, "Gb/s")
    return [
        {
            "gpu": other.index,
            "bdf": f"0000:{other.bus_id}",
            "weight": 0 if other is gpu else int(node.number("xgmi", "weight")),
            "link_status": "ENABLED",
            "link_type": "SELF" if other is gpu else "XGMI",
            "num_hops": 0 if other is gpu else 1,
            "bandwidth": "N/A" if other is gpu else speed,
        }
        for other in node.answering()
    ]


def _asic(node: Node, gpu: Gpu) -> dict[str, Any]:
    vendor = f"0x{node.text('pci', 'vendor_id')}"
    return {
        "market_name": node.text("gpu", "product_name"),
        "vendor_id": vendor,
        "vendor_name": "Advanced Micro Devices Inc. [AMD/ATI]",
        "subvendor_id": vendor,
        "device_id": f"0x{node.text('pci', 'device_id')}",
        "subsystem_id": f"0x{node.text('pci', 'subsystem_id')}",
        "rev_id": "0x00",
        "asic_serial": gpu.unique_id.upper().replace("0X", "0x"),
        "oam_id": gpu.module_id - 1,
        "num_compute_units": int(node.number("gpu", "compute_units")),
        "target_graphics_version": node.text("gpu", "architecture"),
    }


def _board(node: Node, gpu: Gpu) -> dict[str, str]:
    return {
        "model_number": node.text("gpu", "board_part_number"),
        "product_serial": gpu.serial,
        "fru_id": "113-AMDG302110C04-simulated",
        "product_name": node.text("gpu", "product_name"),
        "manufacturer_name": "AMD",
    }


def _errors(node: Node, gpu: Gpu) -> dict[str, Any]:
    ecc = node.ecc(gpu)
    total = {
        "total_correctable_count": ecc.corrected,
        "total_uncorrectable_count": ecc.uncorrected,
        "total_deferred_count": 0,
        "cache_correctable_count": 0,
        "cache_uncorrectable_count": 0,
    }
    blocks = {name: _block(name, ecc.corrected, ecc.uncorrected) for name in _BLOCKS}
    return {"ecc": total, "ecc_blocks": blocks}


def _memory(node: Node, now: Reading) -> dict[str, Any]:
    total = node.number("gpu", "memory_mib")
    used = now.used_mib + node.number("gpu", "reserved_mib")
    return {
        "total_vram": of(total, "MB"),
        "used_vram": of(used, "MB"),
        "free_vram": of(total - used, "MB"),
    }


def _clock(now: float, top: float) -> dict[str, Any]:
    return {
        "clk": of(now, "MHz"),
        "min_clk": of(132, "MHz"),
        "max_clk": of(top, "MHz"),
        "clk_locked": "DISABLED",
        "deep_sleep": "DISABLED",
    }


def _block(name: str, corrected: int, uncorrected: int) -> dict[str, int]:
    mine = name == "UMC"
    return {
        "correctable_count": corrected if mine else 0,
        "uncorrectable_count": uncorrected if mine else 0,
        "deferred_count": 0,
    }
