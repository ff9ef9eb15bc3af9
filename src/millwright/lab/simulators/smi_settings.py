"""What `nvidia-smi` changes: persistence, power limit, locked clocks, a reset."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from .device import Gpu, Node
from .state import remember

_DENIED = 4


def change(node: Node, gpus: list[Gpu], what: str, value: str) -> int:
    """Do one setting on each GPU and say so in the tool's words; needs root as the real one."""
    if os.geteuid() != 0:
        sys.stdout.write("Insufficient permissions.\nTerminating early due to previous errors.\n")
        return _DENIED
    kept = [gpu for gpu in gpus if not node.lost(gpu)]
    try:
        lines = _CHANGES[what](node, kept, value)
    except ValueError:
        sys.stdout.write(f"Provided value {value} is not valid.\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in [*lines, "All done."]))
    return 0


def _persistence(node: Node, gpus: list[Gpu], value: str) -> list[str]:
    states = {"0": "Disabled", "1": "Enabled", "DISABLED": "Disabled", "ENABLED": "Enabled"}
    if value.upper() not in states:
        raise ValueError(value)
    state = states[value.upper()]
    remember(gpus, "persistence", state)
    return [f"{state} persistence mode for GPU {gpu.long_bus_id}." for gpu in gpus]


def _power(node: Node, gpus: list[Gpu], value: str) -> list[str]:
    watts = float(value)
    if not node.number("power", "min_limit_w") <= watts <= node.number("power", "max_limit_w"):
        raise ValueError(value)
    remember(gpus, "power_limit_w", f"{watts:.2f}")
    return [f"Power limit for GPU {gpu.long_bus_id} was set to {watts:.2f} W." for gpu in gpus]


def _lock(node: Node, gpus: list[Gpu], value: str) -> list[str]:
    low, _, high = value.partition(",")
    highest = int(high or low)
    remember(gpus, "locked_clock_mhz", str(highest))
    told = f'GPU clocks set to "(gpuClkMin {int(low)}, gpuClkMax {highest})"'
    return [f"{told} for GPU {gpu.long_bus_id}" for gpu in gpus]


def _unlock(node: Node, gpus: list[Gpu], value: str) -> list[str]:
    remember(gpus, "locked_clock_mhz", None)
    return [f"All GPU clocks reset for GPU {gpu.long_bus_id}" for gpu in gpus]


def _reset(node: Node, gpus: list[Gpu], value: str) -> list[str]:
    return [f"GPU {gpu.long_bus_id} was successfully reset." for gpu in gpus]


_CHANGES: dict[str, Callable[[Node, list[Gpu], str], list[str]]] = {
    "persistence": _persistence,
    "power": _power,
    "lock": _lock,
    "unlock": _unlock,
    "reset": _reset,
}
