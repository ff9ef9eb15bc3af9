"""Brings a lab up, tells how it is, and takes it down: every step finds what is there already."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.lab import bmcprocess, fabric, ground, host, image, seed
from millwright.lab.begin import Ready
from millwright.lab.faultlog import active
from millwright.lab.home import Home, alone
from millwright.lab.marks import Marks
from millwright.lab.needs import check_machine
from millwright.lab.neighbours import check_networks
from millwright.lab.plan import LabHost, LabPlan, refuse_another

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
    this call ends. A host that was left without power by a fault stays so.
    """
    check_machine()
    plan, home = lab.plan, Home(lab.plan.id)
    image.layers(plan, told)
    with alone():
        refuse_another(home.plan(), plan)
        check_networks(plan)
        home.keep(plan)
        ground.prepare(plan)
        _silence(home, plan)
        bmcprocess.start(home, plan, told)
        host.lay_supervisor(home)
        missing = _missing(home, plan)
        host.stop(plan.marks, [each.name for each in missing])
        told(f"booting {len(missing)} of {len(plan.hosts)} hosts")
        lowers, keys = image.layers(plan, told), seed.authorized(plan)
        shadows = {trees: seed.sudoers_shadow(plan, trees) for trees in set(lowers.values())}
        for each in missing:
            trees = lowers[each.name]
            _lay(home, lab, each, (trees, seed.Letters(keys, shadows[trees])))
        _extend(lab, missing, told)
        took = _boot_all(home, plan, missing)
    return [replace(state, waited_s=took.get(state.host.name)) for state in states(plan)]


def _extend(lab: Ready, missing: Sequence[LabHost], told: Told) -> None:
    """Have a fabric that runs already hold hosts that come."""
    heads = [each for each in lab.plan.hosts if each.role == "management"][:1]
    runs = [h for h in heads if h not in missing and host.leader(lab.plan.marks, h.name)]
    if runs and fabric.extend(lab.plan, list(lab.network)):
        told("the simulated fabric was started again, with the links of new hosts")


def new(plan: LabPlan) -> list[str]:
    """Return the hosts of a plan that were never laid: `up` makes them."""
    home = Home(plan.id)
    return [each.name for each in plan.hosts if not home.lowers(each.name)]


def _missing(home: Home, plan: LabPlan) -> list[LabHost]:
    """Return the hosts that should run and do not."""
    there = host.running(plan.marks)
    return [h for h in plan.hosts if h.name not in there and not without_power(home, h.name)]


def without_power(home: Home, name: str) -> bool:
    """Return whether a fault keeps a host off."""
    return any(fault.kind == "dead" for fault in active(home, name))


def _unheard(home: Home, name: str) -> bool:
    """Return whether a fault drops a host's packets; one behind gateways does not hear of it."""
    return any(fault.kind == "black-hole" for fault in active(home, name))


def _silence(home: Home, plan: LabPlan) -> None:
    """Make hosts unheard again whose packets a fault drops, should the rules be new."""
    for each in plan.hosts:
        if _unheard(home, each.name):
            ground.unheard(plan, each.reached_at, True)


def _lay(
    home: Home, lab: Ready, each: LabHost, ground_: tuple[Sequence[Path], seed.Letters]
) -> None:
    """Write a host's own layer, once in its life: what is changed in it later on stays."""
    if home.lowers(each.name):
        return
    lowers, letters = ground_
    tree, folder = home.host(each.name) / "upper", seed.folder(lab.plan)
    seed.lay(tree, lab.plan, each, seed.identity(folder, each.name), letters)
    seed.lay_profile(tree, each, "InfiniBand" if lab.network else "Ethernet")
    fabric.lay(tree, lab.plan, each, list(lab.network))
    home.keep_lowers(each.name, lowers)


def _boot_all(home: Home, plan: LabPlan, missing: Sequence[LabHost]) -> dict[str, float | None]:
    """Boot hosts; return each one's seconds until it greeted, or nothing where it did not.

    When this is interrupted, nobody is waited for any more, and what has started runs on.
    """
    over = threading.Event()

    def boot(each: LabHost) -> float | None:
        host.start(home, plan, each)
        return _until(lambda: over.is_set() or _greets_somehow(plan, each))

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        try:
            waited = list(pool.map(boot, missing))
        finally:
            over.set()
    return dict(zip((each.name for each in missing), waited, strict=True))


def _until(so: Callable[[], bool]) -> float | None:
    """Return the seconds until something was so, or nothing where patience ended first."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE_S:
        if so():
            return time.monotonic() - begun
        time.sleep(0.05)
    return None


def _greets_somehow(plan: LabPlan, each: LabHost) -> bool:
    """Return whether a host listens; behind gateways it is asked from inside.

    A greeting alone proves little: something else may have the address.
    """
    if not plan.gateways or each.role == "gateway":
        greeted = greets(each.reached_at, 1.0)
        return greeted and host.leader(plan.marks, each.name) is not None
    try:
        return host.inside(plan, each.name, ["ss", "-Htln", "sport", "=", ":22"]).stdout != ""
    except MillwrightError:
        return False


def restart(home: Home, plan: LabPlan, each: LabHost) -> None:
    """Give a host its power back and wait until it answers.

    Raises MillwrightError where it does not, or was never laid.
    """
    if not home.lowers(each.name):
        raise MillwrightError(f"{each.name} was never laid", hint=plan.command("up"))
    host.start(home, plan, each)
    if _unheard(home, each.name):
        came = _until(lambda: host.leader(plan.marks, each.name) is not None)
    else:
        came = _until(lambda: _greets_somehow(plan, each))
    if came is None:
        raise MillwrightError(f"{each.name} does not answer", hint=plan.command("status"))


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
    home, there = Home(plan.id), host.running(plan.marks)
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        heard = list(pool.map(lambda each: _answers(plan, each, there), plan.hosts))
    return [
        HostState(
            each,
            each.name in there,
            answers and not _unheard(home, each.name),
            tuple(fault.id for fault in active(home, each.name)),
        )
        for each, answers in zip(plan.hosts, heard, strict=True)
    ]


def _answers(plan: LabPlan, each: LabHost, there: set[str]) -> bool:
    return each.name in there and _greets_somehow(plan, each)


def stands(lab: str) -> bool:
    """Return whether there is anything of a lab on the machine."""
    marks = Marks(lab)
    links = any((Path("/sys/class/net") / bridge).exists() for bridge in marks.bridges)
    return links or Home(lab).folder.exists() or bool(host.running(marks))


def down(lab: str, told: Told) -> int:
    """Stop every host and put the machine back; return how many hosts ran.

    Works from what is found on the machine, so that it serves after a call that was killed, and
    for a lab whose plan cannot be read. Where there is no lab it changes nothing.
    """
    check_machine()
    marks = Marks(lab)
    with alone():
        there = host.running(marks)
        told(f"stopping {len(there)} hosts")
        bmcprocess.end(lab)
        host.stop(marks)
        ground.clear(marks)
        Home(lab).remove()
    return len(there)
