"""Every tool a model's packages bring answers on a node of that model."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.lab.packages import packages_for
from millwright.lab.profiles import MODELS, figures
from millwright.lab.simulators.dispatch import COLLECTIVES

from .ends import written
from .node import build

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "nvidia-smi": ("-q",),
    "nvidia-persistenced": ("--version",),
    "nv-fabricmanager": ("--version",),
    "nv-hostengine": ("--version",),
    "nvidia-imex-ctl": ("-N",),
    "nvidia-ctk": ("cdi", "list"),
    "nvidia-container-cli": ("info",),
    "dcgmi": ("diag", "-r", "3"),
    "dcgm-exporter": ("--version",),
    "gpu_burn": ("1",),
    "ofed_info": ("-s",),
    "lspci": ("-vvv",),
    **{name: ("-b", "1M", "-e", "1M", "-g", "8") for name in COLLECTIVES},
}


@pytest.mark.parametrize("model", MODELS)
def test_every_tool_of_a_node_answers(tmp_path: Path, model: str) -> None:
    node = build(tmp_path, model)
    for package in packages_for(figures(model)["vendor"]):
        for tool in package.tools:
            if tool == "ib_write_bw":
                assert all(written(node, node)), tool
                continue
            assert node.answer(tool, *ARGUMENTS.get(tool, ())), tool
