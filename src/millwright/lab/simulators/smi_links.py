"""How GPUs and adapters are joined: `nvidia-smi topo -m` and `nvidia-smi nvlink`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .device import Gpu, Node

_LEGEND = """
Legend:

  X    = Self
  SYS  = Connection traversing PCIe as well as the SMP interconnect between NUMA nodes (e.g., QPI/UPI)
  NODE = Connection traversing PCIe as well as the interconnect between PCIe Host Bridges within a NUMA node
  PHB  = Connection traversing PCIe as well as a PCIe Host Bridge (typically the CPU)
  PXB  = Connection traversing multiple PCIe bridges (without traversing the PCIe Host Bridge)
  PIX  = Connection traversing at most a single PCIe bridge
  NV#  = Connection traversing a bonded set of # NVLinks
"""  # noqa: E501
_CPUS = ("0-55,112-167", "56-111,168-223")
_ERRORS = ("Replay Errors", "Recovery Errors", "CRC Errors")


def topology(node: Node, gpus: Sequence[Gpu]) -> str:
    """Return the matrix of GPUs and adapters; adapter n sits on the switch of slot n."""
    names = [f"GPU{gpu.index}" for gpu in gpus] + [f"NIC{hca.index}" for hca in node.hcas]
    slots = [gpu.slot for gpu in gpus] + [hca.index for hca in node.hcas]
    gpu_count = len(gpus)
    head = ["", *names, "CPU Affinity", "NUMA Affinity", "GPU NUMA ID"]
    lines = ["\t".join(head)]
    for row, name in enumerate(names):
        cells = [_cell(node, row, column, slots, gpu_count) for column in range(len(names))]
        ending = ["", "", ""]
        if row < gpu_count:
            numa = gpus[row].numa_node
            ending = [_CPUS[numa], str(numa), "\tN/A"]
        lines.append("\t".join([name, *cells, *ending]))
    legend = "".join(f"  NIC{hca.index}: {hca.name}\n" for hca in node.hcas)
    return "\n".join(lines) + f"\n{_LEGEND}\nNIC Legend:\n\n{legend}\n"


def nvlink_status(node: Node, gpus: Sequence[Gpu]) -> str:
    """Return each link's speed in GB/s."""
    speed = f"{node.number('nvlink', 'link_gbytes_per_s'):g} GB/s"
    return _by_link(node, gpus, lambda link: [f"\t Link {link}: {speed}"])


def nvlink_errors(node: Node, gpus: Sequence[Gpu]) -> str:
    """Return each link's error counters, all nought: no fault of the lab breaks a link."""
    return _by_link(node, gpus, lambda link: [f"\t Link {link}: {name}: 0" for name in _ERRORS])


def _by_link(node: Node, gpus: Sequence[Gpu], lines: Callable[[int], list[str]]) -> str:
    name, links = node.text("gpu", "product_name"), int(node.number("nvlink", "links"))
    found = []
    for gpu in gpus:
        found.append(f"GPU {gpu.index}: {name} (UUID: {gpu.uuid})")
        found += [line for link in range(links) for line in lines(link)]
    return "\n".join([*found, ""])


def _cell(node: Node, row: int, column: int, slots: Sequence[int], gpu_count: int) -> str:
    if row == column:
        return " X "
    if row < gpu_count and column < gpu_count:
        return f"NV{int(node.number('nvlink', 'links'))}"
    if slots[row] == slots[column]:
        return "PIX"
    return "NODE" if slots[row] // 4 == slots[column] // 4 else "SYS"
