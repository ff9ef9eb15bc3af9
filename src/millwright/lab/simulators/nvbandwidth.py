"""nvbandwidth: copies between host and GPUs, and between GPUs, as text or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

from .bench import visible
from .device import Gpu, Node, load_node
from .mark import MARK
from .state import next_run

Matrix = list[list[float | None]]
"""Rows by columns in GB/s (latencies: ns); None where a GPU would copy to itself."""

_D2H_UNDER_BOTH = 0.85
_NVLINK_EFFICIENCY = 0.82
_SM_FACTOR = 1.01
_NOTE = """NOTE: The reported results may not reflect the full capabilities of the platform.
Performance can vary with software drivers, hardware clocks, and system topology.
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One test of the tool and the words of its result."""

    name: str
    words: str
    measure: Callable[[Node, list[Gpu], Case, int], Matrix]


def main(argv: list[str]) -> int:
    """Run the chosen tests, all by default; an unknown one is status 1."""
    node = load_node()
    if "-l" in argv or "--list" in argv:
        for number, case in enumerate(CASES):
            sys.stdout.write(f"{number}, {case.name}:\n\t{case.words}\n\n")
        return 0
    gpus = visible(node)
    if not gpus:
        sys.stderr.write("ERROR: No CUDA devices found\n")
        return 1
    names = _asked(argv)
    by_name = {key: case for number, case in enumerate(CASES) for key in (case.name, str(number))}
    for name in names:
        if name not in by_name:
            sys.stdout.write(f"ERROR: Testcase {name} not found!\n")
            return 1
    cases = [by_name[name] for name in names] if names else list(CASES)
    run = next_run()
    results = [(case, case.measure(node, gpus, case, run)) for case in cases]
    if "-j" in argv or "--json" in argv:
        sys.stdout.write(_json(node, gpus, results))
    else:
        sys.stdout.write(_text(node, gpus, results))
    return 0


def _asked(argv: list[str]) -> list[str]:
    names, collecting = [], False
    for argument in argv:
        if argument in ("-t", "--testcase"):
            collecting = True
        elif argument.startswith("-"):
            collecting = False
        elif collecting:
            names.append(argument)
    return names


def _host(node: Node, gpus: list[Gpu], case: Case, run: int) -> Matrix:
    """One row, a column a GPU; a narrow link halves what passes."""
    key = (
        "d2h_gbytes_per_s" if case.name.startswith(("device_to", "all_to")) else "h2d_gbytes_per_s"
    )
    speed = node.number("performance", key)
    if "bidirectional" in case.name:
        speed *= _D2H_UNDER_BOTH
    if case.name.endswith("_sm"):
        speed *= _SM_FACTOR
    full = node.number("pci", "width")
    return [
        [node.noisy(speed * node.pcie_width(gpu) / full, case.name, gpu.slot, run) for gpu in gpus]
    ]


def _between(node: Node, gpus: list[Gpu], case: Case, run: int) -> Matrix:
    """Each pair of GPUs over NVLink; a slow GPU is slow as source and as target."""
    speed = _nvlink(node) * (1.95 if "bidirectional" in case.name else 1.0)
    return [
        [
            None
            if source is target
            else node.noisy(
                speed * min(node.memory_fraction(source), node.memory_fraction(target)),
                case.name,
                source.slot,
                target.slot,
                run,
            )
            for target in gpus
        ]
        for source in gpus
    ]


def _spread(node: Node, gpus: list[Gpu], case: Case, run: int) -> Matrix:
    """One GPU with all others at once: its own links are the limit."""
    return [
        [
            node.noisy(_nvlink(node) * node.memory_fraction(gpu), case.name, gpu.slot, run)
            for gpu in gpus
        ]
    ]


def _local(node: Node, gpus: list[Gpu], case: Case, run: int) -> Matrix:
    """Each GPU's own memory."""
    speed = node.number("performance", "hbm_gbytes_per_s") / 2
    return [
        [node.noisy(speed * node.memory_fraction(gpu), case.name, gpu.slot, run) for gpu in gpus]
    ]


def _host_latency(node: Node, gpus: list[Gpu], case: Case, run: int) -> Matrix:
    return [[node.noisy(640.0, case.name, gpu.slot, run) for gpu in gpus]]


def _peer_latency(node: Node, gpus: list[Gpu], case: Case, run: int) -> Matrix:
    return [
        [None if a is b else node.noisy(585.0, case.name, a.slot, b.slot, run) for b in gpus]
        for a in gpus
    ]


def _nvlink(node: Node) -> float:
    if node.vendor == "amd":
        return node.number("xgmi", "link_gbytes_per_s") * _NVLINK_EFFICIENCY
    links = node.number("nvlink", "links") * node.number("nvlink", "link_gbytes_per_s")
    return links * _NVLINK_EFFICIENCY


