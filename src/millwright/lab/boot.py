"""Brings a lab up, tells how it is, and takes it down: every step finds what is there already."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.lab import credentials, fabric, ground, host, image, seed
from millwright.lab.begin import Ready
from millwright.lab.faultlog import active
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
    faults: tuple[str, ...] = ()
    waited_s: float | None = None


def up(lab: Ready, told: Told) -> list[HostState]:
    """Build what the plan names and boot what does not run; return how every host is.

    The plan is on the disk before the machine is touched, so that `down` finds everything, however
    this call ends.
    """
    check_machine()
    plan = lab.plan
    lowers = image.layers(plan, told)
    home = Home(plan.id)
    with alone():
        _refuse_another(home, plan)
        home.keep(plan)
        ground.prepare(plan)
        _start_bmcs(home, plan, told)
        there = host.running(plan)
        missing = [each for each in plan.hosts if each.name not in there]
        told(f"booting {len(missing)} of {len(plan.hosts)} hosts")
        keys = seed.authorized(plan)
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            booted = pool.map(
                lambda each: _boot(home, lab, each, (lowers[each.name], keys)), missing
            )
            waited = dict(zip((each.name for each in missing), booted, strict=True))
    return [replace(state, waited_s=waited.get(state.host.name)) for state in states(plan)]


BMCS = "millwright.lab.bmc"
"""The module that answers for the BMCs; a process with this word and the lab's name is it."""


def _start_bmcs(home: Home, plan: LabPlan, told: Told) -> None:
    if _bmc_processes(plan):
        return
    if any(importlib.util.find_spec(name) is None for name in ("sushy_tools", "bcrypt")):
        told("no BMC answers: they need `pip install 'millwright[lab]'`")
        return
    credentials.lay(seed.folder(plan), plan)
    with open(home.folder / "bmc.log", "ab") as journal:
        subprocess.Popen(
            [sys.executable, "-m", BMCS, plan.id],
            stdin=subprocess.DEVNULL,
            stdout=journal,
            stderr=journal,
            cwd="/",
            start_new_session=True,
        )


def _bmc_processes(plan: LabPlan) -> list[int]:
    return [pid for pid, words in host.processes() if words[-3:] == ["-m", BMCS, plan.id]]


def _end_bmcs(plan: LabPlan) -> None:
    """End the BMCs before their hosts, so that none of them starts a host again."""
    while found := _bmc_processes(plan):
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


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
    home: Home, lab: Ready, each: LabHost, ground_: tuple[Sequence[Path], str]
) -> float | None:
    """Boot one host; return the seconds until it greeted, or nothing where it did not."""
    plan, (lowers, keys) = lab.plan, ground_
    tree = home.host(each.name) / "upper"
    seed.lay(tree, plan, each, seed.identity(seed.folder(plan), each.name), keys)
    fabric.lay(tree, plan, each, list(lab.network))
    host.start(home, plan, each, lowers)
    return _until_greeting(plan, each)


def _until_greeting(plan: LabPlan, each: LabHost) -> float | None:
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE_S:
        if _greets_somehow(plan, each):
            return time.monotonic() - begun
        time.sleep(0.05)
    return None


def _greets_somehow(plan: LabPlan, each: LabHost) -> bool:
    """Return whether a host listens; behind gateways it is asked from inside."""
    if not plan.gateways or each.role == "gateway":
        return greets(each.reached_at, 1.0)
    if host.leader(plan, each.name) is None:
        return False
    return host.inside(plan, each.name, ["ss", "-Htln", "sport", "=", ":22"]).stdout != ""


def restart(home: Home, plan: LabPlan, each: LabHost) -> None:
    """Give a host its power back and wait until it answers. Raises MillwrightError if not."""
    host.start(home, plan, each, image.layers(plan, lambda _: None)[each.name])
    if _until_greeting(plan, each) is None:
        raise MillwrightError(f"{each.name} does not answer", hint="millwright lab status")


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
    home, there = Home(plan.id), host.running(plan)
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        heard = list(pool.map(lambda each: _answers(plan, each, there), plan.hosts))
    return [
        HostState(
            each,
            each.name in there,
            answers,
            tuple(fault.id for fault in active(home, each.name)),
        )
        for each, answers in zip(plan.hosts, heard, strict=True)
    ]


def _answers(plan: LabPlan, each: LabHost, there: dict[str, int]) -> bool:
    return each.name in there and _greets_somehow(plan, each)


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
        _end_bmcs(plan)
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
