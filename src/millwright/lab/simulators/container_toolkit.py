"""nvidia-ctk and nvidia-container-cli: what a container runtime asks before it hands out GPUs."""

from __future__ import annotations

import json
import os
import sys

from .device import Node, load_node, path_of
from .driver import mismatch

_DAEMON_FILE = "/etc/docker/daemon.json"


def ctk(argv: list[str]) -> int:
    """`nvidia-ctk`: --version, `runtime configure`, `cdi generate`, `cdi list`."""
    node = load_node()
    version = node.version("container_toolkit")
    if "--version" in argv or not argv:
        sys.stdout.write(f"NVIDIA Container Toolkit CLI version {version}\ncommit: simulated\n")
        return 0
    if argv[:2] == ["runtime", "configure"]:
        return _configure()
    if argv[:2] == ["cdi", "list"]:
        names = _cdi_names(node)
        sys.stderr.write(f"Found {len(names)} CDI devices\n")
        sys.stdout.write("".join(f"nvidia.com/gpu={name}\n" for name in names))
        return 0
    if argv[:2] == ["cdi", "generate"]:
        return _generate(node, argv)
    sys.stderr.write(f"No help topic for '{' '.join(argv)}'\n")
    return 3


def container_cli(argv: list[str]) -> int:
    """`nvidia-container-cli`: info, list, --version."""
    node = load_node()
    if "--version" in argv or "-V" in argv:
        sys.stdout.write(f"cli-version: {node.version('container_toolkit')}\n")
        return 0
    if (told := mismatch(node)) is not None:
        sys.stderr.write(f"nvidia-container-cli: initialization error: nvml error: {told}")
        return 1
    gpus = node.answering()
    if "list" in argv:
        devices = ["/dev/nvidiactl", "/dev/nvidia-uvm", *(f"/dev/nvidia{gpu.slot}" for gpu in gpus)]
        sys.stdout.write("".join(f"{path}\n" for path in devices))
        return 0
    lines = [
        f"NVRM version:   {node.version('driver')}",
        f"CUDA version:   {node.version('cuda')}",
    ]
    for gpu in gpus:
        facts = (
            ("Device Index", gpu.index),
            ("Device Minor", gpu.slot),
            ("Model", node.text("gpu", "product_name")),
            ("Brand", "Nvidia"),
            ("GPU UUID", gpu.uuid),
            ("Bus Location", gpu.long_bus_id),
            ("Architecture", node.text("gpu", "compute_capability")),
        )
        lines += ["", *(f"{label + ':':<16}{value}" for label, value in facts)]
    sys.stdout.write("\n".join([*lines, ""]))
    return 0


def _configure() -> int:
    """Add the runtime to Docker's own file, keeping what stands in it."""
    path = path_of(_DAEMON_FILE)
    try:
        with open(path, encoding="utf-8") as source:
            content = json.load(source)
    except (OSError, ValueError):
        content = {}
    runtime = {"path": "nvidia-container-runtime", "args": []}
    content.setdefault("runtimes", {})["nvidia"] = runtime
    _write(path, json.dumps(content, indent=4) + "\n")
    sys.stderr.write(f"Wrote updated config to {_DAEMON_FILE}\n")
    return 0


def _generate(node: Node, argv: list[str]) -> int:
    lines = ["cdiVersion: 0.5.0", "kind: nvidia.com/gpu", "devices:"]
    for name in _cdi_names(node):
        lines += [f'  - name: "{name}"', "    containerEdits: {}"]
    text = "\n".join([*lines, ""])
    target = next((part.partition("=")[2] for part in argv if part.startswith("--output=")), "")
    if target:
        _write(path_of(target), text)
    else:
        sys.stdout.write(text)
    return 0


def _cdi_names(node: Node) -> list[str]:
    gpus = node.answering()
    return [*(str(gpu.index) for gpu in gpus), *(gpu.uuid for gpu in gpus), "all"]


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as target:
        target.write(text)
