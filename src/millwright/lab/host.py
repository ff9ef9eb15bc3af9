"""One host of the lab: laid down, started, found again by its name, and stopped."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.lab.home import Home, put
from millwright.lab.marks import Marks
from millwright.lab.needs import SEARCHED
from millwright.lab.plan import LabHost, LabPlan
from millwright.lab.tool import ENV, asked

SUPERVISOR = """\
#!/bin/sh
# Keeps one host of the lab: mounts its tree where nobody else sees it, boots it, and boots it again
# when it reboots (systemd-nspawn ends with 133 then). A host has one keeper, however many are
# started. What systemd-nspawn leaves in /run goes with the keeper.
set -eu
machine=$1 hostname=$2 dir=$3 lower=$4 bridge=$5 leg=$6 legbridge=$7
shift 7
exec 9>"$dir/keeper.lock"
flock --wait 5 9 || exit 0
for group in "$@"; do mkdir -p "$group"; echo $$ > "$group/cgroup.procs"; done
mount -t tmpfs -o mode=755 lab-run /run
mount -t overlay overlay \\
  -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
while :; do
  set --
  if [ -n "$leg" ]; then
    set -- --network-veth-extra="$leg:inner0"
    { sleep 0.1; for _ in 1 2 3 4 5 6 7 8 9; do
        ip link set "$leg" master "$legbridge" up && break; sleep 0.3; done; } 2>/dev/null &
  fi
  status=0
  systemd-nspawn --quiet --directory="$dir/root" --machine="$machine" --hostname="$hostname" \\
    --register=no --keep-unit --network-bridge="$bridge" --capability=CAP_NET_ADMIN "$@" \\
    --resolv-conf=off --timezone=off --boot || status=$?
  [ "$status" -eq 133 ] || exit "$status"
done
"""
"""Run with seven words and the control groups of the host; every word comes from a checked plan."""


def lay_supervisor(home: Home) -> None:
    """Write what keeps hosts; those that run go on with what they were started with."""
    put(_supervisor(home), SUPERVISOR)


def _supervisor(home: Home) -> Path:
    return home.folder / "supervise.sh"


def start(home: Home, plan: LabPlan, host: LabHost) -> None:
    """Start a host that was laid; it goes on by itself when the call that started it has ended."""
    folder = home.host(host.name)
    for name in ("upper", "work", "root"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    lower = ":".join(str(path) for path in home.lowers(host.name))
    marks = plan.marks
    bridge = marks.edge_bridge if host.role == "gateway" else marks.bridge
    leg = [f"e-{plan.id}-{host.name}", marks.bridge] if host.role == "gateway" else ["", ""]
    words = [
        "setsid",
        "--fork",
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "/bin/sh",
        str(_supervisor(home)),
    ]
    words += [marks.machine(host.name), host.name, str(folder), lower, bridge, *leg]
    with open(folder / "console.log", "ab") as console:
        subprocess.run(
            [*words, *(str(group) for group in _groups(marks, host.name))],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            env={**ENV, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": _unified()},
            cwd="/",
            check=True,
        )


def _hierarchies() -> Iterator[Path]:
    """Yield the control group trees that systemd keeps its services in."""
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options):
            yield Path(place)


def _unified() -> str:
    """Tell hosts to use the control groups of the machine as they are: one tree or both."""
    return "1" if len(list(_hierarchies())) == 1 else "0"


def _groups(marks: Marks, host: str) -> list[Path]:
    return [tree / marks.machine(host) for tree in _hierarchies()]


def leader(marks: Marks, host: str) -> int | None:
    """Return the process that is PID 1 inside the host, or nothing where it does not run."""
    for keeper, name in _keepers(marks):
        if name != host:
            continue
        for child in itertools.chain(_children(keeper), _parented(keeper)):
            if _is_first(child):
                return child
    return None


def _is_first(pid: int) -> bool:
    """Return whether a process is PID 1 of its own namespace."""
    status = _read(Path(f"/proc/{pid}/status"))
    inside = [line.split() for line in status.splitlines() if line.startswith("NSpid:")]
    return bool(inside) and inside[0][-1] == "1"


def running(marks: Marks) -> set[str]:
    """Return the names of the hosts that run."""
    return {name for _, name in _keepers(marks)}


def _keepers(marks: Marks) -> Iterator[tuple[int, str]]:
    for pid, words in processes():
        if Path(words[0]).name == "systemd-nspawn" and (name := _host_of(marks, words)):
            yield pid, name


def _host_of(marks: Marks, words: Sequence[str]) -> str | None:
    """Return the host that a process works for, by the machine's name among its words."""
    for word in words:
        if name := marks.host(word.removeprefix("--machine=")):
            return name
    return None


