"""`nvidia-smi --query-remapped-rows`: repairs of memory by GPU, as CSV."""

from __future__ import annotations

from collections.abc import Callable

from .device import Ecc, Gpu, Node

_FIELDS: dict[str, Callable[[Gpu, Ecc], object]] = {
    "gpu_name": lambda gpu, ecc: "",
    "gpu_bus_id": lambda gpu, ecc: gpu.long_bus_id,
    "gpu_serial": lambda gpu, ecc: gpu.serial,
    "gpu_uuid": lambda gpu, ecc: gpu.uuid,
    "remapped_rows.correctable": lambda gpu, ecc: 0,
    "remapped_rows.uncorrectable": lambda gpu, ecc: ecc.remapped,
    "remapped_rows.pending": lambda gpu, ecc: int(ecc.pending),
    "remapped_rows.failure": lambda gpu, ecc: int(ecc.failed),
}


def unknown(fields: list[str]) -> str | None:
    """Return the first field that this query does not have."""
    return next((field for field in fields if field not in _FIELDS), None)


def row(node: Node, gpu: Gpu, fields: list[str]) -> str:
    """Return one line of CSV for one GPU; `pending` and `failure` are 0 or 1."""
    ecc = node.ecc(gpu)
    name = node.text("gpu", "product_name")
    shown = (name if field == "gpu_name" else str(_FIELDS[field](gpu, ecc)) for field in fields)
    return ", ".join(shown)
