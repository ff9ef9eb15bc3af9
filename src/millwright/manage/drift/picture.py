"""A node as it is compared: its traits, and what is its own and no peer has to share.

What counts or flows (counters, temperatures, states of power) is in no picture, and never drift.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from millwright.manage.assess.inventory import node_of
from millwright.manage.assess.traits import Trait, traits_of
from millwright.manage.assess.voice import Voice
from millwright.model.assessment import NodeSeen
from millwright.model.drift import Held, Picture

LISTS: Mapping[str, tuple[str, ...]] = {
    "package.": ("dpkg", "rpm"),
    "unit.": ("unit-files",),
    "mount.": ("mounts",),
    "person.": ("people",),
    "keys.": ("people",),
    "group.": ("people",),
    "sudo.": ("people",),
    "listen.": ("listening",),
}
"""Items of lists by how their keys begin, and who lists them: what is not named is absent.

Settings of the kernel are no list: one that could not be read is not told, and neither is one
whose module is gone.
"""
OWN = ("gpu.", "adapter.", "serial", "drives", "keys.", "person.", "pcie-width.", "listen.")
"""Items that are a node's own: no peer says what they should be."""
_COUNTED = ("memory",)
"""Traits that follow from a boot, not from a change."""
_EPHEMERAL_FROM = 32768
"""Linux hands out ports from here to whoever asks: they come and go."""
_PCI_CLASSES = ("0x0302", "0x0300", "0x1200", "0x0207", "0x0200", "0x0108")
"""Accelerators, network adapters and NVMe drives."""


def picture_of(voice: Voice, at: str, also: Iterable[str] = ()) -> tuple[Picture, NodeSeen]:
    """Return what is compared of one node, and the node as it describes itself.

    `also` are items that are declared: settings of the kernel among them are compared even where
    peers need not share them.
    """
    node = node_of(voice)
    items = {
        trait.key: Held(value=_plain(trait.value), heart=trait.heart, question=trait.question)
        for trait in (*traits_of(voice, node), *_own(voice, node), *_named(voice, also))
        if trait.key not in _COUNTED
    }
    answered = tuple(sorted(name for name in voice.heard if not voice.why(name)))
    told = _pairs(voice.object("people").get("sudoers"))
    untold = tuple(f"sudo.{path}" for path, rules in told if rules is None)
    picture = Picture(node=voice.node, at=at, items=items, answered=answered, untold=untold)
    return picture, node


def _plain(value: str) -> str:
    return " ".join(value.split())


_DEED = re.compile(r"(\S{10} \S{8}) (install|upgrade|remove|purge) ([^\s:]+)\S* ")


def logged(voice: Voice, key: str) -> str:
    """Return when a package was last touched by the node's own log, in the node's time.

    What is older than the end of the log that was read is not known.
    """
    name = key.removeprefix("package.")
    if name == key:
        return ""
    for line in reversed((voice.text("dpkg-log") or "").splitlines()):
        deed = _DEED.match(line)
        if deed and deed[3] == name:
            return f"dpkg: {deed[2]} at {deed[1]}"
    return ""


def _named(voice: Voice, keys: Iterable[str]) -> Iterator[Trait]:
    told = voice.object("sysctl")
    for key in keys:
        name = key.removeprefix("sysctl.")
        if name != key and isinstance(told.get(name), str):
            yield Trait(key, name, told[name], "sysctl")


def asked_by(key: str) -> str:
    """Return which question tells an item that may be of no picture yet; empty if nobody knows."""
    if key.startswith("sysctl."):
        return "sysctl"
    return next(iter(lister(key)), _SINGLE.get(key, ""))


_SINGLE = {"cmdline": "kernel", "huge-pages": "kernel", "governor": "cpu"}


def lister(key: str) -> tuple[str, ...]:
    """Return who lists an item; nothing where it is of no list."""
    return next((who for prefix, who in LISTS.items() if key.startswith(prefix)), ())


def _own(voice: Voice, node: NodeSeen) -> Iterator[Trait]:
    yield from _serials(voice, node)
    yield from _people(voice)
    yield from _listening(voice)
    yield from _time(voice)
    yield from _buses(voice)


