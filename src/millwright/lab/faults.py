"""Faults that can be had: what they are called, what they take, and how they are done and undone.

A fault of a device lives in the simulated tools, which read the host's list of faults. A fault of
the host is real: a packet is dropped, a disk is full, a lock is held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from millwright.errors import MillwrightError
from millwright.lab import fabric, ground, host
from millwright.lab.faultlog import Fault
from millwright.lab.home import Home
from millwright.lab.plan import LabHost, LabPlan
from millwright.lab.sel import log


@dataclass(frozen=True, slots=True)
class Place:
    """The host that a fault is done to, with the lab around it."""

    home: Home
    plan: LabPlan
    host: LabHost

    def run(self, *words: str, given: str = "") -> str:
        """Run a command in the host. Raises MillwrightError with what it said if it fails."""
        done = host.inside(self.plan, self.host.name, words, given=given)
        if done.returncode:
            raise MillwrightError(f"{self.host.name}: {words[0]}: {done.stderr.strip()[:300]}")
        return done.stdout


Act = Callable[[Place, Fault], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault. `takes` says what follows the name; `seen_by` which tool shows it."""

    name: str
    takes: Literal["", "gpu", "gpu-value", "value", "value-gpu", "number"]
    title: str
    seen_by: str
    default: str | None = None
    do: Act | None = None
    undo: Act | None = None
    needs_power: bool = True


def _link_down(place: Place, fault: Fault) -> None:
    adapter = f"{place.host.name} {fault.value}"
    fabric.peer(place.plan, adapter)
    fabric.say(place.plan, f'Unlink "{adapter}"[1]')


def _link_up(place: Place, fault: Fault) -> None:
    adapter = f"{place.host.name} {fault.value}"
    fabric.say(place.plan, f'Link "{adapter}"[1] {fabric.peer(place.plan, adapter)}')


def _pair(place: Place, fault: Fault) -> list[tuple[str, str]]:
    """Return the two adapters of a swap, each with its designed peer."""
    names = (fault.value or "").split("+")
    if len(names) != 2 or names[0] == names[1]:
        raise MillwrightError(
            "a swap needs two adapters of the host", hint="swapped-cables:mlx5_0+mlx5_1"
        )
    adapters = [f"{place.host.name} {name}" for name in names]
    return [(adapter, fabric.peer(place.plan, adapter)) for adapter in adapters]


def _swap(place: Place, fault: Fault) -> None:
    (one, at_one), (other, at_other) = _pair(place, fault)
    _cable(place, {one: at_other, other: at_one})


def _unswap(place: Place, fault: Fault) -> None:
    _cable(place, dict(_pair(place, fault)))


def _cable(place: Place, wanted: dict[str, str]) -> None:
    cut = [f'Unlink "{adapter}"[1]' for adapter in wanted]
    fabric.say(place.plan, *cut, *(f'Link "{a}"[1] {peer}' for a, peer in wanted.items()))


def _dead(place: Place, fault: Fault) -> None:
    del fault
    log(place.home, place.host.name, "Critical", "Power lost")
    host.stop(place.plan.marks, [place.host.name])


def _alive(place: Place, fault: Fault) -> None:
    from millwright.lab.boot import restart

    del fault
    restart(place.home, place.plan, place.host)


def _unheard(place: Place, fault: Fault) -> None:
    del fault
    ground.unheard(place.plan, place.host.reached_at, True)


def _heard(place: Place, fault: Fault) -> None:
    del fault
    ground.unheard(place.plan, place.host.reached_at, False)


def _full_disk(place: Place, fault: Fault) -> None:
    where = fault.value or "/var/tmp"
    place.run("mkdir", "-p", "--", where)
    place.run("mount", "-t", "tmpfs", "-o", "size=1m,mode=1777", "lab-full-disk", where)
    host.inside(place.plan, place.host.name, ["dd", "if=/dev/zero", f"of={where}/.full", "bs=64k"])


def _empty_disk(place: Place, fault: Fault) -> None:
    host.inside(place.plan, place.host.name, ["umount", "--", fault.value or "/var/tmp"])


FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


