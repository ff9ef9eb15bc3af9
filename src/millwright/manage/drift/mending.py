"""The next command of a difference: what puts an item back, or looks further."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from millwright.model.drift import ABSENT, NOTE, Difference
from millwright.model.nodeset import folded


def mending(each: Difference, nodes: str) -> str:
    """Return the command for a difference on a node set; words of nodes are quoted."""
    if each.kind in ("approved-change", "in-progress"):
        return _words("manage", "drift", "accept", nodes, "--item", each.item)
    if each.kind == "hardware-swap":
        return _words("build", "plan", "--only", nodes)
    if each.declared is not None and each.role.startswith(NOTE):
        note = each.role.removeprefix(NOTE)
        return _words("manage", "tune", "apply", note, "--only", nodes)
    if each.declared is not None and each.role:
        return _words("deploy", "apply" if each.kind == "unknown" else "verify", "--only", nodes)
    return _put_back(each, nodes) or _words("manage", "drift", "show", nodes)


def _put_back(each: Difference, nodes: str) -> str:
    """Return what restores an item that no role declares; nothing where no one command does."""
    wanted = each.recorded if each.recorded is not None else each.peers
    kind, _, name = each.item.partition(".")
    if each.kind == "unknown" and each.recorded is not None:
        return _words("manage", "health", nodes)
    if wanted is None or name.startswith("-"):
        return ""
    argv: list[str] = []
    if kind == "sysctl" and wanted != ABSENT:
        argv = ["sysctl", "-w", f"{name}={wanted}"]
    elif kind == "package" and "," not in wanted:
        argv = ["apt-get", "-y", "--allow-downgrades", "install", f"{name}={wanted}"]
        argv = ["apt-get", "-y", "remove", name] if wanted == ABSENT else argv
    elif kind == "unit":
        argv = ["systemctl", "disable" if wanted == ABSENT else "enable", "--now", name]
    elif kind == "mtu":
        argv = ["ip", "link", "set", "dev", name, "mtu", wanted]
    elif kind in ("person", "group"):
        argv = _access(kind, name, wanted)
    return _words("manage", "exec", nodes, "--", *argv) if argv else ""


def _access(kind: str, name: str, wanted: str) -> list[str]:
    """Return what takes back who may come in: a group's members as they were; somebody who was not
    there is locked out, and what is theirs stays to be looked at."""
    if kind == "person":
        return ["usermod", "--lock", "--expiredate", "1", name] if wanted == ABSENT else []
    members = () if wanted == ABSENT else wanted.split()
    return ["gpasswd", "--members", ",".join(members), name]


def _words(*words: str) -> str:
    return shlex.join(["millwright", *words])


def orders(differences: Sequence[Difference]) -> tuple[str, ...]:
    """Return what puts everything back that counts, each command once: roles come last.

    A role that stands is proven first, since only one that fails is applied again.
    """
    wrong = [each for each in differences if each.counts]
    roles = sorted({node for each in wrong if _by_role(each) for node in each.nodes})
    single = dict.fromkeys(each.command for each in wrong if not _by_role(each))
    if not roles:
        return tuple(single)
    only = folded(roles)
    verify = _words("deploy", "verify", "--only", only)
    return (*single, verify, _words("deploy", "apply", "--only", only))


def _by_role(each: Difference) -> bool:
    role = each.role if each.declared is not None and each.kind != "hardware-swap" else ""
    return bool(role) and not role.startswith(NOTE)