def _serials(voice: Voice, node: NodeSeen) -> Iterator[Trait]:
    asked = "nvidia-smi-xml" if voice.text("nvidia-smi-xml") else "amd-smi-static"
    for gpu in node.gpus:
        told = {"serial": gpu.serial, "uuid": gpu.uuid}
        value = " ".join(f"{key} {word}" for key, word in told.items() if word)
        if value and not gpu.lost:
            yield Trait(f"gpu.{gpu.index}", f"part in place of GPU {gpu.index}", value, asked)
    if node.serial:
        yield Trait("serial", "serial number of the machine", node.serial, "dmidecode")
    drives = sorted(f"{disk.serial}" for disk in node.disks if disk.serial)
    if drives:
        yield Trait("drives", "serial numbers of drives", " ".join(drives), "lsblk")
    told = voice.facts("ibstat")
    for each in told.adapters if told is not None else ():
        guids = " ".join(port.guid for port in each.ports if port.guid)
        if guids:
            yield Trait(f"adapter.{each.name}", f"GUIDs of {each.name}", guids, "ibstat")


def _people(voice: Voice) -> Iterator[Trait]:
    told = voice.object("people")
    for name, person in _pairs(told.get("people")):
        if isinstance(person, dict):
            value = f"uid={person.get('uid')} shell={person.get('shell')}"
            yield Trait(f"person.{name}", f"account {name}", value, "people")
            keys = sorted(str(each[-1]) for each in person.get("keys") or [] if each)
            if keys:
                yield Trait(f"keys.{name}", f"SSH keys of {name}", " ".join(keys), "people")
    for name, members in _pairs(told.get("groups")):
        if isinstance(members, list) and members:
            yield Trait(f"group.{name}", f"group {name}", " ".join(map(str, members)), "people")
    for path, rules in _pairs(told.get("sudoers")):
        if isinstance(rules, list) and rules:
            value = " ".join(sorted(json.dumps(rule) for rule in rules))
            yield Trait(f"sudo.{path}", f"rules in {path}", value, "people")


def _pairs(told: Any) -> Iterator[tuple[str, Any]]:
    yield from told.items() if isinstance(told, dict) else ()


_SOCKET = re.compile(r"^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d{1,5})\s")
_PROGRAM = re.compile(r'users:\(\("([^"]{1,64})"')


def _listening(voice: Voice) -> Iterator[Trait]:
    for line in (voice.text("listening") or "").splitlines():
        found = _SOCKET.match(line)
        if found is None or int(found[3]) >= _EPHEMERAL_FROM:
            continue
        program = _PROGRAM.search(line)
        key = f"listen.{found[1]}.{found[2]}:{found[3]}"
        heart = f"who listens on {found[1]} {found[2]}:{found[3]}"
        yield Trait(key, heart, program[1] if program else "somebody", "listening")


def _time(voice: Voice) -> Iterator[Trait]:
    cells = [line.split(",") for line in (voice.text("chronyc-sources") or "").splitlines()]
    servers = sorted({row[2] for row in cells if len(row) > 2})
    if servers:
        yield Trait("time-sources", "sources of time", " ".join(servers), "chronyc-sources")
    for line in (voice.text("timedatectl") or "").splitlines():
        key, _, value = line.partition("=")
        if key in ("Timezone", "NTP"):
            yield Trait(f"time.{key.lower()}", f"timedatectl {key}", value, "timedatectl")


def _buses(voice: Voice) -> Iterator[Trait]:
    """Yield widths of links; their speed falls at rest and says nothing."""
    told = voice.object("pcie")
    for path, class_ in told.items():
        if path.endswith("/class") and str(class_).startswith(_PCI_CLASSES):
            place = path.split("/")[-2]
            width = told.get(path.removesuffix("class") + "current_link_width")
            if isinstance(width, str) and width.strip() not in ("", "0"):
                yield Trait(f"pcie-width.{place}", f"PCIe lanes of {place}", width, "pcie")
