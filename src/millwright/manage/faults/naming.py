"""Which entry of the catalogue an event of a kernel log is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from millwright.probes.kernel_events import Event

FALLEN_OFF = "xid:79"
"""A GPU that is gone from the bus is that, whether the driver gave it the number or not."""

_BY_KIND: Mapping[str, str] = {
    "fallen-off-bus": FALLEN_OFF,
    "amdgpu-reset": "amd:reset",
    "amdgpu-timeout": "amd:timeout",
    "amdgpu-fault": "amd:page-fault",
    "oom": "kernel:oom",
    "segfault": "kernel:segfault",
    "protection-fault": "kernel:protection-fault",
    "hung-task": "kernel:hung-task",
    "stall": "kernel:stall",
    "mce": "kernel:mce",
    "pcie-error": "kernel:pcie-error",
    "link-down": "kernel:link-down",
    "nvme-disabled": "kernel:nvme-disabled",
    "nvme-no-path": "kernel:nvme-no-path",
    "io-error": "kernel:io-error",
    "nic-command": "mlx5:command-leak",
    "nic-health": "mlx5:health-compromised",
    "nic-unrecoverable": "mlx5:unrecoverable",
    "slot-power": "mlx5:slot-power",
    "queue-stuck": "mlx5:queue-stuck",
    "panic": "kernel:panic",
    "file-max": "kernel:file-max",
    "read-only": "kernel:read-only",
    "md-disk": "kernel:md-disk",
    "peermem": "kernel:peermem",
}
_RAS = re.compile(
    r"\d+ (?P<grave>un)?correctable hardware errors detected in (?P<block>umc|gfx|sdma|xgmi_wafl)\b"
)
_UNCORRECTED = re.compile(r"\b\d+ UE\b")
_FUNCTION = re.compile(r"^(?P<slot>[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2})\.0$")


def _amd(text: str) -> str:
    found = _RAS.search(text)
    if found is None:
        return "amd:ras"
    block = found["block"].replace("_", "-")
    return f"amd:ras-{block}-{'ue' if found['grave'] else 'ce'}"


def _cable(text: str) -> str:
    """Return what a module's event is: the driver tells of heat as of an error of the cable."""
    if "High Temperature" in text:
        return "mlx5:module-hot"
    return "mlx5:cable-unplugged" if "unplugged" in text else "mlx5:cable-error"


_BY_WORDS: Mapping[str, Callable[[str], str]] = {
    "lockup": lambda text: "kernel:soft-lockup" if "soft" in text else "kernel:hard-lockup",
    "edac": lambda text: "kernel:edac-ue" if _UNCORRECTED.search(text) else "kernel:edac-ce",
    "cable": _cable,
    "thermal": lambda text: "mlx5:module-hot" if text.startswith("mlx") else "kernel:thermal",
    "nvme": lambda text: "kernel:nvme-timeout" if text.startswith("nvme nvme") else _IO,
    "amdgpu-ras": _amd,
}
_IO = "kernel:io-error"


def fault_of(event: Event) -> str | None:
    """Return the fault's id; None for what is no fault, such as a link that came up."""
    if event.kind in ("xid", "sxid"):
        return f"{event.kind}:{event.code}"
    if named := _BY_WORDS.get(event.kind):
        return named(event.text)
    return _BY_KIND.get(event.kind)


def device_of(event: Event) -> str | None:
    """Return the device in one form: an Xid names a slot, other messages its first function."""
    if event.device is None:
        return None
    found = _FUNCTION.match(event.device)
    return (found["slot"] if found else event.device).lower()
