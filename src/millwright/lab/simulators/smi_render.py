"""The tree of `nvidia-smi -q` as its XML (DTD version 13) and as its text."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from .device import Gpu, Node
from .mark import MARK
from .smi_power import SECTIONS, tree
from .smi_tree import Item

LABEL_WIDTH = 55
_INDENT = 4


def xml(node: Node, gpus: Sequence[Gpu], sections: Sequence[str] = ()) -> str:
    """Return the whole document; `sections` leaves only those named (`ECC`, `POWER`, ...)."""
    lines = [
        '<?xml version="1.0" ?>',
        '<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v13.dtd">',
        f"<!-- {MARK} -->",
        "<nvidia_smi_log>",
    ]
    lines += [f"\t<{tag}>{value}</{tag}>" for tag, _, value in _heading(node)]
    for gpu in gpus:
        lines.append(f'\t<gpu id="{gpu.long_bus_id}">')
        for item in _kept(tree(node, gpu), sections):
            lines += _xml_lines(item, 2)
        lines += ["\t</gpu>", ""]
    return "\n".join([*lines, "</nvidia_smi_log>", ""])


def text(node: Node, gpus: Sequence[Gpu], sections: Sequence[str] = ()) -> str:
    """Return the same for a reader; clocks that could be set are shown on request only."""
    lines = ["", "==============NVSMI LOG==============", ""]
    for tag, label, value in _heading(node):
        lines += [""] if tag == "attached_gpus" else []
        lines.append(f"{label:<{LABEL_WIDTH}}: {value}")
    for gpu in gpus:
        lines.append(f"GPU {gpu.long_bus_id}")
        for item in _kept(tree(node, gpu), sections):
            if item.tag != "supported_clocks" or sections:
                lines += _text_lines(item, _INDENT)
        lines.append("")
    return "\n".join([*lines, ""])


def _heading(node: Node) -> tuple[tuple[str, str, str], ...]:
    now = time.strftime("%a %b %e %H:%M:%S %Y")
    return (
        ("timestamp", "Timestamp", now),
        ("driver_version", "Driver Version", node.version("driver")),
        ("cuda_version", "CUDA Version", node.version("cuda")),
        ("attached_gpus", "Attached GPUs", str(len(node.gpus))),
    )


def _kept(items: Iterable[Item], sections: Sequence[str]) -> list[Item]:
    wanted = {tag for section in sections for tag in SECTIONS[section]}
    return [item for item in items if not sections or item.tag in wanted]


def _xml_lines(item: Item, depth: int) -> list[str]:
    if not item.tag:
        return []
    margin = "\t" * depth
    if item.children or not item.value:
        inner = [line for child in item.children for line in _xml_lines(child, depth + 1)]
        return [f"{margin}<{item.tag}>", *inner, f"{margin}</{item.tag}>"]
    return [f"{margin}<{item.tag}>{item.value}</{item.tag}>"]


def _text_lines(item: Item, margin: int) -> list[str]:
    if not item.label and item.tag != "supported_mem_clock":
        return []
    if item.children:
        head = [f"{'':{margin}}{item.label}"] if item.label else []
        deeper = margin + (_INDENT if item.label else 0)
        return [*head, *(line for child in item.children for line in _text_lines(child, deeper))]
    shown = f"{'':{margin}}{item.label}"
    return [f"{shown:<{LABEL_WIDTH}}: {item.value}"]
