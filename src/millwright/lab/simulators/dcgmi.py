"""dcgmi: the data centre manager's command, asking the node instead of a host engine."""

from __future__ import annotations

import sys
from collections.abc import Callable

from .dcgm_json import write_json
from .device import Gpu, Node, load_node
from .state import hang

_MODULES = (
    ("Core", True),
    ("NvSwitch", True),
    ("VGPU", False),
    ("Introspection", False),
    ("Health", True),
    ("Policy", False),
    ("Config", False),
    ("Diag", False),
    ("Profiling", True),
    ("SysMon", False),
)
_ERROR_NAMES = ("CRC FLIT Error", "CRC Data Error", "Replay Error", "Recovery Error")
_INVALID = 1


def main(argv: list[str]) -> int:
    """Run one subsystem: discovery, health, diag, modules, dmon, nvlink."""
    node = load_node()
    if node.found("hung-smi"):
        hang()
    if argv[:1] in (["--version"], ["-v"]):
        sys.stdout.write(f"\ndcgmi  version: {node.version('dcgm')}\n\n")
        return 0
    subsystem = _SUBSYSTEMS.get(argv[0] if argv else "")
    if subsystem is None:
        sys.stderr.write(f"PARSE ERROR: Argument: {argv[0] if argv else ''}\n")
        return _INVALID
    return subsystem(node, argv[1:])


def discovery(node: Node, argv: list[str]) -> int:
    """List GPUs and switches (`-l`)."""
    gpus = node.answering()
    cell = f"+--------+{'-' * 70}+\n"
    text = f"{len(gpus)} GPU{'s' if len(gpus) != 1 else ''} found.\n{cell}"
    text += f"| GPU ID | {'Device Information':<69}|\n{cell}"
    for gpu in gpus:
        facts = (
            f"Name: {node.text('gpu', 'product_name')}",
            f"PCI Bus ID: {gpu.long_bus_id}",
            f"Device UUID: {gpu.uuid}",
        )
        for number, fact in enumerate(facts):
            text += f"| {gpu.index if number == 0 else '':<7}| {fact:<69}|\n"
        text += cell
    switches = len(node.profile["nvlink"]["switch_bus_ids"])
    line = "+-----------+\n"
    rows = "".join(f"| {number:<10}|\n" for number in range(switches))
    text += f"{switches} NvSwitches found.\n{line}| Switch ID |\n{line}{rows}{line}"
    sys.stdout.write(text)
    return 0


def modules(node: Node, argv: list[str]) -> int:
    """List the host engine's parts and which are loaded (`-l`)."""
    line = f"+{'-' * 11}+{'-' * 20}+{'-' * 50}+\n"
    text = f"{line}| {'List Modules':<82}|\n| {'Status: Success':<82}|\n{line.replace('-', '=')}"
    text += f"| Module ID | {'Name':<19}| {'State':<49}|\n{line}"
    for number, (name, running) in enumerate(_MODULES):
        state = "Loaded" if running else "Not loaded"
        text += f"| {number:<10}| {name:<19}| {state:<49}|\n"
    sys.stdout.write(text + line)
    return 0


def nvlink(node: Node, argv: list[str]) -> int:
    """Show link states (`-s`) or the error counts of one GPU (`-e -g N`)."""
    if "-s" in argv or "--link-status" in argv:
        sys.stdout.write(_link_states(node))
        return 0
    gpu = _asked(node, argv)
    if gpu is None:
        sys.stderr.write("Error: Unable to get NVLink error counts: bad parameter\n")
        return _INVALID
    links = int(node.number("nvlink", "links"))
    if "-j" in argv or "--json" in argv:
        counts = {name: {"value": "0"} for name in _ERROR_NAMES}
        body = {f"Link {link}": {"children": counts} for link in range(links)}
        write_json({"body": body, "header": ["NVLINK Error Counts", f"GPU {gpu.index}"]})
        return 0
    line = f"+{'-' * 78}+\n"
    text = f"{line}| {'NVLINK Error Counts':<77}|\n| {f'GPU {gpu.index}':<77}|\n"
    text += line.replace("-", "=")
    for link in range(links):
        for name in _ERROR_NAMES:
            text += f"| {f'Link {link}':<10}| {name:<18}| {0:<45}|\n"
        text += line
    sys.stdout.write(text)
    return 0


def _link_states(node: Node) -> str:
    links = int(node.number("nvlink", "links"))
    line = "+----------------------+\n"
    text = f"{line}|  NvLink Link Status  |\n{line}GPUs:\n"
    for gpu in node.answering():
        text += f"    gpuId {gpu.index}:\n        {' '.join('U' * links)}\n"
    switches = len(node.profile["nvlink"]["switch_bus_ids"])
    text += "NvSwitches:\n" if switches else "NvSwitches:\n    No NvSwitches found.\n"
    for number in range(switches):
        text += f"    physicalId {number}:\n        {' '.join('U' * 64)}\n"
    return f"{text}\nKey: Up=U, Down=D, Disabled=X, Not Supported=_\n"


def _asked(node: Node, argv: list[str]) -> Gpu | None:
    number = argv[argv.index("-g") + 1] if "-g" in argv[:-1] else ""
    return next((gpu for gpu in node.answering() if str(gpu.index) == number), None)


def _health(node: Node, argv: list[str]) -> int:
    from .dcgm_health import health

    return health(node, argv)


def _diag(node: Node, argv: list[str]) -> int:
    from .dcgm_diag import diag

    return diag(node, argv)


def _dmon(node: Node, argv: list[str]) -> int:
    from .dcgm_fields import dmon

    return dmon(node, argv)


_SUBSYSTEMS: dict[str, Callable[[Node, list[str]], int]] = {
    "discovery": discovery,
    "modules": modules,
    "nvlink": nvlink,
    "health": _health,
    "diag": _diag,
    "dmon": _dmon,
}
