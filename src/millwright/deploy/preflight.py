"""Before anything is deployed: whether hosts are what the design and the roles need.

Each host is asked once, by one constant script that only reads; everything wrong is told at once,
with what would mend it. What a host did not tell is unknown, and what it cannot show not testable.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from millwright.deploy.inputs import Inputs
from millwright.deploy.question import QUESTION, Found, Rule, Told
from millwright.deploy.surroundings import SURROUNDINGS
from millwright.model.nodeset import expanded
from millwright.model.standing import Standing
from millwright.ports import Answer

SYSTEMS = {("debian", "12"), ("debian", "13")}
MACHINES = ("x86_64", "aarch64")
VENDORS = {"nvidia": "0x10de", "amd": "0x1002"}
LEAST_DISK_MIB = 4096
MOST_SKEW_S = 30.0
MEMORY_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing about a host that is not as it has to be, and what would mend it."""

    host: str
    standing: Standing
    what: str
    fix: str = ""


def command(inputs: Inputs) -> list[str]:
    """Return what hosts are asked; the head node's address is all that they are told."""
    return ["python3", "-Ic", QUESTION, inputs.factory.packages.server]


def remarks(answer: Answer, inputs: Inputs, now: float) -> list[Remark]:
    """Return everything that is wrong with a host; `now` is when (Unix time) its answer came."""
    host = answer.node
    if answer.ended != "exit":
        return [Remark(host, "unknown", f"it does not answer: {answer.reason}", "see deploy trust")]
    try:
        found = json.loads(answer.stdout) if answer.exit_status == 0 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        said = answer.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
        return [Remark(host, "failed", f"it has no python3: {said[:120]}", "install python3")]
    try:
        return [
            Remark(host, standing, what, fix)
            for rule in RULES
            for standing, what, fix in rule(found, host, inputs, now)
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        return [Remark(host, "unknown", "its answer lacks what it was asked for", "ask it again")]


def _system(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del host, inputs, now
    if (found.get("os"), found.get("version")) not in SYSTEMS:
        known = ", ".join(sorted(" ".join(each) for each in SYSTEMS))
        what = f"it runs {found.get('os') or 'an unknown system'} {found.get('version')}"
        yield "failed", what, f"the roles carry {known}"
    if found.get("machine") not in MACHINES:
        yield "failed", f"its processors are {found.get('machine')}", "use x86_64 or aarch64"
    if not found.get("systemd"):
        yield "failed", "systemd does not run", "boot it with systemd"


def _rights(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del host, inputs, now
    if found.get("uid") != 0:
        yield "failed", f"commands run as user {found.get('uid')}", "say become in reach.yaml"


def _room(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del host, inputs, now
    free = found.get("disk_free_mib")
    if not isinstance(free, int):
        yield "unknown", "it does not tell how much room /var has", ""
    elif free < LEAST_DISK_MIB:
        yield "failed", f"/var has {free} MiB left", f"make room: {LEAST_DISK_MIB} MiB"


def _clock(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del host, inputs
    told = found.get("time")
    if not isinstance(told, float):
        yield "unknown", "it does not tell the time", ""
    elif abs(told - now) > MOST_SKEW_S:
        away = "ahead" if told > now else "behind"
        yield "failed", f"its clock is {abs(told - now):.0f} s {away}", "set it; munge wants 300 s"


def _lock(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del host, inputs, now
    held = found.get("package_lock_held")
    if held is None:
        yield "unknown", "its package lock cannot be read", ""
    elif held:
        yield "failed", "its package lock is held", "let the other installation end"


def _shape(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del now
    for group in inputs.factory.slurm.nodes:
        if host not in expanded(group.names):
            continue
        cpus = group.sockets * group.cores_per_socket * group.threads_per_core
        if found.get("cpus") != cpus:
            what = f"it has {found.get('cpus')} processors, and the design {cpus}"
            yield "failed", what, "mend `host` in the catalogue, or the BIOS"
        memory = found.get("memory_mib")
        if not isinstance(memory, int) or memory < MEMORY_SHARE * group.memory_mib:
            what = f"it has {memory} MiB of memory, and the design {group.memory_mib}"
            yield "failed", what, "look for a missing module"


def _gpus(found: Found, host: str, inputs: Inputs, now: float) -> Told:
    del now
    node = inputs.nodes[host]
    if not node.gpus:
        return
    vendors = found.get("gpu_vendors")
    if found.get("simulated"):
        yield "not testable", "its GPUs are simulated and on no bus", ""
    elif vendors is None:
        yield "unknown", "it does not tell its PCI devices", ""
    else:
        there = vendors.count(VENDORS[node.vendor])
        if there != node.gpus:
            what = f"{there} GPUs of {node.vendor} are on its bus, and the design has {node.gpus}"
            yield "failed", what, "reseat or replace them before anything else"


RULES: Sequence[Rule] = (_system, _rights, _room, _clock, _lock, _shape, _gpus, *SURROUNDINGS)
