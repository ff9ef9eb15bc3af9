"""What all benchmarks share: which GPUs they may use, and which number their run has."""

from __future__ import annotations

import os

from .device import Gpu, Node

_VARIABLES = {
    "nvidia": ("CUDA_VISIBLE_DEVICES",),
    "amd": ("HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"),
}


def visible(node: Node) -> list[Gpu]:
    """Return the GPUs that answer, as the environment chooses and orders them.

    As CUDA does, a name that fits no GPU hides itself and all that follow.
    """
    answering = node.answering()
    chosen = next(
        (os.environ[name] for name in _VARIABLES[node.vendor] if name in os.environ), None
    )
    if chosen is None:
        return answering
    found: list[Gpu] = []
    for name in chosen.split(","):
        gpu = _named(answering, name.strip())
        if gpu is None:
            break
        found.append(gpu)
    return found


def _named(gpus: list[Gpu], name: str) -> Gpu | None:
    if name.isdigit():
        return gpus[int(name)] if int(name) < len(gpus) else None
    return next((gpu for gpu in gpus if name and gpu.uuid.startswith(name)), None)
