"""What plain `nvidia-smi` prints: a table of GPUs and one of processes."""

from __future__ import annotations

import time
from collections.abc import Sequence

from .device import Gpu, Node
from .reading import read
from .state import setting

_WIDE = 89
_RULE = f"+{'-' * 41}+{'-' * 24}+{'-' * 22}+"
_HEAD = f"""\
|{"-" * 41}+{"-" * 24}+{"-" * 22}+
| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |
|{"":41}|{"":24}|{"MIG M.":>21} |
|{"=" * 41}+{"=" * 24}+{"=" * 22}|
"""
_PROCESSES = f"""\
+{"-" * _WIDE}+
| {"Processes:":<88}|
|  GPU   GI   CI{"PID":>11}   Type   Process name{"GPU Memory":>40} |
|        ID   ID{"Usage":>68}      |
|{"=" * _WIDE}|
|  {"No running processes found":<87}|
+{"-" * _WIDE}+
"""


def table(node: Node, gpus: Sequence[Gpu]) -> str:
    """Return both tables under the time of day."""
    driver = node.version("driver")
    title = (
        f"NVIDIA-SMI {driver:<22} Driver Version: {driver:<14} CUDA Version: {node.version('cuda')}"
    )
    parts = [time.strftime("%a %b %e %H:%M:%S %Y\n"), f"+{'-' * _WIDE}+\n", f"| {title:<88}|\n"]
    parts.append(_HEAD)
    for gpu in gpus:
        parts.append(_rows(node, gpu))
    return "".join([*parts, "\n", _PROCESSES])


def _rows(node: Node, gpu: Gpu) -> str:
    now = read(node, gpu)
    mode = "On" if (setting(gpu, "persistence") or "Enabled") == "Enabled" else "Off"
    total = int(node.number("gpu", "memory_mib"))
    errors = node.ecc(gpu).uncorrected
    memory = f"{now.used_mib:>7}MiB / {total:>6}MiB"
    watts = f"{now.power_w:>4.0f}W / {now.power_limit_w:>4.0f}W"
    first = f"| {gpu.index:>3}  {node.text('gpu', 'product_name'):<28}{mode:>5}  "
    second = f"| N/A {now.temperature_c:>4}C    P0 {watts:>23} "
    return (
        f"{first}|   {gpu.long_bus_id} Off | {errors:>20} |\n"
        f"{second}| {memory:>22} | {now.utilization_percent:>6}%      Default |\n"
        f"|{'':41}|{'':24}|{'Disabled':>21} |\n{_RULE}\n"
    )
