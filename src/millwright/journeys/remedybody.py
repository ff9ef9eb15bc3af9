"""A node in band: who it says it is, and the remedies that its own system does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from millwright.journeys.remedyhands import Life
from millwright.model.incident import Complaint
from millwright.ports import Answer, Limits, Shell

WHO = """\
import json, os, sys
def text(path):
    try:
        with open(path, errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""
first = text("/proc/1/stat").rpartition(")")[2].split()
boot = [line.split()[1] for line in text("/proc/stat").splitlines() if line.startswith("btime ")]
up = None
if boot and len(first) > 19:
    import time
    up = time.time() - int(boot[0]) - int(first[19]) / os.sysconf("SC_CLK_TCK")
try:
    serial = json.loads(text("/etc/millwright-lab/simulated.json"))["serial"]
except (ValueError, KeyError, TypeError):
    serial = text("/sys/class/dmi/id/product_serial")
sys.stdout.write(json.dumps({"boot_id": text("/proc/sys/kernel/random/boot_id"), "up_s": up,
                             "serial": serial}))
"""
"""Constant Python for a node. A simulated node says its made-up serial number itself, for the
firmware below it is that of the machine that simulates."""
LOOK = Limits(command_s=20.0, connect_s=5.0)
ACT = Limits(command_s=120.0)
_GPU = re.compile(r"gpu(\d{1,3})")
_ADDRESS = re.compile(r"[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}(\.[0-7])?")
_UNIT = re.compile(r"[A-Za-z0-9_.@+][A-Za-z0-9_.@+-]*")


class ShellBody:
    """A Body over a shell. `keep` sees every answer kept."""

    def __init__(self, shell: Shell, keep: Callable[[Answer], None]) -> None:
        self._shell = shell
        self._keep = keep

    def look(self, node: str) -> Life:
        """Return who a node says it is."""
        return next(iter(self.looks([node]).values()))

    def looks(self, nodes: Sequence[str]) -> dict[str, Life]:
        """Return who nodes say they are, all asked at once."""
        found = {}
        for answer in self._shell.run(list(nodes), ("python3", "-Ic", WHO), LOOK):
            self._keep(answer)
            found[answer.node] = _life(answer)
        return found

    def act(self, node: str, remedy: str, complaint: Complaint) -> str:
        """Do a remedy; the order to start again may cut the answer off, and is waited for."""
        argv = _words(remedy, complaint)
        if isinstance(argv, str):
            return argv
        (answer,) = self._shell.run([node], argv, ACT)
        self._keep(answer)
        if answer.succeeded or (remedy == "reboot" and answer.ended in ("lost", "signal")):
            return ""
        said = (answer.stderr or answer.stdout).decode("utf-8", "backslashreplace").strip()
        return answer.reason or f"ended with {answer.exit_status}: {said[:200]}"


def _words(remedy: str, complaint: Complaint) -> tuple[str, ...] | str:
    """Return the command of a remedy, or why there is none."""
    if remedy == "reboot":
        return ("systemctl", "reboot")
    if remedy == "restart-service":
        unit = complaint.fault.partition(":")[2]
        if not _UNIT.fullmatch(unit):
            return f"{complaint.fault} names no service"
        return ("systemctl", "restart", "--", unit)
    if remedy == "reset-gpu":
        gpu, address = _GPU.fullmatch(complaint.device), _ADDRESS.fullmatch(complaint.device)
        if gpu is None and address is None:
            return f"{complaint.device or 'the finding'} names no GPU by its number or address"
        which = gpu[1] if gpu else f"{complaint.device.partition('.')[0]}.0"
        return ("nvidia-smi", "--gpu-reset", "-i", which)
    return f"no node does {remedy} itself"


def _life(answer: Answer) -> Life:
    if not answer.succeeded:
        said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
        return Life(reason=answer.reason or said[:200] or "it did not answer")
    try:
        told = json.loads(answer.stdout)
        up = told["up_s"]
        return Life(
            boot_id=str(told["boot_id"]),
            up_s=float(up) if up is not None else None,
            serial=str(told["serial"]).strip(),
        )
    except (ValueError, KeyError, TypeError):
        return Life(reason="its answer cannot be read")