def processes() -> Iterator[tuple[int, list[str]]]:
    """Yield every process of the machine with its words."""
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (text := _read(Path(f"/proc/{entry}/cmdline"))):
            yield int(entry), text.rstrip("\0").split("\0")


def _parented(keeper: int) -> Iterator[int]:
    """Yield a process's children as they tell it themselves.

    The kernel's own list leaves some out while others of them end (proc(5)): a host that boots has
    such a moment.
    """
    for pid, _ in processes():
        _, _, after = _read(Path(f"/proc/{pid}/stat")).rpartition(") ")
        if after.split()[1:2] == [str(keeper)]:
            yield pid


def _children(pid: int) -> list[int]:
    return [int(word) for word in _read(Path(f"/proc/{pid}/task/{pid}/children")).split()]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def stop(marks: Marks, names: Collection[str] | None = None, patience_s: float = 10.0) -> None:
    """Take the power from hosts, all of them where none are named, whatever they are doing.

    Removes what they leave behind. Raises MillwrightError where a host outlives that.
    """
    deadline = time.monotonic() + patience_s
    while left := _processes_of(marks, names):
        if time.monotonic() > deadline:
            raise MillwrightError(f"processes {sorted(left)} of the lab do not end")
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    for tree in _hierarchies():
        for group in tree.glob(marks.machine("*")):
            name = marks.host(group.name)
            if names is None or name in names:
                _remove_group(group, deadline)


def _processes_of(marks: Marks, names: Collection[str] | None) -> set[int]:
    """Return the keepers of hosts, and each host's PID 1."""
    found: set[int] = set()
    for pid, words in processes():
        supervises = any(word.endswith("/supervise.sh") for word in words)
        if not supervises and Path(words[0]).name != "systemd-nspawn":
            continue
        name = _host_of(marks, words)
        if name and (names is None or name in names):
            found.update({pid, *_children(pid)})
    return found


def _remove_group(group: Path, deadline: float) -> None:
    """Remove a control group and those below it; a process that is still dying keeps it a while."""
    while group.exists():
        for folder, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        if time.monotonic() > deadline:
            raise MillwrightError(f"{group} is still in use")
        if group.exists():
            time.sleep(0.02)


def inside(
    plan: LabPlan, name: str, words: Sequence[str], *, given: str = "", timeout_s: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run a command in a host from the machine, as its console would: no network is needed.

    Raises MillwrightError where the host does not run.
    """
    return asked([*entry(plan, name), *words], given=given, timeout_s=timeout_s)


def entry(plan: LabPlan, name: str) -> list[str]:
    """Return the words that put a command into a host, with an environment of the host's own.

    Raises MillwrightError where it is off.
    """
    pid = leader(plan.marks, name)
    if pid is None:
        raise MillwrightError(f"{name} does not run", hint=plan.command("heal", name))
    words = ["nsenter", f"--target={pid}", "--mount", "--uts", "--ipc", "--net", "--pid", "--"]
    return [*words, "env", "-i", f"PATH={SEARCHED}", "HOME=/root", "LC_ALL=C.UTF-8"]