def _skew(place: Place, fault: Fault) -> None:
    seconds = int(fault.value or 0)
    place.run("tee", "/etc/faketimerc", given=f"{seconds:+d}\n")
    place.run("tee", "/etc/ld.so.preload", given=f"{FAKETIME}\n")
    place.run("systemctl", "restart", "ssh.service")


def _unskew(place: Place, fault: Fault) -> None:
    del fault
    place.run("rm", "-f", "/etc/ld.so.preload", "/etc/faketimerc")
    place.run("systemctl", "restart", "ssh.service")


HOLD = (
    "import fcntl, time\n"
    "files = [open('/var/lib/dpkg/' + name, 'w') for name in ('lock-frontend', 'lock')]\n"
    "[fcntl.lockf(file, fcntl.LOCK_EX) for file in files]\n"
    "time.sleep(10**9)\n"
)


def _hold(place: Place, fault: Fault) -> None:
    del fault
    place.run("systemd-run", "--quiet", "--unit=lab-package-lock", "python3", "-Ic", HOLD)


def _let_go(place: Place, fault: Fault) -> None:
    del fault
    host.inside(place.plan, place.host.name, ["systemctl", "stop", "lab-package-lock.service"])


KEY = "/etc/ssh/ssh_host_ed25519_key"


def _new_key(place: Place, fault: Fault) -> None:
    del fault
    for name in (KEY, f"{KEY}.pub"):
        place.run("mv", "--no-clobber", "--", name, f"{name}.right")
    place.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", KEY)
    place.run("systemctl", "restart", "ssh.service")


def _right_key(place: Place, fault: Fault) -> None:
    del fault
    for name in (KEY, f"{KEY}.pub"):
        place.run("mv", "--", f"{name}.right", name)
    place.run("systemctl", "restart", "ssh.service")


def _bmc(what: str) -> tuple[Act, Act]:
    """Return how a part that only the BMC sees fails, and how it is repaired."""

    def fail(place: Place, fault: Fault) -> None:
        log(place.home, place.host.name, "Critical", f"{what} {fault.device or 0} failed")

    def mend(place: Place, fault: Fault) -> None:
        log(place.home, place.host.name, "OK", f"{what} {fault.device or 0} works again")

    return fail, mend


_FAN, _SUPPLY = _bmc("Fan"), _bmc("PSU")

KINDS: Sequence[Kind] = (
    Kind("slow-gpu", "gpu-value", "a GPU computes slower, and says nothing", "gpu_burn", "0.8"),
    Kind("xid", "value-gpu", "an Xid in the kernel log", "dmesg"),
    Kind("ecc", "gpu-value", "uncorrectable ECC errors", "nvidia-smi -q -d ECC", "1"),
    Kind("throttle", "gpu", "a GPU throttles for heat", "nvidia-smi -q -d PERFORMANCE"),
    Kind("hung-smi", "", "nvidia-smi and dcgmi never answer", "timeout 5 nvidia-smi"),
    Kind("missing-gpu", "gpu", "a GPU is not there", "nvidia-smi -L"),
    Kind("pcie-width", "gpu-value", "a GPU's PCIe link is narrow", "nvidia-smi -q", "8"),
    Kind("link-down", "value", "an adapter's link is down", "ibstat", None, _link_down, _link_up),
    Kind("swapped-cables", "value", "two cables swapped", "ibnetdiscover", None, _swap, _unswap),
    Kind("dead", "", "no power", "lab status", None, _dead, _alive, needs_power=False),
    Kind("black-hole", "", "packets are dropped", "ssh", None, _unheard, _heard),
    Kind("full-disk", "value", "a disk is full", "df", "/var/tmp", _full_disk, _empty_disk),
    Kind("clock-skew", "value", "the clock is wrong by seconds", "date", "600", _skew, _unskew),
    Kind("package-lock", "", "the package lock is held", "apt-get install", None, _hold, _let_go),
    Kind("wrong-host-key", "", "another host key", "deploy trust", None, _new_key, _right_key),
    Kind("fan", "number", "a fan stands still", "Redfish", "0", *_FAN),
    Kind("psu", "number", "a power supply is dead", "Redfish", "0", *_SUPPLY),
)
