"""Fields of DCGM by number: their short names and what a GPU answers; and `dcgmi dmon`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from .device import Gpu, Node, load_node
from .reading import Reading, read

_COLUMN = 13


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the column's title, the metric's name and how to answer."""

    short: str
    name: str
    answer: Callable[[Node, Gpu, Reading], object]


def dmon(node: Node, argv: list[str]) -> int:
    """Show fields `-e` every `-d` milliseconds, `-c` times (0: for ever)."""
    values = {name: argv[at + 1] for at, name in enumerate(argv[:-1]) if name.startswith("-")}
    if "-l" in argv:
        for number, field in FIELDS.items():
            sys.stdout.write(f"{number:<8}{field.short:<10}{field.name}\n")
        return 0
    numbers = [int(part) for part in values.get("-e", "").split(",") if part.isdigit()]
    unknown = [number for number in numbers if number not in FIELDS]
    if not numbers or unknown:
        told = ",".join(map(str, unknown)) or values.get("-e", "")
        sys.stderr.write(f"Error: Invalid field ids: {told}\n")
        return 1
    wanted = {part for part in values.get("-i", "").split(",") if part}
    told_rounds, told_pause = values.get("-c", "0"), values.get("-d", "1000")
    if not (told_rounds.isdigit() and told_pause.isdigit()):
        sys.stderr.write("PARSE ERROR: -c and -d take whole numbers.\n")
        return 1
    rounds, pause = int(told_rounds), int(told_pause) / 1000
    titles = "".join(f"{FIELDS[number].short:<{_COLUMN}}" for number in numbers)
    sys.stdout.write(f"#Entity   {titles}\n{'ID':<{10 + len(titles)}}\n")
    done = 0
    while True:
        _show(load_node(), numbers, wanted)
        done += 1
        if done == rounds:
            return 0
        time.sleep(pause)


def _show(node: Node, numbers: list[int], wanted: set[str]) -> None:
    for gpu in node.answering():
        if wanted and str(gpu.index) not in wanted:
            continue
        now = read(node, gpu)
        cells = (shown(FIELDS[number].answer(node, gpu, now)) for number in numbers)
        row = "".join(f"{cell:<{_COLUMN}}" for cell in cells)
        sys.stdout.write(f"{f'GPU {gpu.index}':<10}{row}\n")
    sys.stdout.flush()


def shown(value: object) -> str:
    """Return a value the way the tool prints it: floats with three decimals."""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def last_xid(node: Node, gpu: Gpu) -> int:
    """Return the GPU's last Xid, 0 where there was none."""
    codes = [
        fault.value for fault in node.faults if (fault.kind, fault.device) == ("xid", gpu.slot)
    ]
    return int(codes[-1] or 0) if codes else 0


def _share(busy: float) -> Callable[[Node, Gpu, Reading], object]:
    def answer(node: Node, gpu: Gpu, now: Reading) -> object:
        return node.noisy(busy, busy, gpu.slot) if now.busy else 0.0

    return answer


def _always(value: object) -> Callable[[Node, Gpu, Reading], object]:
    return lambda node, gpu, now: value


FIELDS: dict[int, Field] = {
    100: Field("SMCLK", "sm_clock", lambda node, gpu, now: now.sm_clock_mhz),
    101: Field("MMCLK", "memory_clock", lambda node, gpu, now: now.memory_clock_mhz),
    112: Field("DVCCTR", "clocks_event_reasons", lambda node, gpu, now: now.reasons),
    140: Field("MMTMP", "memory_temp", lambda node, gpu, now: now.memory_temperature_c),
    150: Field("TMPTR", "gpu_temp", lambda node, gpu, now: now.temperature_c),
    155: Field("POWER", "power_usage", lambda node, gpu, now: now.power_w),
    156: Field("TOTEC", "total_energy_consumption", lambda node, gpu, now: int(time.time()) * 70),
    158: Field(
        "SLDTM",
        "slowdown_temp",
        lambda node, gpu, now: int(node.number("temperature", "slowdown_c")),
    ),
    202: Field("PCRPC", "pcie_replay_counter", _always(0)),
    203: Field("GPUTL", "gpu_utilization", lambda node, gpu, now: now.utilization_percent),
    204: Field(
        "MCUTL", "mem_copy_utilization", lambda node, gpu, now: now.utilization_percent // 2
    ),
    230: Field("XIDER", "xid_errors", lambda node, gpu, now: last_xid(node, gpu)),
    250: Field("FBTTL", "fb_total", lambda node, gpu, now: int(node.number("gpu", "memory_mib"))),
    251: Field(
        "FBFRE",
        "fb_free",
        lambda node, gpu, now: (
            int(node.number("gpu", "memory_mib") - node.number("gpu", "reserved_mib"))
            - now.used_mib
        ),
    ),
    252: Field("FBUSD", "fb_used", lambda node, gpu, now: now.used_mib),
    310: Field("ESVTL", "ecc_sbe_vol_total", lambda node, gpu, now: node.ecc(gpu).corrected),
    311: Field("EDVTL", "ecc_dbe_vol_total", lambda node, gpu, now: node.ecc(gpu).uncorrected),
    312: Field("ESATL", "ecc_sbe_agg_total", lambda node, gpu, now: node.ecc(gpu).corrected),
    313: Field("EDATL", "ecc_dbe_agg_total", lambda node, gpu, now: node.ecc(gpu).uncorrected),
    393: Field(
        "URMPS", "uncorrectable_remapped_rows", lambda node, gpu, now: node.ecc(gpu).remapped
    ),
    394: Field("CRMPS", "correctable_remapped_rows", _always(0)),
    395: Field("RRF", "row_remap_failure", lambda node, gpu, now: int(node.ecc(gpu).failed)),
    396: Field("RRP", "row_remap_pending", lambda node, gpu, now: int(node.ecc(gpu).pending)),
    429: Field("NRCVT", "nvlink_recovery_error_count_total", _always(0)),
    449: Field("NBWLT", "nvlink_bandwidth_total", _always(0)),
    1001: Field("GRACT", "gr_engine_active", _share(0.998)),
    1002: Field("SMACT", "sm_active", _share(0.97)),
    1003: Field("SMOCC", "sm_occupancy", _share(0.21)),
    1004: Field("TENSO", "tensor_active", _share(0.885)),
    1005: Field("DRAMA", "dram_active", _share(0.305)),
    1009: Field("PCITX", "pcie_tx_bytes", _share(33_000_000.0)),
    1010: Field("PCIRX", "pcie_rx_bytes", _share(97_000_000.0)),
    1011: Field("NVLTX", "nvlink_tx_bytes", _share(180_000_000_000.0)),
    1012: Field("NVLRX", "nvlink_rx_bytes", _share(180_000_000_000.0)),
}
