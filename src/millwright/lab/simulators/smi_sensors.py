"""What a GPU measures, as `nvidia-smi -q` tells it: clocks, memory, errors, heat and power."""

from __future__ import annotations

from .smi_tree import NA, Item, Look, block, line, unset

_REASONS = (
    (0x1, "gpu_idle", "Idle"),
    (0x2, "applications_clocks_setting", "Applications Clocks Setting"),
    (0x4, "sw_power_cap", "SW Power Cap"),
    (0x8, "hw_slowdown", "HW Slowdown"),
    (0x40, "hw_thermal_slowdown", "    HW Thermal Slowdown"),
    (0x80, "hw_power_brake_slowdown", "    HW Power Brake Slowdown"),
    (0x10, "sync_boost", "Sync Boost"),
    (0x20, "sw_thermal_slowdown", "SW Thermal Slowdown"),
    (0x100, "display_clocks_setting", "Display Clock Setting"),
)
_COUNTERS = (
    ("sw_power_cap", "SW Power Capping"),
    ("sync_boost", "Sync Boost"),
    ("sw_therm_slowdown", "SW Thermal Slowdown"),
    ("hw_therm_slowdown", "HW Thermal Slowdown"),
    ("hw_power_brake", "HW Power Braking"),
)
_SESSIONS = (
    ("session_count", "Active Sessions", "0"),
    ("average_fps", "Average FPS", "0"),
    ("average_latency", "Average Latency", "0"),
)
_SRAM = (
    ("l2", "L2"),
    ("sm", "SM"),
    ("microcontroller", "Microcontroller"),
    ("pcie", "PCIE"),
    ("other", "Other"),
)
_BANKS = ("max", "high", "partial", "low", "none")
_THROTTLED_US = 93_000_000


def performance(look: Look) -> list[Item]:
    """Return the performance state and why the clocks are what they are."""
    reasons = look.reading.reasons
    return [
        line("fan_speed", "Fan Speed", NA),
        line("performance_state", "Performance State", "P0"),
        block(
            "clocks_event_reasons",
            "Clocks Event Reasons",
            *(
                (f"clocks_event_reason_{tag}", label, "Active" if reasons & bit else "Not Active")
                for bit, tag, label in _REASONS
            ),
        ),
        block(
            "clocks_event_reasons_counters",
            "Clocks Event Reasons Counters",
            *(
                (f"clocks_event_reasons_counters_{tag}", label, f"{_held_us(look, tag)} us")
                for tag, label in _COUNTERS
            ),
        ),
        line("sparse_operation_mode", "Sparse Operation Mode", "Disabled"),
    ]


def memory(look: Look) -> list[Item]:
    """Return how much memory is there, held and free; the driver's reserve counts as neither."""
    total = int(look.node.number("gpu", "memory_mib"))
    reserved = int(look.node.number("gpu", "reserved_mib"))
    used = look.reading.used_mib
    bar1 = int(look.node.number("gpu", "bar1_mib"))
    return [
        block(
            "fb_memory_usage",
            "FB Memory Usage",
            ("total", "Total", f"{total} MiB"),
            ("reserved", "Reserved", f"{reserved} MiB"),
            ("used", "Used", f"{used} MiB"),
            ("free", "Free", f"{total - reserved - used} MiB"),
        ),
        block(
            "bar1_memory_usage",
            "BAR1 Memory Usage",
            ("total", "Total", f"{bar1} MiB"),
            ("used", "Used", "1 MiB"),
            ("free", "Free", f"{bar1 - 1} MiB"),
        ),
        block(
            "cc_protected_memory_usage",
            "Conf Compute Protected Memory Usage",
            ("total", "Total", "0 MiB"),
            ("used", "Used", "0 MiB"),
            ("free", "Free", "0 MiB"),
        ),
    ]


def utilization(look: Look) -> list[Item]:
    """Return how busy the GPU's engines are."""
    busy = look.reading.utilization_percent
    return [
        line("compute_mode", "Compute Mode", "Default"),
        block(
            "utilization",
            "Utilization",
            ("gpu_util", "GPU", f"{busy} %"),
            ("memory_util", "Memory", f"{busy // 2} %"),
            ("encoder_util", "Encoder", "0 %"),
            ("decoder_util", "Decoder", "0 %"),
            ("jpeg_util", "JPEG", "0 %"),
            ("ofa_util", "OFA", "0 %"),
        ),
        block("encoder_stats", "Encoder Stats", *_SESSIONS),
        block("fbc_stats", "FBC Stats", *_SESSIONS),
        unset(
            "dram_encryption_mode",
            "DRAM Encryption Mode",
            ("current_dram_encryption", "Current"),
            ("pending_dram_encryption", "Pending"),
        ),
    ]


