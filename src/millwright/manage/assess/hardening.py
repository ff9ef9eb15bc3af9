"""How open a node is, held against the catalogue's settings that close one, as far as a recording
shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from millwright.manage.assess.draft import Draft
from millwright.manage.assess.voice import Voice
from millwright.model.assessment import NodeSeen
from millwright.model.catalog import Catalog
from millwright.model.hardening import Hardening
from millwright.model.platform import Parameter

_SAME = {"without-password": "prohibit-password"}
"""Words of sshd that mean another one."""
_STRICTER = {"permitrootlogin": frozenset({"no", "forced-commands-only"})}
_PRIVATE = re.compile(r"(?:/id_[^/]*|_key|\.key|\.keys|/shadow|/gshadow|\.keytab|admin\.conf)$")
_WIDE = frozenset({"0.0.0.0", "*", "[::]"})
_GRAVE = {
    "permitrootlogin": "yes",
    "passwordauthentication": "yes",
    "permitemptypasswords": "yes",
    "hostbasedauthentication": "yes",
}


def sensitive(catalog: Catalog) -> frozenset[str]:
    """Return the names of parameters that some hardening setting asks for, or that come with
    them: theirs is not a matter of speed."""
    asked = {each.key for each in catalog.hardening.values() if each.kind == "parameter"}
    return frozenset(
        name
        for name, each in catalog.parameters.items()
        if name in asked or each.source in ("lynis",)
    )


def hardening(node: NodeSeen, voice: Voice, catalog: Catalog) -> Iterator[Draft]:
    """Yield what leaves a node more open than the catalogue's settings."""
    gateway = node.role in ("head", "login")
    for each in catalog.hardening.values():
        if each.on == ("others" if gateway else "gateways"):
            continue
        if each.kind == "sshd":
            yield from _sshd(each, node, voice)
        elif each.kind == "mode":
            yield from _mode(each, node, voice)
        elif each.kind == "login":
            yield from _login(each, node, voice)
        elif each.kind == "module":
            yield from _module(each, node, voice)
    for name in sensitive(catalog):
        yield from _parameter(catalog.parameters[name], node, voice)
    yield from _keys(node, voice)
    yield from _sudo(node, voice)
    yield from _listening(node, voice)


