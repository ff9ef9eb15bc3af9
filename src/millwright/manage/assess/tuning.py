"""Settings held against the tuning notes for a node's role, as far as a recording shows them.

How files are mounted is told as a bottleneck.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping

from millwright.manage.assess.draft import Draft
from millwright.manage.assess.voice import Voice
from millwright.manage.tune.notes import Host, suits, wanted
from millwright.manage.tune.verify import fold_of
from millwright.manage.tune.wants import complies
from millwright.model.assessment import NodeSeen, Proof
from millwright.model.catalog import Catalog
from millwright.model.parameters import Traits
from millwright.model.tuned import Value
from millwright.model.tuning import NodeRole, Wanted

_ROLES: Mapping[str, NodeRole] = {"compute": "training", "head": "head", "storage": "storage"}
"""A node that computes is held against training: whether it answers instead, nobody told."""
_CHOSEN = re.compile(r"\[([^\]]+)\]")
Found = tuple[tuple[Value, ...], Proof]
_NOTHING: Found = ((), Proof(node="", question=""))


def tuning(
    node: NodeSeen, voice: Voice, catalog: Catalog, hardening: frozenset[str]
) -> Iterator[Draft]:
    """Yield what a node has otherwise than the notes for it; `hardening` names parameters that are
    no matter of speed. Of two notes with one parameter the first is told."""
    role = _ROLES.get(node.role)
    if role is None:
        return
    host = _host(node, role, voice)
    seen: set[tuple[str, str]] = set()
    for note in catalog.tuning_notes.values():
        if suits(note, host):
            continue
        for want in wanted(note, catalog, host):
            place = (want.kind, want.key)
            if want.name in hardening or place in seen or not want.want:
                continue
            seen.add(place)
            values, proof = reading(want, node, voice)
            if any(complies(want.want, value) is False for value in values):
                yield _gap(want, node, fold_of(values), proof)


def _host(node: NodeSeen, role: NodeRole, voice: Voice) -> Host:
    vendor = "amd" if voice.text("amd-smi-static") else "nvidia" if node.gpus else ""
    layers = {each.layer for each in node.adapters}
    fabric = "roce" if "Ethernet" in layers else "infiniband" if "InfiniBand" in layers else ""
    traits = Traits(computes=role == "training", vendor=vendor, fabric=fabric)
    system = next(
        (s for s in ("debian", "ubuntu", "rocky") if s in (node.system or "").lower()), ""
    )
    virtual = str(voice.object("clock").get("container") or node.virtual or "")
    return Host(node.node, frozenset({role}), traits, system, virtual=virtual)


def reading(want: Wanted, node: NodeSeen, voice: Voice) -> Found:
    """Return what a node says of a parameter, by instance; nothing where its answers do not
    tell."""
    look = _LOOKS.get(want.kind)
    return look(want.key, node, voice) if look else _NOTHING


def _sysctl(key: str, node: NodeSeen, voice: Voice) -> Found:
    value = voice.object("sysctl").get(key)
    if not isinstance(value, str):
        return _NOTHING
    return (Value("sysctl", key, "", value),), voice.proof("sysctl", f'"{key}"')


def _sysfs(key: str, node: NodeSeen, voice: Voice) -> Found:
    for question in ("kernel", "cpu"):
        told = voice.object(question)
        paths = [path for path in told if fnmatch.fnmatchcase(path, f"/sys/{key}")]
        values = tuple(_instance(key, path, str(told[path])) for path in paths)
        if values:
            return values, voice.proof(question, f'"{paths[0]}"')
    return _NOTHING


def _instance(key: str, path: str, text: str) -> Value:
    found = _CHOSEN.search(text)
    among = tuple(text.replace("[", " ").replace("]", " ").split()) if found else ()
    return Value("sysfs", key, path, found[1] if found else text.strip(), among=among)


def _cmdline(key: str, node: NodeSeen, voice: Voice) -> Found:
    line = voice.file("kernel", "/proc/cmdline")
    if line is None or voice.object("clock").get("container"):
        return _NOTHING
    values = [w.partition("=")[2] for w in line.split() if w.partition("=")[0] == key]
    value = Value("cmdline", key, "", values[-1] if values else "")
    return (value,), voice.proof("kernel", '"/proc/cmdline"')


def _service(key: str, node: NodeSeen, voice: Voice) -> Found:
    text = voice.text("units")
    if not text:
        return _NOTHING
    unit = f"Id={key}.service"
    block = next((b for b in text.split("\n\n") if unit in b.splitlines()), "")
    running = "ActiveState=active" in block.splitlines()
    return (Value("service", key, "", "on" if running else "off"),), voice.proof("units", unit)


def _pcie(key: str, node: NodeSeen, voice: Voice) -> Found:
    """Return whether bridges redirect what GPUs send each other."""
    told = voice.facts("lspci") if key == "acs" else None
    bridges = [d for d in told.devices if d.access_control is not None] if told else []
    redirecting = ("SrcValid", "ReqRedir")
    values = tuple(
        Value("pcie", key, d.slot, "on" if set(redirecting) & set(d.access_control) else "off")
        for d in bridges
    )
    return values, voice.proof("lspci", "ACSCtl:", "+")


_LOOKS: Mapping[str, Callable[[str, NodeSeen, Voice], Found]] = {
    "sysctl": _sysctl,
    "sysfs": _sysfs,
    "cmdline": _cmdline,
    "service": _service,
    "pcie": _pcie,
}


def _gap(want: Wanted, node: NodeSeen, found: str, proof: Proof) -> Draft:
    return Draft(
        id=f"tuning.{want.name}",
        topic="tuning",
        gravity="warning" if want.gates else "notice",
        node=node.node,
        message=f"{want.key} is not as note {want.note} has it",
        proof=proof,
        found=found,
        wanted=want.want,
        why=want.why,
        command=f"millwright manage tune show {want.note}",
        source=want.source,
        confidence=want.confidence,
    )