def ecc(look: Look) -> list[Item]:
    """Return the memory errors counted since the driver was loaded and since ever."""
    found = look.node.ecc(look.gpu)
    counts = (
        ("sram_correctable", "SRAM Correctable", 0),
        ("sram_uncorrectable_parity", "SRAM Uncorrectable Parity", 0),
        ("sram_uncorrectable_secded", "SRAM Uncorrectable SEC-DED", 0),
        ("dram_correctable", "DRAM Correctable", found.corrected),
        ("dram_uncorrectable", "DRAM Uncorrectable", found.uncorrected),
    )
    return [
        block(
            "ecc_mode",
            "ECC Mode",
            ("current_ecc", "Current", "Enabled"),
            ("pending_ecc", "Pending", "Enabled"),
        ),
        Item(
            "ecc_errors",
            "ECC Errors",
            children=(
                block("volatile", "Volatile", *counts),
                block(
                    "aggregate",
                    "Aggregate",
                    *counts,
                    ("sram_threshold_exceeded", "SRAM Threshold Exceeded", "No"),
                ),
                block(
                    "aggregate_uncorrectable_sram_sources",
                    "Aggregate Uncorrectable SRAM Sources",
                    *((f"sram_{tag}", f"SRAM {label}", 0) for tag, label in _SRAM),
                ),
                line("channel_repair_pending", "Channel Repair Pending", "No"),
                line("tpc_repair_pending", "TPC Repair Pending", "No"),
            ),
        ),
    ]


def repairs(look: Look) -> list[Item]:
    """Return which rows of memory were mapped out; page retirement is of older GPUs."""
    found = look.node.ecc(look.gpu)
    banks = int(look.node.number("gpu", "remap_banks"))
    counts = (banks - found.remapped, found.remapped, 0, 0, 0)
    retirement = tuple(
        Item(f"{kind}_retirement", "", children=(line("retired_count", "", NA), _pages()))
        for kind in ("multiple_single_bit", "double_bit")
    )
    shown = (line("", "Single Bit ECC", NA), line("", "Double Bit ECC", NA))
    pages = (
        *retirement,
        *shown,
        line("pending_blacklist", "Pending Page Blacklist", NA),
        line("pending_retirement", "", NA),
    )
    return [
        Item("retired_pages", "Retired Pages", children=pages),
        Item(
            "remapped_rows",
            "Remapped Rows",
            children=(
                line("remapped_row_corr", "Correctable Error", 0),
                line("remapped_row_unc", "Uncorrectable Error", found.remapped),
                line("remapped_row_pending", "Pending", _yes(found.pending)),
                line("remapped_row_failure", "Remapping Failure Occurred", _yes(found.failed)),
                block(
                    "row_remapper_histogram",
                    "Bank Remap Availability Histogram",
                    *(
                        (f"row_remapper_histogram_{name}", name.title(), f"{count} bank(s)")
                        for name, count in zip(_BANKS, counts, strict=True)
                    ),
                ),
            ),
        ),
    ]


def temperature(look: Look) -> list[Item]:
    """Return how hot the GPU is and how far from slowing down (T.Limit: degrees left)."""
    slowdown = int(look.node.number("temperature", "slowdown_c"))
    shutdown = int(look.node.number("temperature", "shutdown_c"))
    return [
        block(
            "temperature",
            "Temperature",
            ("gpu_temp", "GPU Current Temp", f"{look.reading.temperature_c} C"),
            ("gpu_temp_tlimit", "GPU T.Limit Temp", f"{slowdown - look.reading.temperature_c} C"),
            (
                "gpu_temp_max_tlimit_threshold",
                "GPU Shutdown T.Limit Temp",
                f"{slowdown - shutdown} C",
            ),
            ("gpu_temp_slow_tlimit_threshold", "GPU Slowdown T.Limit Temp", "-2 C"),
            ("gpu_temp_max_gpu_tlimit_threshold", "GPU Max Operating T.Limit Temp", "0 C"),
            ("gpu_target_temperature", "GPU Target Temperature", NA),
            ("memory_temp", "Memory Current Temp", f"{look.reading.memory_temperature_c} C"),
            ("gpu_temp_max_mem_tlimit_threshold", "Memory Max Operating T.Limit Temp", "0 C"),
        ),
        unset(
            "supported_gpu_target_temp",
            "",
            ("gpu_target_temp_min", ""),
            ("gpu_target_temp_max", ""),
        ),
    ]


def _held_us(look: Look, tag: str) -> int:
    return _THROTTLED_US if look.reading.throttled and tag == "hw_therm_slowdown" else 0


def _pages() -> Item:
    return line("retired_pagelist", "", NA)


def _yes(found: bool) -> str:
    return "Yes" if found else "No"