def _sshd(each: Hardening, node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    key = each.key.lower()
    line = next((x for x in (voice.text("sshd") or "").splitlines() if x.startswith(f"{key} ")), "")
    value = line.partition(" ")[2].strip()
    value = _SAME.get(value, value)
    if not line or value.lower() == each.value.lower() or value in _STRICTER.get(key, ()):
        return
    grave = _GRAVE.get(key) == value
    yield _gap(
        each,
        node,
        voice.proof("sshd", f"{key} "),
        message=f"the SSH server says {each.key} {value}",
        found=value,
        gravity="warning" if grave else "notice",
        command="sshd -T",
    )


def _gap(each: Hardening, node: NodeSeen, proof: Any, **words: Any) -> Draft:
    return Draft(
        id=f"hardening.{each.name}",
        topic="hardening",
        node=node.node,
        proof=proof,
        wanted=each.value,
        why=each.note or f"asked for by {', '.join(each.rules)}",
        source=each.source,
        confidence=each.confidence,
        **words,
    )


def _mode(each: Hardening, node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    told = voice.object("modes").get(each.key)
    if not isinstance(told, list) or not told or not re.fullmatch(r"[0-7]{3,4}", str(told[0])):
        return
    if int(str(told[0]), 8) & ~int(each.value, 8):
        yield _gap(
            each,
            node,
            voice.proof("modes", f'"{each.key}"'),
            device=each.key,
            message="a file is open wider than it should be",
            found=str(told[0]),
            gravity="notice",
            command=shlex.join(["chmod", each.value, each.key]),
        )


def _login(each: Hardening, node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    text = voice.file("policy", "/etc/login.defs")
    if text is None:
        return
    found = re.findall(rf"^\s*{re.escape(each.key)}\s+(\S{{1,80}})", text, re.M)
    value = found[-1] if found else "unset"
    if value != each.value:
        yield _gap(
            each,
            node,
            voice.proof("policy", each.key),
            device="login.defs",
            message=f"{each.key} of logins is {value}",
            found=value,
            gravity="notice",
            command=shlex.join(["grep", each.key, "/etc/login.defs"]),
        )


def _module(each: Hardening, node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    loaded = {line.split()[0] for line in (voice.file("kernel", _MODULES) or "").splitlines()}
    if each.key.replace("-", "_") in loaded and not voice.object("clock").get("container"):
        yield _gap(
            each,
            node,
            voice.proof("kernel", '"/proc/modules"'),
            device=each.key,
            message="a kernel module is loaded that nodes do without",
            found="loaded",
            gravity="notice",
            command=shlex.join(["modprobe", "-r", each.key]),
        )


_MODULES = "/proc/modules"


def _parameter(each: Parameter, node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    value = voice.object("sysctl").get(each.key) if each.kind == "sysctl" else None
    wanted = each.value.value
    if not isinstance(value, str) or value == wanted or _closer(each.key, value, wanted):
        return
    yield Draft(
        id=f"hardening.{each.name}",
        topic="hardening",
        gravity="notice",
        node=node.node,
        message=f"{each.key} leaves the kernel more open",
        proof=voice.proof("sysctl", f'"{each.key}"'),
        found=value,
        wanted=wanted,
        why=each.note or "asked for by lynis KRNL-6000",
        command=shlex.join(["sysctl", "-w", f"{each.key}={wanted}"]),
        source=each.source,
        confidence=each.confidence,
    )


_HIGHER_IS_CLOSER = ("kernel.kptr_restrict", "kernel.yama.ptrace_scope", "kernel.dmesg_restrict",
                     "kernel.unprivileged_bpf_disabled", "net.core.bpf_jit_harden")  # fmt: skip


def _closer(key: str, value: str, wanted: str) -> bool:
    both = value.isdigit() and wanted.isdigit()
    return key in _HIGHER_IS_CLOSER and both and int(value) > int(wanted)


def _keys(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    """Yield secrets that others than their owner may read."""
    for path, told in voice.object("modes").items():
        mode = str(told[0]) if isinstance(told, list) and told else ""
        if not _PRIVATE.search(path) or not re.fullmatch(r"[0-7]{3,4}", mode):
            continue
        everybody, group = int(mode, 8) & 0o007, int(mode, 8) & 0o070
        guarded = told[2:3] != [0] and path.startswith(("/etc/shadow", "/etc/gshadow"))
        if everybody or (group and not guarded and not path.endswith((".key", ".keys"))):
            yield Draft(
                id="hardening.secret-readable",
                topic="hardening",
                gravity="critical" if everybody else "warning",
                node=node.node,
                device=path,
                message="a secret is readable for others than its owner",
                proof=voice.proof("modes", f'"{path}"'),
                found=mode,
                wanted="0600",
                why="whoever is on the node can take it; take it as lost, and make a new one",
                command=shlex.join(["chmod", "0600", path]),
                blocks=bool(everybody),
                source="lynis",
                confidence="spec",
            )


def _sudo(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    told = voice.object("people").get("sudoers")
    for path, rules in told.items() if isinstance(told, Mapping) else ():
        for rule in rules if isinstance(rules, list) else ():
            if isinstance(rule, list) and len(rule) == 2 and rule[1] is True:
                yield Draft(
                    id="hardening.sudo-without-password",
                    topic="hardening",
                    gravity="notice",
                    node=node.node,
                    device=str(rule[0]),
                    message="somebody becomes root without being asked again",
                    proof=voice.proof("people", f'"{path}"'),
                    found=f"{rule[0]} in {path}",
                    why="a stolen session is root's; automation needs it, people do not",
                    command=shlex.join(["visudo", "-c", "-f", path]),
                    source="lynis",
                    confidence="spec",
                )


def _listening(node: NodeSeen, voice: Voice) -> Iterator[Draft]:
    """Yield services that listen on all addresses and speak without encryption or a login."""
    for line in (voice.text("listening") or "").splitlines():
        cells = line.split()
        if len(cells) < 5:
            continue
        host, _, port = cells[4].rpartition(":")
        name = _OPEN.get(port)
        if name and host in _WIDE:
            yield Draft(
                id="hardening.open-service",
                topic="hardening",
                gravity="warning" if port in _BARE else "notice",
                node=node.node,
                device=f"port {port}",
                message=f"{name} listens on every address",
                proof=voice.proof("listening", f":{port}"),
                found=cells[4],
                wanted="the address of the network that needs it, or a firewall before it",
                why="it asks nobody who he is",
                command=shlex.join(["ss", "-ltnp", f"sport = :{port}"]),
            )


_BARE = frozenset(
    {"21", "23", "111", "512", "513", "514", "2049", "6379", "11211", "2375", "10255"}
)
_OPEN = {
    "21": "FTP", "23": "telnet", "111": "the port mapper", "512": "rexec", "513": "rlogin",
    "514": "rsh", "2375": "Docker without TLS", "6379": "Redis", "9100": "the node exporter",
    "9400": "the GPU exporter", "9090": "Prometheus", "10255": "kubelet's open port",
    "11211": "memcached",
}  # fmt: skip
