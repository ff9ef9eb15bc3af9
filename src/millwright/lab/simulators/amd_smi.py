"""amd-smi: AMD's management tool, in JSON as release 26 of ROCm 7 gives it, and as text."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .amd_facts import firmware_of, link_rows, metric_of, static_of
from .device import Gpu, Node, load_node
from .mark import MARK
from .reading import read
from .state import hang

_INVALID = 255
_SHORT = {
    "-a": "asic",
    "-b": "bus",
    "-V": "vbios",
    "-l": "limit",
    "-d": "driver",
    "-v": "vram",
    "-u": "usage",
    "-p": "power",
    "-c": "clock",
    "-t": "temperature",
    "-P": "pcie",
    "-e": "ecc",
    "-m": "mem_usage",
}


def main(argv: list[str]) -> int:
    """Run one subcommand; an unknown one is status 255 with the tool's words."""
    node = load_node()
    if node.found("hung-smi"):
        hang()
    name = argv[0] if argv else "list"
    command = _COMMANDS.get(name)
    if command is None:
        sys.stderr.write(f"AMD-SMI Command: '{name}' is invalid. Run '--help' for more info.\n")
        return _INVALID
    gpus, wanted = _parse(node, argv[1:])
    if not gpus:
        sys.stderr.write("AMDSMI_STATUS_NOT_FOUND: no such GPU\n")
        return 2
    content = command(node, gpus, wanted)
    if "--json" in argv:
        sys.stdout.write(json.dumps(content, indent=4) + "\n")
    elif name == "monitor":
        sys.stdout.write(_monitor_table(content))
    else:
        rows = content["gpu_data"] if isinstance(content, dict) else content
        sys.stdout.write("\n".join(_text(row) for row in rows) + "\n")
    return 0


def _list(node: Node, gpus: Sequence[Gpu], wanted: set[str]) -> Any:
    return [
        {
            "gpu": gpu.index,
            "bdf": f"0000:{gpu.bus_id}",
            "uuid": gpu.uuid,
            "kfd_id": int(gpu.unique_id, 16) % 65536,
            "node_id": gpu.slot + 2,
            "partition_id": 0,
        }
        for gpu in gpus
    ]


def _static(node: Node, gpus: Sequence[Gpu], wanted: set[str]) -> Any:
    return _marked([_chosen(static_of(node, gpu), wanted) for gpu in gpus])


def _metric(node: Node, gpus: Sequence[Gpu], wanted: set[str]) -> Any:
    return _marked([_chosen(metric_of(node, gpu), wanted) for gpu in gpus])


def _marked(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the rows beside the remark; a bare list of rows, as `list` gives it, has no room."""
    return {"gpu_data": rows, "simulated": MARK}


def _firmware(node: Node, gpus: Sequence[Gpu], wanted: set[str]) -> Any:
    return [{"gpu": gpu.index, "fw_list": firmware_of(gpu)} for gpu in gpus]


def _topology(node: Node, gpus: Sequence[Gpu], wanted: set[str]) -> Any:
    return [
        {"gpu": gpu.index, "bdf": f"0000:{gpu.bus_id}", "links": link_rows(node, gpu)}
        for gpu in gpus
    ]


def _version(node: Node, gpus: Sequence[Gpu], wanted: set[str]) -> Any:
    return [
        {
            "tool": "AMDSMI Tool",
            "version": f"{node.version('amd_smi')}+simulated",
            "amdsmi_library_version": node.version("amd_smi_library"),
            "rocm_version": node.version("rocm"),
            "amdgpu_version": node.version("driver"),
            "amd_hsmp_driver_version": "N/A",
        }
    ]


def _monitor(node: Node, gpus: Sequence[Gpu], wanted: set[str]) -> Any:
    rows = []
    for gpu in gpus:
        now = read(node, gpu)
        rows.append(
            {
                "gpu": gpu.index,
                "power_usage": {"value": round(now.power_w), "unit": "W"},
                "hotspot_temperature": {"value": now.temperature_c, "unit": "C"},
                "memory_temperature": {"value": now.memory_temperature_c, "unit": "C"},
                "gfx_clk": {"value": now.sm_clock_mhz, "unit": "MHz"},
                "gfx": {"value": now.utilization_percent, "unit": "%"},
                "mem": {"value": now.utilization_percent // 2, "unit": "%"},
                "mem_clock": {"value": now.memory_clock_mhz, "unit": "MHz"},
                "vram_used": {"value": now.used_mib, "unit": "MB"},
                "vram_total": {"value": int(node.number("gpu", "memory_mib")), "unit": "MB"},
            }
        )
    return rows


def _monitor_table(rows: list[dict[str, Any]]) -> str:
    titles = ("POWER", "GPU_T", "MEM_T", "GFX_CLK", "GFX%", "MEM%", "MEM_CLOCK", "VRAM_USED")
    lines = ["GPU" + "".join(f"{title:>12}" for title in (*titles, "VRAM_TOTAL"))]
    for row in rows:
        cells = [f"{entry['value']} {entry['unit']}" for key, entry in row.items() if key != "gpu"]
        lines.append(f"{row['gpu']:>3}" + "".join(f"{cell:>12}" for cell in cells))
    return "\n".join([*lines, ""])


def _chosen(row: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """Keep only the groups that were asked for; none asked means all."""
    known = {key: value for key, value in row.items() if key in wanted}
    return {"gpu": row["gpu"], **known} if known else row


def _text(row: dict[str, Any], margin: str = "") -> str:
    lines = []
    for key, value in row.items():
        title = f"{margin}{key.upper()}:"
        if isinstance(value, dict) and set(value) == {"value", "unit"}:
            lines.append(f"{title} {value['value']} {value['unit']}")
        elif isinstance(value, dict):
            lines += [title, _text(value, margin + "    ")]
        elif isinstance(value, list):
            entries = (_text(entry, margin + "    ") for entry in value)
            lines += [title, *entries]
        else:
            lines.append(f"{title} {value}")
    return "\n".join(lines)


def _parse(node: Node, argv: Sequence[str]) -> tuple[list[Gpu], set[str]]:
    wanted, numbers, left = set(), set(), list(argv)
    while left:
        option = left.pop(0)
        if option in ("-g", "--gpu"):
            while left and not left[0].startswith("-"):
                numbers.add(left.pop(0).lower())
        elif option.startswith("-") and option != "--json":
            wanted.add(_SHORT.get(option, option.lstrip("-").replace("-", "_")))
    gpus = [
        gpu
        for gpu in node.answering()
        if not numbers - {"all"}
        or {str(gpu.index), gpu.uuid, gpu.bus_id, f"0000:{gpu.bus_id}"} & numbers
    ]
    return gpus, wanted


_COMMANDS: dict[str, Callable[[Node, Sequence[Gpu], set[str]], Any]] = {
    "list": _list,
    "static": _static,
    "metric": _metric,
    "monitor": _monitor,
    "topology": _topology,
    "firmware": _firmware,
    "version": _version,
}
