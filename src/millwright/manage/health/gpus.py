"""Signals of accelerators: NVIDIA's by `nvidia-smi -q -x` and DCGM, AMD's by amd-smi and RAS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from millwright.manage.health.signals import Seen, Source, source, truth
from millwright.manage.health.view import Unheard, View, number
from millwright.probes.nvidia_smi_gpu import Gpu, Machine

BUSY_PERCENT = 10.0
"""A GPU that is used this much keeps its PCIe link at full speed; at rest it may lower it."""
THERMAL = ("sw_thermal_slowdown", "hw_thermal_slowdown")
HELD_BACK = {
    "hw_thermal_slowdown": "gpu_thermal_slowdown_us",
    "sw_thermal_slowdown": "gpu_thermal_slowdown_us",
    "hw_power_brake_slowdown": "gpu_power_brake_us",
}
"""Reasons of which a healthy GPU has none, and the counters that they add to. That the clock is
low at rest, by a setting or by the power cap, is benign."""


def _nvidia(view: View) -> Iterator[Seen]:
    machine: Machine = view.facts("nvidia-smi-xml")
    yield from _counted(view, sum(not gpu.lost for gpu in machine.gpus))
    for gpu in machine.gpus:
        device = f"gpu{gpu.index}"
        yield Seen("gpu_lost", device, float(gpu.lost), gpu.bus_id)
        if not gpu.lost:
            yield from _memory(gpu, device)
            yield from _strain(gpu, device)
            yield from _bus(gpu, device)


def _counted(view: View, seen: int) -> Iterator[Seen]:
    """Say how many GPUs are missing against the design; without one nobody knows."""
    if view.expected is None:
        yield Seen("gpus_missing", "", None, "no design says how many GPUs there should be")
        return
    wanted = view.expected.gpus
    yield Seen("gpus_missing", "", float(wanted - seen), f"{seen} of {wanted} are there")


def _memory(gpu: Gpu, device: str) -> Iterator[Seen]:
    ecc, repair = gpu.volatile, gpu.repair
    yield Seen("gpu_ecc_on", device, truth(gpu.ecc))
    yield Seen("gpu_ecc_uncorrected", device, ecc.uncorrected)
    yield Seen("gpu_ecc_corrected", device, ecc.corrected)
    yield Seen("gpu_remap_failed", device, truth(repair.remap_failed))
    yield Seen("gpu_remap_pending", device, truth(repair.remap_pending))
    yield Seen("gpu_rows_uncorrected", device, repair.remapped_uncorrected)
    asked = gpu.recovery_action
    if asked is not None:
        yield Seen("gpu_recovery_action", device, asked)


def _strain(gpu: Gpu, device: str) -> Iterator[Seen]:
    clocks, power, heat = gpu.clocks, gpu.power, gpu.heat
    told = clocks.reasons_told
    hot = [reason for reason in THERMAL if reason in clocks.reasons]
    yield Seen("gpu_thermal_slowdown", device, float(bool(hot)) if told else None, ", ".join(hot))
    brake = float("hw_power_brake_slowdown" in clocks.reasons) if told else None
    yield Seen("gpu_power_brake", device, brake)
    sums: dict[str, float] = {}
    for held in clocks.held_back:
        if signal := HELD_BACK.get(held.reason):
            sums[signal] = sums.get(signal, 0.0) + held.for_us
    for signal, spent_us in sums.items():
        yield Seen(signal, device, spent_us)
    if heat.margin_c is not None:
        yield Seen("gpu_thermal_margin_c", device, heat.margin_c)
    elif heat.gpu_c is not None and heat.slowdown_c is not None:
        yield Seen("gpu_thermal_margin_c", device, heat.slowdown_c - heat.gpu_c)
    else:
        yield Seen("gpu_thermal_margin_c", device, None)
    if power.limit_w is not None and power.default_limit_w:
        note = f"{power.limit_w:g} of {power.default_limit_w:g} W"
        yield Seen("gpu_power_limit_share", device, power.limit_w / power.default_limit_w, note)


def _bus(gpu: Gpu, device: str) -> Iterator[Seen]:
    """A GPU at rest may lower its link's speed, and never its width."""
    pcie = gpu.pcie
    width = pcie.width / pcie.width_max if pcie.width and pcie.width_max else None
    yield Seen("gpu_pcie_width_share", device, width, f"x{pcie.width} of x{pcie.width_max}")
    if pcie.generation and pcie.generation_max and (gpu.utilization_percent or 0) >= BUSY_PERCENT:
        note = f"generation {pcie.generation} of {pcie.generation_max} under load"
        yield Seen("gpu_pcie_speed_share", device, pcie.generation / pcie.generation_max, note)
    if pcie.replays is not None:
        yield Seen("gpu_pcie_replays", device, float(pcie.replays))
    if (gpu.fabric.state or "N/A").lower() not in ("n/a", "not supported"):
        done = gpu.fabric.state == "Completed" and gpu.fabric.status in (None, "Success")
        note = f"{gpu.fabric.state}, {gpu.fabric.status}"
        yield Seen("gpu_fabric_joined", device, float(done), note)
    if gpu.fabric.ailments:
        note = ", ".join(gpu.fabric.ailments)
        yield Seen("gpu_fabric_ailing", device, 1.0, note)


