"""Brings a lab up, tells how it is, and takes it down: every step finds what is there already."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.lab import ground, host, image, seed
from millwright.lab.home import STATE, Home, alone
from millwright.lab.needs import check_machine
from millwright.lab.plan import LabHost, LabPlan

Told = Callable[[str], None]
PATIENCE_S = 90.0
"""How long a host may take to answer SSH before `up` says that it did not."""

AT_ONCE = 16
"""Hosts that boot at a time: more of them on few cores only makes each one's units time out."""


@dataclass(frozen=True, slots=True)
class HostState:
    """How one host is: `answers` says whether its SSH server greets."""

    host: LabHost
    running: bool
    answers: bool
    waited_s: float | None = None


def up(plan: LabPlan, told: Told) -> list[HostState]:
    """Build what the plan names and boot what does not run; return how every host is.

    The plan is on the disk before the machine is touched, so that `down` finds everything, however
    this call ends.
    """
    check_machine()
    lowers = image.layers(plan, told)
    home = Home(plan.id)
    with alone():
        _refuse_another(home, plan)
        home.keep(plan)
        ground.prepare(plan)
        there = host.running(plan)
        missing = [each for each in plan.hosts if each.name not in there]
        told(f"booting {len(missing)} of {len(plan.hosts)} hosts")
        keys = seed.authorized(plan)
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            booted = pool.map(lambda each: _boot(home, plan, each, lowers, keys), missing)
            waited = dict(zip((each.name for each in missing), booted, strict=True))
    return [
        HostState(each, running, answers, waited.get(each.name))
        for each, running, answers in ((s.host, s.running, s.answers) for s in states(plan))
    ]


def _refuse_another(home: Home, plan: LabPlan) -> None:
    """Refuse to change a lab that runs with other hosts, addresses or another system."""
    there = home.plan()
    if there is None or there == plan or not host.running(there):
        return
    raise MillwrightError(
        "a lab of this workspace runs that is not the one asked for",
        hint="take it down first: millwright lab down",
    )


def _boot(
    home: Home, plan: LabPlan, each: LabHost, lowers: Sequence[Path], keys: str
) -> float | None:
    """Boot one host; return the seconds until it greeted, or nothing where it did not."""
    begun = time.monotonic()
    folder = seed.folder(plan)
    seed.lay(home.host(each.name) / "upper", plan, each, seed.identity(folder, each.name), keys)
    host.start(home, plan, each, lowers)
    if plan.gateways and each.role != "gateway":
        return None
    while time.monotonic() - begun < PATIENCE_S:
        if greets(each.reached_at, 1.0):
            return time.monotonic() - begun
        time.sleep(0.05)
    return None


def greets(address: str, timeout_s: float) -> bool:
    """Return whether an SSH server greets at an address."""
    try:
        with socket.create_connection((address, 22), timeout=timeout_s) as sock:
            sock.settimeout(timeout_s)
            return sock.recv(4) == b"SSH-"
    except OSError:
        return False


def states(plan: LabPlan) -> list[HostState]:
    """Return how every host of a lab is; behind gateways, what the machine cannot hear is asked
    from inside."""
    there = host.running(plan)
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        heard = list(pool.map(lambda each: _answers(plan, each, there), plan.hosts))
    return [
        HostState(each, each.name in there, answers)
        for each, answers in zip(plan.hosts, heard, strict=True)
    ]


def _answers(plan: LabPlan, each: LabHost, there: dict[str, int]) -> bool:
    if each.name not in there:
        return False
    if plan.gateways and each.role != "gateway":
        return host.inside(plan, each.name, ["ss", "-Htln", "sport", "=", ":22"]).stdout != ""
    return greets(each.reached_at, 2.0)


def down(workspace_lab: str, told: Told) -> int:
    """Stop every host and put the machine back; return how many hosts ran.

    Works from what is found on the machine, so that it serves after a call that was killed. Where
    there is no lab it does nothing.
    """
    check_machine()
    home = Home(workspace_lab)
    plan = home.plan()
    if plan is None:
        return 0
    with alone():
        there = host.running(plan)
        told(f"stopping {len(there)} hosts")
        host.stop(plan, [each.name for each in plan.hosts])
        ground.clear(plan)
        shutil.rmtree(home.folder)
    _leave_no_folder()
    return len(there)


def _leave_no_folder() -> None:
    """Remove the folders of all labs when the last one has gone."""
    labs = STATE / "labs"
    if labs.exists() and not any(labs.iterdir()):
        labs.rmdir()
        (STATE / "lock").unlink(missing_ok=True)
        if not any(STATE.iterdir()):
            STATE.rmdir()
