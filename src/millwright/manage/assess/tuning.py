"""Settings held against the catalogue's one table of parameters, as far as a recording shows."""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.manage.assess.draft import Draft
from millwright.manage.assess.voice import Voice
from millwright.model.assessment import NodeSeen, Proof
from millwright.model.catalog import Catalog
from millwright.model.platform import Parameter

_CHOSEN = re.compile(r"\[([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a node says of one parameter."""

    value: str
    proof: Proof


def tuning(
    node: NodeSeen, voice: Voice, catalog: Catalog, hardening: frozenset[str]
) -> Iterator[Draft]:
    """Yield parameters that a node has otherwise than the table; `hardening` names those that are
    no matter of speed."""
    vendor = "amd" if voice.text("amd-smi-static") else "nvidia" if node.gpus else ""
    for each in catalog.parameters.values():
        if each.name in hardening or not _is_for(each, node, vendor):
            continue
        found = reading(each, voice)
        if found is not None and not _alike(found.value, each.value.value):
            yield _gap(each, node, found)


def _is_for(each: Parameter, node: NodeSeen, vendor: str) -> bool:
    """Return whether a parameter is asked of a node; those for one platform are left to a design
    that names it."""
    if each.opt_in or each.only_on or each.fabric:
        return False
    if each.vendor and each.vendor != vendor:
        return False
    return each.kind == "sysctl" or bool(node.gpus)


def reading(each: Parameter, voice: Voice) -> Reading | None:
    """Return what a node says of a parameter; None where its answers do not tell."""
    look = {"sysctl": _sysctl, "sysfs": _sysfs, "cmdline": _cmdline, "module": _module,
            "service": _service, "pcie": _pcie}.get(each.kind)  # fmt: skip
    return look(each, voice) if look else None


def _sysctl(each: Parameter, voice: Voice) -> Reading | None:
    value = voice.object("sysctl").get(each.key)
    if not isinstance(value, str):
        return None
    return Reading(value, voice.proof("sysctl", f'"{each.key}"'))


def _module(each: Parameter, voice: Voice) -> Reading | None:
    """Return an option that is a setting of the kernel as well."""
    return _sysctl(each, voice) if each.key.startswith("sunrpc.") else None


def _sysfs(each: Parameter, voice: Voice) -> Reading | None:
    pattern = f"/sys/{each.key}"
    for question in ("kernel", "cpu"):
        told = voice.object(question)
        paths = [path for path in told if fnmatch.fnmatchcase(path, pattern)]
        values = {_active(str(told[path])) for path in paths}
        if values:
            return Reading(", ".join(sorted(values)), voice.proof(question, f'"{paths[0]}"'))
    return None


def _active(text: str) -> str:
    found = _CHOSEN.search(text)
    return found[1] if found else text.strip()


def _cmdline(each: Parameter, voice: Voice) -> Reading | None:
    line = voice.file("kernel", "/proc/cmdline")
    if line is None or voice.object("clock").get("container"):
        return None
    values = [w.partition("=")[2] for w in line.split() if w.partition("=")[0] == each.key]
    return Reading(values[-1] if values else "unset", voice.proof("kernel", '"/proc/cmdline"'))


def _service(each: Parameter, voice: Voice) -> Reading | None:
    if not voice.text("units"):
        return None
    unit = f"Id={each.key}.service"
    block = next((b for b in voice.text("units").split("\n\n") if unit in b.splitlines()), "")  # type: ignore[union-attr]
    running = "ActiveState=active" in block.splitlines()
    return Reading("on" if running else "off", voice.proof("units", unit))


def _pcie(each: Parameter, voice: Voice) -> Reading | None:
    """Return whether bridges redirect what GPUs send each other."""
    told = voice.facts("lspci") if each.key == "acs" else None
    switches = [d for d in told.devices if d.access_control is not None] if told else []
    on = [d for d in switches if "SrcValid" in d.access_control or "ReqRedir" in d.access_control]
    if not switches:
        return None
    return Reading("on" if on else "off", voice.proof("lspci", "ACSCtl:", "+"))


def _alike(value: str, wanted: str) -> bool:
    return " ".join(value.split()) == " ".join(wanted.split())


def _gap(each: Parameter, node: NodeSeen, found: Reading) -> Draft:
    wanted = each.value.value
    sure = each.confidence != "estimate"
    return Draft(
        id=f"tuning.{each.name}",
        topic="tuning",
        gravity="warning" if sure else "notice",
        node=node.node,
        message=f"{each.key} is not as such nodes are set",
        proof=found.proof,
        found=found.value,
        wanted=wanted,
        why=each.note or "what public images and deployments of such nodes have in common",
        command=_command(each, wanted),
        source=each.source,
        confidence=each.confidence,
    )


def _command(each: Parameter, wanted: str) -> str:
    """Return what sets a parameter until the next boot, or what looks further."""
    words: Sequence[str]
    if each.kind in ("sysctl", "module"):
        words = ("sysctl", "-w", f"{each.key}={wanted}")
    elif each.kind == "service":
        words = ("systemctl", "disable" if wanted == "off" else "enable", "--now", each.key)
    elif each.kind == "cmdline":
        words = ("cat", "/proc/cmdline")
    elif each.kind == "pcie":
        words = ("lspci", "-vvv")
    else:
        words = ("grep", "-r", ".", f"/sys/{each.key}")
    return shlex.join(words)
