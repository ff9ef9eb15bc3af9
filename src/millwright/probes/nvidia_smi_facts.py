"""From a sheet of `nvidia-smi -q` to the facts of a GPU: every name an element ever had.

The first path is the XML's of today, then older XML, then the text's label in small letters.
"""

from __future__ import annotations

from typing import TypeVar

from millwright.probes.nvidia_smi_gpu import (
    Clocks,
    EccCounts,
    Fabric,
    Gpu,
    Heat,
    HeldBack,
    MemoryRepair,
    PcieLink,
    Power,
)
from millwright.probes.nvidia_smi_reasons import normalised
from millwright.probes.nvidia_smi_sheet import Sheet
from millwright.probes.quantity import counter

N = TypeVar("N", int, float)
_AILMENTS = ("route_unhealthy", "route_recovery_in_progress", "access_timeout_recovery")


def gpu_of(index: int, sheet: Sheet) -> Gpu:
    """Return the facts of the GPU at that place of the driver's order."""
    say, flag, number = sheet.said, sheet.flag, sheet.number
    return Gpu(
        index=index,
        bus_id=say("pci/pci_bus_id", "pci/bus_id") or sheet.bus_id,
        lost=sheet.lost,
        name=say("product_name"),
        uuid=say("uuid", "gpu_uuid"),
        serial=say("serial", "serial_number"),
        vbios=say("vbios_version"),
        board_part_number=say("board_part_number"),
        persistence=flag("persistence_mode"),
        mig=flag("mig_mode/current_mig", "mig_mode/current"),
        mig_pending=flag("mig_mode/pending_mig", "mig_mode/pending"),
        ecc=flag("ecc_mode/current_ecc", "ecc_mode/current"),
        ecc_pending=flag("ecc_mode/pending_ecc", "ecc_mode/pending"),
        recovery_action=_recovery(sheet),
        volatile=_ecc(sheet, "ecc_errors/volatile"),
        aggregate=_ecc(sheet, "ecc_errors/aggregate"),
        repair=_repair(sheet),
        pcie=_pcie(sheet),
        heat=_heat(sheet),
        power=_power(sheet),
        clocks=_clocks(sheet),
        fabric=_fabric(sheet),
        utilization_percent=number("%", "utilization/gpu_util", "utilization/gpu"),
        memory_utilization_percent=number("%", "utilization/memory_util", "utilization/memory"),
        memory_total_mib=number("MiB", "fb_memory_usage/total"),
        memory_used_mib=number("MiB", "fb_memory_usage/used"),
    )


def _recovery(sheet: Sheet) -> str | None:
    """Return what the driver asks for; here `None` is its word for: nothing to do."""
    told = sheet.values.get("gpu_recovery_action")
    return "None" if told == "None" else sheet.said("gpu_recovery_action")


def _ecc(sheet: Sheet, at: str) -> EccCounts:
    dram = f"{at}/dram_correctable", f"{at}/dram_uncorrectable"
    sram = f"{at}/sram_correctable", f"{at}/sram_uncorrectable"
    parts = (f"{sram[1]}_parity", f"{sram[1]}_secded")
    if sheet.tells(f"{sram[1]}_sec_ded"):
        parts = (parts[0], f"{sram[1]}_sec_ded")
    sums = (sheet.total(*parts, dram[1]), sheet.total(sram[1], dram[1]))
    sram_sums = (sheet.total(*parts), sheet.total(sram[1]))
    return EccCounts(
        corrected=_first(sheet.total(sram[0], dram[0]), sheet.count(f"{at}/single_bit/total")),
        uncorrected=_first(*sums, sheet.count(f"{at}/double_bit/total")),
        sram_corrected=sheet.count(sram[0]),
        sram_uncorrected=_first(*sram_sums),
        dram_corrected=sheet.count(dram[0]),
        dram_uncorrected=sheet.count(dram[1]),
    )


def _repair(sheet: Sheet) -> MemoryRepair:
    pages, rows = "retired_pages", "remapped_rows"
    return MemoryRepair(
        retired_single_bit=sheet.count(
            f"{pages}/multiple_single_bit_retirement/retired_count", f"{pages}/single_bit_ecc"
        ),
        retired_double_bit=sheet.count(
            f"{pages}/double_bit_retirement/retired_count", f"{pages}/double_bit_ecc"
        ),
        retirement_pending=sheet.flag(
            f"{pages}/pending_retirement",
            f"{pages}/pending_blacklist",
            f"{pages}/pending_page_blacklist",
            f"{pages}/pending",
        ),
        remapped_corrected=sheet.count(f"{rows}/remapped_row_corr", f"{rows}/correctable_error"),
        remapped_uncorrected=sheet.count(f"{rows}/remapped_row_unc", f"{rows}/uncorrectable_error"),
        remap_pending=sheet.flag(f"{rows}/remapped_row_pending", f"{rows}/pending"),
        remap_failed=sheet.flag(
            f"{rows}/remapped_row_failure", f"{rows}/remapping_failure_occurred"
        ),
    )


