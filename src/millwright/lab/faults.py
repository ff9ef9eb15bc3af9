"""Faults that can be had: what they are called, what they take, and how they are done and undone.

A fault of a device lives in the simulated tools, which read the host's list of faults. A fault of
the host is real: a packet is dropped, a disk is full, a lock is held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Literal

from millwright.errors import MillwrightError
from millwright.lab import cabling, fabric, ground, groups, host
from millwright.lab.boot import restart
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

    @property
    def runs(self) -> bool:
        """Return whether the host runs."""
        return host.leader(self.plan.marks, self.host.name) is not None

    def put(self, path: str, text: str) -> None:
        """Write a file of the host, whether it runs or not."""
        if self.runs:
            self.run("mkdir", "-p", "--", str(PurePosixPath(path).parent))
            self.run("tee", path, given=text)
            return
        inside = self.home.host(self.host.name) / "upper" / path.lstrip("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.write_text(text, encoding="utf-8")


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
    check: Act | None = None
    needs_power: bool = True


def _check_cables(place: Place, fault: Fault) -> None:
    cabling.check(fabric.peers(place.home, place.plan), place.host.name, fault)


def _recable(place: Place, fault: Fault) -> None:
    there = cabling.faults_of(place.home, place.plan)
    _tell_fabric(place, there, [*there, (place.host.name, fault)])


def _cable_as_designed(place: Place, fault: Fault) -> None:
    there = cabling.faults_of(place.home, place.plan)
    _tell_fabric(place, there, cabling.without(there, place.host.name, fault))


def _tell_fabric(
    place: Place, before: list[cabling.HostFault], after: list[cabling.HostFault]
) -> None:
    """Change the simulated fabric, and what it is told when it starts again."""
    peers = fabric.peers(place.home, place.plan)
    head = replace(place, host=fabric.head_of(place.plan))
    if head.runs:
        fabric.say(place.plan, *cabling.commands(peers, before, after))
    always = cabling.commands(peers, [], after)
    head.put(fabric.CABLING, "".join(f"{line}\n" for line in always))


def _check_group(place: Place, fault: Fault) -> None:
    there = {each.name for each in place.plan.hosts if each.profile}
    groups.check(there, place.host.name, fault)


def _slow_together(place: Place, fault: Fault) -> None:
    _tell_groups(place, [*cabling.faults_of(place.home, place.plan, (groups.KIND,)),
                         (place.host.name, fault)])  # fmt: skip


def _quick_together(place: Place, fault: Fault) -> None:
    there = cabling.faults_of(place.home, place.plan, (groups.KIND,))
    _tell_groups(place, cabling.without(there, place.host.name, fault))


def _tell_groups(place: Place, faults: list[cabling.HostFault]) -> None:
    for each in place.plan.hosts:
        if each.profile:
            replace(place, host=each).put(groups.PEERS, groups.told(faults))


def _dead(place: Place, fault: Fault) -> None:
    del fault
    log(place.home, place.host.name, "Critical", "Power lost")
    host.stop(place.plan.marks, [place.host.name])


def _alive(place: Place, fault: Fault) -> None:
    del fault
    restart(place.home, place.plan, place.host)


def _unheard(place: Place, fault: Fault) -> None:
    del fault
    ground.unheard(place.plan, place.host.reached_at, True)


def _heard(place: Place, fault: Fault) -> None:
    del fault
    ground.unheard(place.plan, place.host.reached_at, False)


TEMPORARY = ("/tmp", "/var/tmp", "/var/log")
"""Folders that may be hidden below a full disk although something lies in them."""


def _check_disk(place: Place, fault: Fault) -> None:
    where = fault.value or "/var/tmp"
    words = ["find", where, "-mindepth", "1", "-maxdepth", "1", "-print", "-quit"]
    lies = host.inside(place.plan, place.host.name, words).stdout
    if lies and where not in TEMPORARY:
        raise MillwrightError(
            f"{where} is not empty, and a full disk would hide what lies in it",
            hint=f"name a new folder, or one of {', '.join(TEMPORARY)}",
        )


def _disk_unit(fault: Fault) -> str:
    return f"lab-full-disk{(fault.value or '').replace('/', '-')}.service"


DISK = """\
[Unit]
Description=A disk that is full, at {where}: a fault of the lab
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/mkdir -p {where}
ExecStart=/bin/mount -t tmpfs -o size=1m,mode=1777 lab-full-disk {where}
ExecStart=-/bin/dd if=/dev/zero of={where}/.full bs=64k
ExecStop=/bin/umount --lazy {where}
[Install]
WantedBy=multi-user.target
"""


def _full_disk(place: Place, fault: Fault) -> None:
    _enable(place, _disk_unit(fault), DISK.format(where=fault.value))


def _empty_disk(place: Place, fault: Fault) -> None:
    _disable(place, _disk_unit(fault))


def _enable(place: Place, unit: str, text: str) -> None:
    """Start a fault that is a service, so that it outlives a reboot as its entry does."""
    place.put(f"/etc/systemd/system/{unit}", text)
    place.run("systemctl", "daemon-reload")
    place.run("systemctl", "enable", "--quiet", "--now", unit)


def _disable(place: Place, unit: str) -> None:
    place.run("systemctl", "disable", "--quiet", "--now", unit)
    place.run("rm", "-f", f"/etc/systemd/system/{unit}")
    place.run("systemctl", "daemon-reload")


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


LOCK_UNIT = "lab-package-lock.service"
HELD = "/run/lab-package-lock"
LOCK = f"""\
[Unit]
Description=Holds the lock of the packages: a fault of the lab
[Service]
ExecStart=/usr/bin/python3 -Ic "import fcntl, pathlib, time; \\
  files = [open('/var/lib/dpkg/' + name, 'w') for name in ('lock-frontend', 'lock')]; \\
  [fcntl.lockf(file, fcntl.LOCK_EX) for file in files]; \\
  pathlib.Path('{HELD}').touch(); time.sleep(10**9)"
