"""`lstopo` (hwloc 1 to 3), XML or text: packages, memory, and which devices hang where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from millwright.probes.endings import shown
from millwright.probes.lstopo_text import is_outline, outline_of
from millwright.probes.reading import Problem, Reading, count, is_simulated, said

TOOL = "lstopo"
_ROOT, _END = "<topology", "</topology>"
_PROLOGUE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE[^>\[]*>|<!--.*?-->", re.DOTALL)
_DEEPEST = 64
_CLASS = re.compile(r"(?P<class>[0-9a-f]{4}) \[(?P<vendor>[0-9a-f]{4}):(?P<device>[0-9a-f]{4})\b")
_OS_KINDS = ("storage", "gpu", "network", "openfabrics", "dma", "coprocessor", "memory")
_OS_BITS = ("storage", "memory", "gpu", "coprocessor", "network", "openfabrics", "dma")
_SOCKETS = ("Package", "Socket")


@dataclass(frozen=True, slots=True)
class MemoryNode:
    """A memory domain."""

    number: int | None
    memory_bytes: int | None
    package: int | None


@dataclass(frozen=True, slots=True)
class PciDevice:
    """A PCI device with the memory domains that are near it, as the machine's tables have them.

    `link_gbytes_per_s` is what its link carries at the speed and width it trained to.
    """

    slot: str
    class_id: str | None
    vendor_id: str | None
    device_id: str | None
    name: str | None
    link_gbytes_per_s: float | None
    nodes: str | None
    package: int | None


@dataclass(frozen=True, slots=True)
class OsDevice:
    """A device as the system calls it (`nvml0`, `mlx5_0`, `eth0`), on the PCI device it is."""

    name: str
    kinds: tuple[str, ...]
    slot: str | None
    nodes: str | None
    package: int | None


@dataclass(frozen=True, slots=True)
class Topology:
    """The machine; how many of what there are is None where nothing could be read."""

    product: str | None
    vendor: str | None
    packages: int | None
    cores: int | None
    cpus: int | None
    memory: tuple[MemoryNode, ...]
    pci: tuple[PciDevice, ...]
    devices: tuple[OsDevice, ...]

    def named(self, prefix: str) -> tuple[OsDevice, ...]:
        """Return devices whose name begins so (`nvml`, `mlx5_`)."""
        return tuple(each for each in self.devices if each.name.startswith(prefix))


@dataclass(frozen=True, slots=True)
class _Object:
    """One open element, with what those around it say of place."""

    attributes: Mapping[str, str]
    slot: str | None
    nodes: str | None
    package: int | None


class _TooDeep(ValueError):
    """More levels than any machine has."""


@dataclass(slots=True)
class _Collector:
    """Takes elements as the parser meets them, without a tree that a hostile text could grow."""

    depth: int = 0
    version: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    info: dict[str, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    memory: list[MemoryNode] = field(default_factory=list)
    pci: list[tuple[int, _Object]] = field(default_factory=list)
    devices: list[OsDevice] = field(default_factory=list)
    open: list[_Object | None] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) > _DEEPEST:
            raise _TooDeep
        if tag == "topology":
            self.version = attributes.get("version", "1.0")
        if tag == "info":
            self._info(attributes)
        self.open.append(self._object(attributes) if tag == "object" else None)

    def end(self, tag: str) -> None:
        self.open.pop()

    def close(self) -> None:
        """The parser wants one; nothing is kept open."""

    def _info(self, attributes: dict[str, str]) -> None:
        name, value = attributes.get("name", ""), attributes.get("value", "")
        inside = [each for each in self.open if each is not None]
        if len(inside) == 1:
            self.info.setdefault(name, value)
        if name == "PCIDevice" and self.pci and inside and inside[-1] is self.pci[-1][1]:
            self.names[self.pci[-1][0]] = value

    def _object(self, attributes: dict[str, str]) -> _Object:
        kind = attributes.get("type", "")
        nothing = _Object({}, None, None, None)
        around = next((each for each in reversed(self.open) if each is not None), nothing)
        own = attributes.get("nodeset") or attributes.get("complete_nodeset")
        found = _Object(
            attributes,
            slot=attributes.get("pci_busid") if kind == "PCIDev" else around.slot,
            nodes=own or around.nodes,
            package=count(attributes.get("os_index")) if kind in _SOCKETS else around.package,
        )
        self.counts[kind] += 1
        self._keep(kind, found)
        return found

    def _keep(self, kind: str, found: _Object) -> None:
        get = found.attributes.get
        if kind == "NUMANode":
            memory = count(get("local_memory"))
            self.memory.append(MemoryNode(count(get("os_index")), memory, found.package))
        elif kind == "PCIDev" and found.slot:
            self.pci.append((len(self.pci), found))
        elif kind == "OSDev" and get("name"):
            kinds = _kinds(get("osdev_type"), self.version)
            name = str(get("name"))
            self.devices.append(OsDevice(name, kinds, found.slot, found.nodes, found.package))


def command() -> list[str]:
    """Return what to ask a node."""
    return ["lstopo", "--of", "xml"]


def read(text: str) -> Reading[Topology]:
    """Return the machine; XML that is broken, cut, or that declares entities is a problem."""
    if is_outline(text.removeprefix("\ufeff")):
        return _from_text(text)
    collector = _Collector()
    problems = _parse(text, collector)
    if problems:
        collector = _Collector()
    elif not collector.counts:
        problems.append(Problem("no object is told"))
    problems += collector.problems
    topology = Topology(
        product=said(collector.info.get("DMIProductName")),
        vendor=said(collector.info.get("DMISysVendor") or collector.info.get("DMIBoardVendor")),
        packages=sum(collector.counts[kind] for kind in _SOCKETS) or None,
        cores=collector.counts["Core"] or None,
        cpus=collector.counts["PU"] or None,
        memory=tuple(collector.memory),
        pci=tuple(_pci(found, collector.names.get(at)) for at, found in collector.pci),
        devices=tuple(collector.devices),
    )
    return Reading(TOOL, topology, (), tuple(problems), is_simulated(text))


def _from_text(text: str) -> Reading[Topology]:
    outline = outline_of(text)
    pci = (
        PciDevice(slot, None, None, None, kind, None, None, package)
        for slot, kind, package in outline.pci
    )
    topology = Topology(
        product=None,
        vendor=None,
        packages=outline.counts["Package"] or None,
        cores=outline.counts["Core"] or None,
        cpus=outline.counts["PU"] or None,
        memory=tuple(MemoryNode(number, None, package) for number, package in outline.memory),
        pci=tuple(pci),
        devices=tuple(
            OsDevice(name, (kind,), slot, None, package)
            for name, kind, slot, package in outline.devices
        ),
    )
    return Reading(TOOL, topology, (), tuple(outline.problems), is_simulated(text))


def _parse(text: str, collector: _Collector) -> list[Problem]:
    """Feed the document to a parser; return what is wrong with it or around it."""
    start, end = text.find(_ROOT), text.rfind(_END)
    if start < 0 or end < start:
        return [Problem("this is no whole topology in XML")]
    before = _PROLOGUE.sub("", text[:start].removeprefix("\ufeff")).strip()
    after = text[end + len(_END) :].strip()
    body = text[start : end + len(_END)]
    if "<!ENTITY" in text or "<!DOCTYPE" in body:
        return [Problem("entities are declared: refused")]
    parser = ElementTree.XMLParser(target=collector)
    try:
        parser.feed(body)
        parser.close()
    except (ElementTree.ParseError, ValueError, _TooDeep) as error:
        return [Problem(f"the XML is broken: {shown(str(error))}")]
    told = (("before", before), ("after", after))
    strays = [Problem(f"text {where} the XML: {shown(words)}") for where, words in told if words]
    # What is around a whole document is no part of it: the facts stand.
    collector.problems += strays
    return []


def _pci(found: _Object, name: str | None) -> PciDevice:
    get = found.attributes.get
    kind = _CLASS.match(get("pci_type") or "")
    speed = re.fullmatch(r"\d{1,4}\.\d{1,9}", get("pci_link_speed") or "")
    link = float(speed[0]) if speed else None
    return PciDevice(
        slot=found.slot or "",
        class_id=kind["class"] if kind else None,
        vendor_id=kind["vendor"] if kind else None,
        device_id=kind["device"] if kind else None,
        name=name or get("name"),
        link_gbytes_per_s=link or None,
        nodes=found.nodes,
        package=found.package,
    )


def _kinds(told: str | None, version: str) -> tuple[str, ...]:
    """Return what a device is for: hwloc 2 numbers one kind, hwloc 3 sets a bit for each."""
    number = count(told)
    if number is None:
        return ()
    if version.startswith("3"):
        return tuple(kind for bit, kind in enumerate(_OS_BITS) if number >> bit & 1)
    return (_OS_KINDS[number],) if number < len(_OS_KINDS) else ()