def _cases() -> tuple[Case, ...]:
    found = []
    for engine in ("ce", "sm"):
        at = f"memcpy {engine.upper()}"
        up, down = f"{at} CPU(row) -> GPU(column)", f"{at} CPU(row) <- GPU(column)"
        both = f"{at} CPU(row) <-> GPU(column)"
        peer = f"{at} GPU(row) -> GPU(column)"
        listed = (
            ("host_to_device_memcpy", up, _host),
            ("device_to_host_memcpy", down, _host),
            ("host_to_device_bidirectional_memcpy", both, _host),
            ("device_to_host_bidirectional_memcpy", both, _host),
            ("device_to_device_memcpy_read", peer.replace("->", "<-"), _between),
            ("device_to_device_memcpy_write", peer, _between),
            ("device_to_device_bidirectional_memcpy_read", peer.replace("->", "<->"), _between),
            ("device_to_device_bidirectional_memcpy_write", peer.replace("->", "<->"), _between),
            ("all_to_host_memcpy", down, _host),
            ("all_to_host_bidirectional_memcpy", both, _host),
            ("host_to_all_memcpy", up, _host),
            ("host_to_all_bidirectional_memcpy", both, _host),
            ("all_to_one_write", f"{at} All Gpus -> GPU(column) total", _spread),
            ("all_to_one_read", f"{at} All Gpus <- GPU(column) total", _spread),
            ("one_to_all_write", f"{at} GPU(column) -> All GPUs total", _spread),
            ("one_to_all_read", f"{at} GPU(column) <- All GPUs total", _spread),
        )
        found += [
            Case(f"{name}_{engine}", f"{words} bandwidth (GB/s)", how)
            for name, words, how in listed
        ]
    latency = "memory latency SM CPU(row) <-> GPU(column) (ns)"
    return (
        *found,
        Case("host_device_latency_sm", latency, _host_latency),
        Case(
            "device_to_device_latency_sm",
            "Device to Device Latency SM GPU(row) <-> GPU(column) (ns)",
            _peer_latency,
        ),
        Case("device_local_copy", "memcpy local GPU(column) bandwidth (GB/s)", _local),
    )


def _text(node: Node, gpus: list[Gpu], results: list[tuple[Case, Matrix]]) -> str:
    version, runtime = node.text("software", "nvbandwidth"), node.text("software", "cuda_runtime")
    lines = [
        f"nvbandwidth Version: {version}",
        f"Built from Git version: {version}",
        "",
        f"CUDA Runtime Version: {runtime}",
        f"CUDA Driver Version: {runtime}",
        f"Driver Version: {node.version('driver')}",
        "",
        node.name,
        MARK,
    ]
    name = node.text("gpu", "product_name")
    for number, gpu in enumerate(gpus):
        lines.append(f"Device {number}: {name} ({gpu.long_bus_id.lower().rpartition('.')[0]})")
    for case, matrix in results:
        lines += ["", f"Running {case.name}.", case.words]
        lines.append("  " + "".join(f"{column:>10}" for column in range(len(matrix[0]))))
        for number, row in enumerate(matrix):
            cells = "".join(f"{'N/A' if cell is None else f'{cell:.2f}':>10}" for cell in row)
            lines.append(f"{number:>2}{cells}")
        lines += ["", f"SUM {case.name} {sum(_cells(matrix)):.2f}"]
    return "\n".join([*lines, "", _NOTE])


def _json(node: Node, gpus: list[Gpu], results: list[tuple[Case, Matrix]]) -> str:
    del gpus
    version = node.text("software", "nvbandwidth")
    content = {
        "CUDA Runtime Version": int(node.text("software", "cuda_runtime")),
        "Driver Version": node.version("driver"),
        "git_version": version,
        "testcases": [_case_json(case, matrix) for case, matrix in results],
        "version": version,
    }
    marked = {"nvbandwidth": content, "simulated": MARK}
    return json.dumps(marked, indent="\t", separators=(",", " : ")) + "\n"


def _case_json(case: Case, matrix: Matrix) -> dict[str, object]:
    cells = _cells(matrix)
    if not cells:
        return {"name": case.name, "status": "Waived"}
    return {
        "average": sum(cells) / len(cells),
        "bandwidth_description": f"{case.words} ",
        "bandwidth_matrix": [
            ["N/A" if cell is None else f"{cell:.6g}" for cell in row] for row in matrix
        ],
        "max": max(cells),
        "min": min(cells),
        "name": case.name,
        "status": "Passed",
        "sum": sum(cells),
    }


def _cells(matrix: Matrix) -> list[float]:
    return [cell for row in matrix for cell in row if cell is not None]


CASES = _cases()