def _dcgm(view: View) -> Iterator[Seen]:
    health = view.facts("dcgmi-health")
    told = [incident for incident in health.incidents if incident.status != "Healthy"]
    for incident in told:
        note = f"{incident.system}: {incident.text}"
        bad = "dcgm_failure" if incident.status == "Failure" else "dcgm_warning"
        yield Seen(bad, incident.entity, 1.0, note)
    if not told and health.overall != "Healthy":
        bad = "dcgm_failure" if health.overall == "Failure" else "dcgm_warning"
        yield Seen(bad, "", 1.0, f"overall health is {health.overall}")


def _nvlink_states(view: View) -> Iterator[Seen]:
    for gpu in view.facts("nvlink-status").gpus:
        silent = [link.index for link in gpu.links if link.speed_gbytes_per_s is None]
        note = f"links {', '.join(map(str, silent))} of {len(gpu.links)}"
        yield Seen("nvlinks_inactive", f"gpu{gpu.index}", float(len(silent)), note)
        speeds = [link.speed_gbytes_per_s for link in gpu.links if link.speed_gbytes_per_s]
        if speeds:
            slow = f"{min(speeds):g} of {max(speeds):g} GB/s"
            share = min(speeds) / max(speeds)
            yield Seen("nvlink_speed_share", f"gpu{gpu.index}", share, slow)


def _nvlink_errors(view: View) -> Iterator[Seen]:
    for gpu in view.facts("nvlink-errors").gpus:
        for link in gpu.links:
            device = f"gpu{gpu.index}/link{link.index}"
            for error in link.errors:
                kind = "recoveries" if "recover" in error.name.lower() else "errors"
                yield Seen(f"nvlink_{kind}", device, float(error.count), error.name)


def _amd(view: View) -> Iterator[Seen]:
    gpus = view.facts("amd-smi-metric").gpus
    if not gpus:
        raise Unheard("amd-smi-metric: no accelerator is listed")
    yield from _counted(view, len(gpus))
    for gpu in gpus:
        device = f"gpu{gpu.index}"
        yield Seen("gpu_ecc_uncorrected", device, gpu.ecc_uncorrected)
        yield Seen("gpu_ecc_corrected", device, gpu.ecc_corrected)
        if gpu.pcie_replays is not None:
            yield Seen("gpu_pcie_replays", device, float(gpu.pcie_replays))
        if gpu.throttle_status is not None:
            throttled = gpu.throttle_status.upper() not in ("UNTHROTTLED", "N/A", "0", "NONE")
            yield Seen("gpu_thermal_slowdown", device, float(throttled), gpu.throttle_status)


def _amd_static(view: View) -> Iterator[Seen]:
    for gpu in view.facts("amd-smi-static").gpus:
        if gpu.pcie_width and gpu.pcie_width_max:
            note = f"x{gpu.pcie_width} of x{gpu.pcie_width_max}"
            share = gpu.pcie_width / gpu.pcie_width_max
            yield Seen("gpu_pcie_width_share", f"gpu{gpu.index}", share, note)


_CARD = re.compile(r"/card(?P<card>\d{1,3})/device/ras/(?P<block>\w+)_err_count$")


def _ras(view: View) -> Iterator[Seen]:
    """Uncorrectable (`ue`) and correctable (`ce`) errors by block of each card."""
    for path, text in view.told("amd-ras").items():
        found = _CARD.search(path)
        if found is None or not isinstance(text, str):
            continue
        device = f"card{found['card']}/{found['block']}"
        for word, signal in (("ue", "amd_ras_uncorrected"), ("ce", "amd_ras_corrected")):
            told = re.search(rf"^{word}: (\d{{1,18}})$", text, re.M)
            yield Seen(signal, device, number(told[1]) if told else None)


GPU_SIGNALS = (
    *("gpus_missing", "gpu_lost", "gpu_ecc_on", "gpu_ecc_uncorrected", "gpu_ecc_corrected"),
    *("gpu_remap_failed", "gpu_remap_pending", "gpu_rows_uncorrected", "gpu_recovery_action"),
    *("gpu_thermal_slowdown", "gpu_power_brake", "gpu_thermal_slowdown_us", "gpu_power_brake_us"),
    *("gpu_thermal_margin_c", "gpu_power_limit_share", "gpu_pcie_width_share"),
    *("gpu_pcie_speed_share", "gpu_pcie_replays", "gpu_fabric_joined", "gpu_fabric_ailing"),
)
_AMD_SIGNALS = ("gpus_missing", "gpu_ecc_uncorrected", "gpu_ecc_corrected")
SOURCES: Iterable[Source] = (
    source("nvidia-smi-xml", _nvidia, *GPU_SIGNALS, of="nvidia"),
    source("dcgmi-health", _dcgm, "dcgm_failure", "dcgm_warning", of="nvidia"),
    source("nvlink-status", _nvlink_states, "nvlinks_inactive", "nvlink_speed_share", of="nvidia"),
    source("nvlink-errors", _nvlink_errors, "nvlink_errors", "nvlink_recoveries", of="nvidia"),
    source(
        "amd-smi-metric",
        _amd,
        *_AMD_SIGNALS,
        "gpu_pcie_replays",
        "gpu_thermal_slowdown",
        of="amd",
    ),
    source("amd-smi-static", _amd_static, "gpu_pcie_width_share", of="amd"),
    source("amd-ras", _ras, "amd_ras_uncorrected", "amd_ras_corrected", of="amd"),
)
