"""What tests of sizing stand on: the built-in catalogue, a workload of a few words."""

from __future__ import annotations

from typing import Any

from millwright.adapters.catalogs import load
from millwright.design.sizing.sheet import Ground, ground_of
from millwright.design.sizing.size import size_workload
from millwright.model.sizing import WorkloadSize
from millwright.model.workload import Workload

CATALOG = load(None).catalog

NOTES: dict[str, Any] = {
    "name": "notes", "kind": "llm-inference", "model": "llama-3.1-70b", "precision": "fp8",
    "peak_users": 600, "requests_per_user_hour": 12, "prompt_tokens": 3000, "output_tokens": 500,
    "ttft_s": 1.5, "tpot_ms": 50,
}  # fmt: skip
TRAINING: dict[str, Any] = {
    "name": "report", "kind": "training", "parameters_b": 7, "tokens_b": 300, "deadline_days": 30,
}  # fmt: skip


def ground(server: str = "dgx-h100") -> Ground:
    """Return the ground of a server of the catalogue."""
    return ground_of(CATALOG, CATALOG.servers[server], {})


def sized(
    base: dict[str, Any], *, server: str = "dgx-h100", least: int = 0, **more: Any
) -> WorkloadSize:
    """Return the size of a workload with some of its figures replaced."""
    workload = Workload.model_validate({**base, **more})
    return size_workload(workload, ground(server), least)
