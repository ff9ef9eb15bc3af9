"""The simulated kernel log: what the driver writes when a GPU reports an Xid.

The file holds one message a line, `<priority>,<unix seconds>;text`. Faults whose lines nobody
wrote yet are shown at the moment they were made, so that a fault is never silent.
"""

from __future__ import annotations

import datetime
import functools
import os
from dataclasses import dataclass

from .device import KERNEL_LOG, Fault, Node, path_of
from .driver import loaded

ERROR, WARNING, INFO = 3, 4, 6
_TEXTS = {
    "13": "pid='<unknown>', name=<unknown>, Graphics SM Warp Exception on (GPC 1, TPC 2, SM 0): "
    "Out Of Range Address",
    "31": "pid=4021, name=python3, Ch 00000010, intr 00000000. MMU Fault: ENGINE GRAPHICS GPC1 "
    "faulted @ 0x7f1c_40000000. Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_READ",
    "43": "pid=4021, name=python3, Ch 00000008",
    "45": "pid=4021, name=python3, Ch 00000008",
    "48": "pid='<unknown>', name=<unknown>, DBE (double bit error) ECC Error: HBM 2, row 0x1f3a",
    "63": "pid='<unknown>', name=<unknown>, Row Remapper: New row marked for remapping, "
    "reset gpu to activate.",
    "64": "pid='<unknown>', name=<unknown>, Row Remapper: Error while attempting to remap a row, "
    "reset gpu to retry.",
    "74": "pid='<unknown>', name=<unknown>, NVLink: fatal error detected on link 4 "
    "(0x10000, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0)",
    "79": "pid='<unknown>', name=<unknown>, GPU has fallen off the bus.",
    "92": "pid='<unknown>', name=<unknown>, High single bit ECC error rate",
    "94": "pid=4021, name=python3, Contained: SM (0x1). RST: No, D-RST: No",
    "95": "pid='<unknown>', name=<unknown>, Uncontained: LTC TAG (0x2,0x0). RST: Yes, D-RST: No",
    "119": "pid=4021, name=nvidia-smi, Timeout after 6s of waiting for RPC response from GPU GSP! "
    "Expected function 103 (GSP_RM_ALLOC) (0x2081 0x4).",
    "120": "pid='<unknown>', name=<unknown>, GSP Error: Task 1 raised error code 0x5",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the kernel log. `priority` is syslog's: 3 error, 4 warning, 6 information."""

    priority: int
    at: float
    text: str

    @property
    def line(self) -> str:
        """The message as the log file holds it."""
        return f"{self.priority},{self.at:.6f};{self.text}"


def xid_line(code: str, pci: str, detail: str = "") -> str:
    """Return the driver's line for an Xid: `pci` is bus and device (`1b:00.0` or `1b:00`)."""
    address = pci.rpartition(".")[0] or pci
    told = detail or _TEXTS.get(code, "pid='<unknown>', name=<unknown>, Ch 00000000")
    return f"NVRM: Xid (PCI:0000:{address}): {code}, {told}"


def messages_of(node: Node, fault: Fault) -> list[Message]:
    """Return what the kernel logs when this fault strikes; only an Xid leaves a line."""
    if fault.kind != "xid" or fault.device is None or fault.value is None:
        return []
    entry = next((gpu for gpu in node.profile["gpus"] if gpu["slot"] == fault.device), None)
    if entry is None:
        return []
    at = _seconds(fault.at)
    texts = [(ERROR, xid_line(fault.value, entry["bus_id"]))]
    if fault.value == "79":
        address = entry["bus_id"].rpartition(".")[0]
        texts = [
            (ERROR, f"NVRM: GPU at PCI:0000:{address}: {entry['uuid']}"),
            (ERROR, f"NVRM: GPU Board Serial Number: {entry['serial']}"),
            *texts,
            (ERROR, f"NVRM: GPU 0000:{entry['bus_id']}: GPU has fallen off the bus."),
        ]
    return [Message(priority, at, text) for priority, text in texts]


def boot_messages(node: Node, at: float) -> list[Message]:
    """Return what kernel and drivers say while the node boots at `at`: the first lines of a log."""
    release = os.uname().release
    spoken = [
        (0.0, f"Linux version {release} (SIMULATED by millwright-lab) #1 SMP PREEMPT_DYNAMIC"),
        (0.0, f"Command line: BOOT_IMAGE=/boot/vmlinuz-{release} ro quiet"),
        *((0.21, text) for text in _driver_lines(node)),
    ]
    firmware = node.text("hca", "firmware") if node.hcas else ""
    for hca in node.hcas:
        spoken.append((0.34, f"mlx5_core 0000:{hca.bus_id}: firmware version: {firmware}"))
    return [Message(INFO, at + s + 0.0041 * n * (s > 0), t) for n, (s, t) in enumerate(spoken)]


def _driver_lines(node: Node) -> list[str]:
    driver = loaded(node)
    if node.vendor == "amd":
        told = [
            f"amdgpu 0000:{gpu.bus_id}: amdgpu: Fetched VBIOS from ROM BAR" for gpu in node.gpus
        ]
        return [f"[drm] amdgpu version: {driver}", *told]
    return [
        *(f"nvidia 0000:{gpu.bus_id}: enabling device (0140 -> 0142)" for gpu in node.gpus),
        f"NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  {driver}  Release Build",
        "nvidia-uvm: Loaded the UVM driver, major device number 511.",
    ]


@functools.cache
def boot_time() -> float:
    """Return the Unix time of boot: the kernel is the machine's, so the node's first process
    tells."""
    try:
        with open("/proc/stat", encoding="ascii") as source:
            machine = next(int(line.split()[1]) for line in source if line.startswith("btime"))
        with open("/proc/1/stat", encoding="ascii", errors="replace") as source:
            ticks = int(source.read().rpartition(")")[2].split()[_START_TIME])
    except (OSError, ValueError, IndexError, StopIteration):
        return 0.0
    return machine + ticks / os.sysconf("SC_CLK_TCK")


_START_TIME = 19
"""Where a process's start stands in its `stat`, counted from behind its name."""


def read_log(node: Node) -> list[Message]:
    """Return the kernel log in the order of time."""
    try:
        with open(path_of(KERNEL_LOG), encoding="utf-8", errors="replace") as source:
            written = [message for line in source if (message := parse(line))]
    except OSError:
        written = []
    known = {message.text for message in written}
    silent = [
        message
        for fault in node.faults
        for message in messages_of(node, fault)
        if message.text not in known
    ]
    booted = boot_messages(node, boot_time())
    return sorted([*booted, *written, *silent], key=lambda message: message.at)


def parse(line: str) -> Message | None:
    """Return the message of one line of the log file; None where the line is not one."""
    head, separator, text = line.rstrip("\n").partition(";")
    priority, _, at = head.partition(",")
    try:
        return Message(int(priority), float(at), text) if separator else None
    except ValueError:
        return None


def _seconds(moment: str) -> float:
    try:
        return datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
