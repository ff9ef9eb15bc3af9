"""rocm-smi: AMD's older tool, for what still asks it: JSON by `--show...`, and its table."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from .device import Gpu, Node, load_node
from .mark import MARK
from .reading import Reading, read
from .state import hang

Facts = Callable[[Node, Gpu, Reading], dict[str, str]]
_BYTES = 2**20
_HEADS = (
    *("Device", "Node", "Temp", "Power", "SCLK", "MCLK"),
    *("Fan", "Perf", "PwrCap", "VRAM%", "GPU%"),
)


def main(argv: list[str]) -> int:
    """Show what the options name, all of it with -a or --showallinfo; a table without options."""
    node = load_node()
    if node.found("hung-smi"):
        hang()
    if "--version" in argv or "-V" in argv:
        library = node.version("rocm")
        sys.stdout.write(f"ROCM-SMI version: 4.0.0+simulated\nROCM-SMI-LIB version: {library}\n")
        return 0
    asked = [option for option in argv if option.startswith("--show") or option == "-a"]
    unknown = [option for option in asked if option not in _SHOWN and option not in _EVERYTHING]
    if unknown:
        sys.stderr.write(f"rocm-smi: error: unrecognized arguments: {' '.join(unknown)}\n")
        return 2
    content = {f"card{gpu.index}": _card(node, gpu, asked) for gpu in node.answering()}
    if set(asked) & {"--showdriverversion", *_EVERYTHING}:
        content["system"] = {"Driver version": node.version("driver"), "simulated": MARK}
    if "--json" in argv:
        sys.stdout.write(json.dumps(content) + "\n")
    elif asked:
        sys.stdout.write(_text(content))
    else:
        sys.stdout.write(_table(node))
    return 0


def _card(node: Node, gpu: Gpu, asked: list[str]) -> dict[str, str]:
    now = read(node, gpu)
    wanted = list(_SHOWN) if not asked or set(asked) & _EVERYTHING else asked
    facts: dict[str, str] = {}
    for option in wanted:
        facts |= _SHOWN[option](node, gpu, now)
    return facts


def _product(node: Node, gpu: Gpu, now: Reading) -> dict[str, str]:
    return {
        "Card Series": node.text("gpu", "product_name"),
        "Card Model": f"0x{node.text('pci', 'device_id')}",
        "Card Vendor": node.text("pci", "vendor_name"),
        "Card SKU": node.text("software", "vbios_part").split("-")[1],
        "Subsystem ID": f"0x{node.text('pci', 'subsystem_id')}",
        "Device Rev": "0x00",
        "Node ID": str(gpu.slot + 2),
        "GUID": str(int(gpu.unique_id, 16) % 65536),
        "GFX Version": node.text("gpu", "architecture"),
    }


def _temperature(node: Node, gpu: Gpu, now: Reading) -> dict[str, str]:
    return {
        "Temperature (Sensor junction) (C)": f"{now.temperature_c:.1f}",
        "Temperature (Sensor memory) (C)": f"{now.memory_temperature_c:.1f}",
    }


def _memory(node: Node, gpu: Gpu, now: Reading) -> dict[str, str]:
    used = now.used_mib + node.number("gpu", "reserved_mib")
    return {
        "VRAM Total Memory (B)": str(int(node.number("gpu", "memory_mib")) * _BYTES),
        "VRAM Total Used Memory (B)": str(int(used) * _BYTES),
    }


def _clocks(node: Node, gpu: Gpu, now: Reading) -> dict[str, str]:
    return {
        "mclk clock speed:": f"({now.memory_clock_mhz}Mhz)",
        "mclk clock level:": "0",
        "sclk clock speed:": f"({now.sm_clock_mhz}Mhz)",
        "sclk clock level:": "1",
        "pcie clock level": f"1 ({node.number('pci', 'speed_gt_s')}GT/s x{node.pcie_width(gpu)})",
    }


def _errors(node: Node, gpu: Gpu, now: Reading) -> dict[str, str]:
    ecc = node.ecc(gpu)
    return {"UMC RAS": f"correctable {ecc.corrected}, uncorrectable {ecc.uncorrected}"}


_SHOWN: dict[str, Facts] = {
    "--showid": lambda node, gpu, now: {
        "Device Name": node.text("gpu", "product_name"),
        "Device ID": f"0x{node.text('pci', 'device_id')}",
        "Device Rev": "0x00",
    },
    "--showuniqueid": lambda node, gpu, now: {"Unique ID": gpu.unique_id},
    "--showvbios": lambda node, gpu, now: {"VBIOS version": node.text("software", "vbios_part")},
    "--showtemp": _temperature,
    "--showclocks": _clocks,
    "--showperflevel": lambda node, gpu, now: {"Performance Level": "auto"},
    "--showmaxpower": lambda node, gpu, now: {
        "Max Graphics Package Power (W)": f"{now.power_limit_w:.1f}"
    },
    "--showpower": lambda node, gpu, now: {
        "Current Socket Graphics Package Power (W)": f"{now.power_w:.1f}"
    },
    "--showuse": lambda node, gpu, now: {"GPU use (%)": str(now.utilization_percent)},
    "--showmemuse": lambda node, gpu, now: {"GPU Memory Allocated (VRAM%)": _held(node, now)},
    "--showmeminfo": _memory,
    "--showmemvendor": lambda node, gpu, now: {
        "GPU memory vendor": node.text("gpu", "memory_vendor").lower()
    },
    "--showreplaycount": lambda node, gpu, now: {"PCIe Replay Count": "0"},
    "--showserial": lambda node, gpu, now: {"Serial Number": gpu.serial},
    "--showbus": lambda node, gpu, now: {"PCI Bus": f"0000:{gpu.bus_id.upper()}"},
    "--showrasinfo": _errors,
    "--showproductname": _product,
    "--showtoponuma": lambda node, gpu, now: {
        "(Topology) Numa Node": str(gpu.numa_node),
        "(Topology) Numa Affinity": str(gpu.numa_node),
    },
    "--showdriverversion": lambda node, gpu, now: {},
}
_EVERYTHING = {"-a", "--showallinfo"}


def _held(node: Node, now: Reading) -> str:
    return str(round(100 * now.used_mib / node.number("gpu", "memory_mib")))


def _text(content: dict[str, dict[str, str]]) -> str:
    title = f"{' ROCm System Management Interface ':=^80}\n"
    lines = [
        f"GPU[{name.removeprefix('card')}]\t\t: {label}: {value}"
        for name, facts in content.items()
        if name != "system"
        for label, value in facts.items()
    ]
    lines += [f"{key}: {value}" for key, value in content.get("system", {}).items()]
    return "\n".join([title, *lines, f"{' End of ROCm SMI Log ':=^80}", ""])


def _table(node: Node) -> str:
    lines = [
        f"{' ROCm System Management Interface ':=^104}",
        f"{' Concise Info ':=^104}",
        "".join(f"{head:<9}" for head in _HEADS),
        "=" * 104,
    ]
    for gpu in node.answering():
        now = read(node, gpu)
        cells = (
            gpu.index,
            gpu.slot + 2,
            f"{now.temperature_c:.1f}C",
            f"{now.power_w:.1f}W",
            f"{now.sm_clock_mhz}Mhz",
            f"{now.memory_clock_mhz}Mhz",
            "0%",
            "auto",
            f"{now.power_limit_w:.1f}W",
            f"{_held(node, now)}%",
            f"{now.utilization_percent}%",
        )
        lines.append("".join(f"{cell:<9}" for cell in cells))
    return "\n".join([*lines, "=" * 104, f"{' End of ROCm SMI Log ':=^104}", ""])