def _pcie(sheet: Sheet) -> PcieLink:
    link, text = "pci/pci_gpu_link_info", "pci/gpu_link_info"
    return PcieLink(
        generation=sheet.count(
            f"{link}/pcie_gen/current_link_gen", f"{text}/pcie_generation/current"
        ),
        generation_max=sheet.count(f"{link}/pcie_gen/max_link_gen", f"{text}/pcie_generation/max"),
        width=_lanes(sheet, f"{link}/link_widths/current_link_width", f"{text}/link_width/current"),
        width_max=_lanes(sheet, f"{link}/link_widths/max_link_width", f"{text}/link_width/max"),
        replays=sheet.count("pci/replay_counter", "pci/replays_since_reset"),
        replay_rollovers=sheet.count("pci/replay_rollover_counter", "pci/replay_number_rollovers"),
    )


def _heat(sheet: Sheet) -> Heat:
    at = "temperature"
    return Heat(
        gpu_c=sheet.number("C", f"{at}/gpu_temp", f"{at}/gpu_current_temp", f"{at}/gpu"),
        memory_c=sheet.number("C", f"{at}/memory_temp", f"{at}/memory_current_temp"),
        margin_c=sheet.number("C", f"{at}/gpu_temp_tlimit", f"{at}/gpu_t_limit_temp"),
        slowdown_c=sheet.number("C", f"{at}/gpu_temp_slow_threshold", f"{at}/gpu_slowdown_temp"),
        shutdown_c=sheet.number("C", f"{at}/gpu_temp_max_threshold", f"{at}/gpu_shutdown_temp"),
    )


def _power(sheet: Sheet) -> Power:
    now, old, module = "gpu_power_readings", "power_readings", "module_power_readings"
    top = f"{old}/max_power_limit"
    enforced = (f"{old}/enforced_power_limit", f"{old}/power_limit") if sheet.tells(top) else ()
    return Power(
        draw_w=_first(_draw(sheet, now), _draw(sheet, old)),
        average_draw_w=sheet.number("W", f"{now}/average_power_draw"),
        limit_w=sheet.number("W", f"{now}/current_power_limit", *enforced),
        default_limit_w=sheet.number(
            "W", f"{now}/default_power_limit", f"{old}/default_power_limit"
        ),
        max_limit_w=sheet.number("W", f"{now}/max_power_limit", top),
        module_draw_w=_draw(sheet, module),
    )


def _draw(sheet: Sheet, at: str) -> float | None:
    """Return the draw of a block: the average only where the instantaneous is told and is N/A."""
    instant = (f"{at}/instant_power_draw", f"{at}/instantaneous_power_draw")
    average = (f"{at}/average_power_draw",) if sheet.tells(*instant) else ()
    return sheet.number("W", *instant, f"{at}/power_draw", *average)


def _clocks(sheet: Sheet) -> Clocks:
    blocks = ("clocks_event_reasons/", "clocks_throttle_reasons/")
    return Clocks(
        sm_mhz=sheet.number("MHz", "clocks/sm_clock", "clocks/sm"),
        memory_mhz=sheet.number("MHz", "clocks/mem_clock", "clocks/memory"),
        sm_max_mhz=sheet.number("MHz", "max_clocks/sm_clock", "max_clocks/sm"),
        memory_max_mhz=sheet.number("MHz", "max_clocks/mem_clock", "max_clocks/memory"),
        reasons=normalised(sheet.active_under(*blocks)),
        reasons_told=any(path.startswith(blocks) for path in sheet.values),
        held_back=_held_back(sheet),
    )


def _held_back(sheet: Sheet) -> tuple[HeldBack, ...]:
    block = "clocks_event_reasons_counters/"
    found = [
        (path.removeprefix(block).removeprefix("clocks_event_reasons_counters_"), told)
        for path in sheet.values
        if path.startswith(block) and (told := sheet.number("us", path)) is not None
    ]
    return tuple(HeldBack(normalised([name])[0], int(told)) for name, told in found)


def _fabric(sheet: Sheet) -> Fabric:
    ailing = [name for name in _AILMENTS if sheet.flag(f"fabric/health/{name}")]
    wrong = sheet.said("fabric/health/incorrect_configuration")
    return Fabric(
        state=sheet.said("fabric/state"),
        status=sheet.said("fabric/status"),
        clique=sheet.said("fabric/cliqueid"),
        cluster_uuid=sheet.said("fabric/clusteruuid"),
        health=sheet.said("fabric/health/summary"),
        bandwidth=sheet.said("fabric/health/bandwidth"),
        ailments=(*ailing, *((f"incorrect_configuration: {wrong}",) if wrong else ())),
    )


def _lanes(sheet: Sheet, *paths: str) -> int | None:
    told = sheet.said(*paths)
    return counter(told[:-1]) if told and told[-1] in "xX" else None


def _first(*values: N | None) -> N | None:
    return next((value for value in values if value is not None), None)
