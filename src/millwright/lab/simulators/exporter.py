"""dcgm-exporter: serves the GPUs' metrics on port 9400 in Prometheus' text form."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .dcgm_fields import FIELDS
from .device import Gpu, Node, load_node
from .mark import MARK
from .reading import read

DEFAULT_PORT = 9400
_METRICS: dict[str, tuple[str, int, str]] = {
    "DCGM_FI_DEV_SM_CLOCK": ("gauge", 100, "SM clock frequency (in MHz)."),
    "DCGM_FI_DEV_MEM_CLOCK": ("gauge", 101, "Memory clock frequency (in MHz)."),
    "DCGM_FI_DEV_CLOCKS_EVENT_REASONS": ("gauge", 112, "Why the clocks are what they are."),
    "DCGM_FI_DEV_MEMORY_TEMP": ("gauge", 140, "Memory temperature (in C)."),
    "DCGM_FI_DEV_GPU_TEMP": ("gauge", 150, "GPU temperature (in C)."),
    "DCGM_FI_DEV_POWER_USAGE": ("gauge", 155, "Power draw (in W)."),
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": ("counter", 156, "Energy since boot (in mJ)."),
    "DCGM_FI_DEV_SLOWDOWN_TEMP": ("gauge", 158, "Temperature at which it slows down (in C)."),
    "DCGM_FI_DEV_PCIE_REPLAY_COUNTER": ("counter", 202, "Total number of PCIe retries."),
    "DCGM_FI_DEV_GPU_UTIL": ("gauge", 203, "GPU utilization (in %)."),
    "DCGM_FI_DEV_MEM_COPY_UTIL": ("gauge", 204, "Memory utilization (in %)."),
    "DCGM_FI_DEV_XID_ERRORS": ("gauge", 230, "Value of the last XID error encountered."),
    "DCGM_FI_DEV_FB_FREE": ("gauge", 251, "Framebuffer memory free (in MiB)."),
    "DCGM_FI_DEV_FB_USED": ("gauge", 252, "Framebuffer memory used (in MiB)."),
    "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL": ("counter", 310, "Single-bit volatile ECC errors."),
    "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL": ("counter", 311, "Double-bit volatile ECC errors."),
    "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS": ("counter", 393, "Rows remapped, uncorrectable."),
    "DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS": ("counter", 394, "Rows remapped, correctable."),
    "DCGM_FI_DEV_ROW_REMAP_FAILURE": ("gauge", 395, "Whether remapping of rows has failed."),
    "DCGM_FI_DEV_ROW_REMAP_PENDING": ("gauge", 396, "Whether a remap waits for a reset."),
    "DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL": ("counter", 429, "NVLink recovery errors."),
    "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL": ("counter", 449, "NVLink bandwidth over all lanes."),
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE": ("gauge", 1001, "Part of time the graphics engine is active."),
    "DCGM_FI_PROF_SM_ACTIVE": ("gauge", 1002, "Part of time the multiprocessors are active."),
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": ("gauge", 1004, "Part of cycles the tensor pipe is active."),
    "DCGM_FI_PROF_DRAM_ACTIVE": ("gauge", 1005, "Part of cycles the memory is busy."),
    "DCGM_FI_PROF_PCIE_TX_BYTES": ("gauge", 1009, "Rate of data sent over PCIe (in B/s)."),
    "DCGM_FI_PROF_PCIE_RX_BYTES": ("gauge", 1010, "Rate of data received over PCIe (in B/s)."),
}
_TOLD = set(_METRICS)


def default_counters() -> str:
    """Return a file of counters as the vendor's package brings it: the errors are commented out."""
    quiet = (
        *("ECC", "NVLINK_RECOVERY", "ROW_REMAP_PENDING", "SLOWDOWN", "REASONS"),
        "SM_ACTIVE",
    )
    return "".join(
        f"{'# ' if any(word in name for word in quiet) else ''}{name}, {kind}, {words}\n"
        for name, (kind, _, words) in _METRICS.items()
    )


def main(argv: list[str]) -> int:
    """Serve until ended: `-a :9400` is the address, `-f FILE` lists the counters that are told."""
    if "--version" in argv or "-v" in argv:
        sys.stdout.write("DCGM Exporter version 4.4.1-4.6.0\n")
        return 0
    address = _option(argv, "-a") or f":{DEFAULT_PORT}"
    host, _, port = address.rpartition(":")
    if listed := _option(argv, "-f"):
        _TOLD.intersection_update(_counters(listed))
    with ThreadingHTTPServer((host, int(port)), Exporter) as server:
        server.serve_forever()
    return 0


def _option(argv: list[str], name: str) -> str:
    return argv[argv.index(name) + 1] if name in argv[:-1] else ""


def _counters(path: str) -> set[str]:
    """Return the fields that a file of counters lists: `FIELD, kind, help`, # before a comment."""
    with open(path, encoding="utf-8") as source:
        lines = [line.partition(",")[0].strip() for line in source]
    return {name for name in lines if name and not name.startswith("#")}


class Exporter(BaseHTTPRequestHandler):
    """Answers /metrics and /health; reads the node anew each time, so faults show at once."""

    def do_GET(self) -> None:
        """Answer one request."""
        answer = _answer(self.path.partition("?")[0])
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.end_headers()
        self.wfile.write((answer or "not found\n").encode())

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet; a scrape every few seconds is not news."""


def _answer(path: str) -> str:
    if path == "/metrics":
        return metrics(load_node())
    return "OK\n" if path == "/health" else ""


def metrics(node: Node) -> str:
    """Return every metric of every GPU that answers."""
    looks = [(gpu, read(node, gpu)) for gpu in node.answering()]
    lines = [f"# {MARK}"]
    for name, (kind, number, words) in _METRICS.items():
        if name not in _TOLD:
            continue
        lines += [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
        for gpu, now in looks:
            value = FIELDS[number].answer(node, gpu, now)
            shown = f"{value:.6f}" if isinstance(value, float) else str(value)
            lines.append(f"{name}{{{_labels(node, gpu)}}} {shown}")
    return "\n".join([*lines, ""])


def _labels(node: Node, gpu: Gpu) -> str:
    labels = {
        "gpu": gpu.index,
        "UUID": gpu.uuid,
        "pci_bus_id": gpu.long_bus_id,
        "device": f"nvidia{gpu.slot}",
        "modelName": node.text("gpu", "product_name"),
        "Hostname": node.name,
        "DCGM_FI_DRIVER_VERSION": node.version("driver"),
    }
    return ",".join(f'{name}="{value}"' for name, value in labels.items())