ExecStartPost=/bin/sh -c 'until [ -e {HELD} ]; do sleep 0.02; done'
ExecStopPost=/bin/rm -f {HELD}
TimeoutStartSec=30
[Install]
WantedBy=multi-user.target
"""


def _hold(place: Place, fault: Fault) -> None:
    del fault
    _enable(place, LOCK_UNIT, LOCK)


def _let_go(place: Place, fault: Fault) -> None:
    del fault
    _disable(place, LOCK_UNIT)


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
_CABLES = (_recable, _cable_as_designed, _check_cables)
_GROUP = (_slow_together, _quick_together, _check_group)
_DISK = (_full_disk, _empty_disk, _check_disk)

KINDS: Sequence[Kind] = (
    Kind("slow-gpu", "gpu-value", "a GPU computes slower, and says nothing", "gpu_burn", "0.8"),
    Kind("xid", "value-gpu", "an Xid in the kernel log", "dmesg"),
    Kind("ecc", "gpu-value", "uncorrectable ECC errors", "nvidia-smi -q -d ECC", "1"),
    Kind("throttle", "gpu", "a GPU throttles for heat", "nvidia-smi -q -d PERFORMANCE"),
    Kind("hung-smi", "", "nvidia-smi and dcgmi never answer", "timeout -k 1 5 nvidia-smi"),
    Kind("missing-gpu", "gpu", "a GPU is not there", "nvidia-smi -L"),
    Kind("pcie-width", "gpu-value", "a GPU's PCIe link is narrow", "nvidia-smi -q", "8"),
    Kind("link-down", "value", "an adapter's link is down", "ibstat", None, *_CABLES),
    Kind("swapped-cables", "value", "two cables swapped", "ibnetdiscover", None, *_CABLES),
    Kind("slow-link", "value", "an adapter's link is slow", "ib_write_bw"),
    Kind("slow-group", "value", "slow only beside others", "all_reduce_perf", "0.6", *_GROUP),
    Kind("dead", "", "no power", "lab status", None, _dead, _alive, needs_power=False),
    Kind("black-hole", "", "packets are dropped", "ssh", None, _unheard, _heard),
    Kind("full-disk", "value", "a disk is full", "df", "/var/tmp", *_DISK),
    Kind("clock-skew", "value", "the clock is wrong by seconds", "date", "600", _skew, _unskew),
    Kind("package-lock", "", "the package lock is held", "apt-get install", None, _hold, _let_go),
    Kind("wrong-host-key", "", "another host key", "deploy trust", None, _new_key, _right_key),
    Kind("fan", "number", "a fan stands still", "Redfish", "0", *_FAN),
    Kind("psu", "number", "a power supply is dead", "Redfish", "0", *_SUPPLY),
)
