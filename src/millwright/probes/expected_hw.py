"""What a node should have, or once had: manifests and records of Meta's GPU cluster monitoring.

A manifest lists PCI devices, ports and disks; a record holds `ip -j addr`, `lldpctl` and speeds of
Ethernet ports, or files of /sys by path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import lldpctl, metrics
from millwright.probes.json_node import Node, document
from millwright.probes.lldpctl import Neighbour
from millwright.probes.reading import Problem, Reading, count, is_simulated, number
from millwright.probes.sysfs_adapters import SysfsAdapter, adapters_of
from millwright.probes.sysfs_adapters import measured as measured_adapter
from millwright.probes.sysfs_infiniband import is_files, texts_of
from millwright.units import gbps

TOOL = "expected-hw"
_PARTS = ("pci", "eth", "ib", "disks")
_RECORD = ("intf_status", "link_speed", "lldp_status")
_NUMBERS = re.compile(r"\d{1,5}(?:\.\d{1,2})?")
_NET = re.compile(
    r".*/(?P<slot>[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])/net/(?P<name>[^/]{1,30})"
    r"/(?P<what>operstate|mtu|speed|address)$"
)
_LINK = re.compile(
    r".*/(?P<slot>[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])/current_link_(?P<what>speed|width)$"
)


@dataclass(frozen=True, slots=True)
class ExpectedPci:
    """A PCI device that should be there, its link at this speed and width."""

    address: str
    kind: str | None
    device: str | None
    zone: str | None
    slot: str | None
    speed_gt_s: float | None
    width: int | None


@dataclass(frozen=True, slots=True)
class ExpectedPort:
    """An Ethernet port that should be there."""

    name: str
    speed_mbps: int | None
    mtu: int | None
    physical: bool | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpectedAdapter:
    """An InfiniBand interface with its adapter and what the fabric should call it."""

    name: str
    adapter: str | None
    description: str | None


@dataclass(frozen=True, slots=True)
class ExpectedDisk:
    """A disk that should be in a slot."""

    slot: str
    device: str | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface as `ip -j addr` or the kernel's files had it; the files alone tell its slot."""

    name: str
    state: str | None
    flags: tuple[str, ...]
    mtu: int | None
    master: str | None
    address: str | None
    speed_mbps: int | None
    slot: str | None = None

    @property
    def up(self) -> bool:
        """Whether it carries."""
        return self.state == "UP" and (self.slot is not None or "LOWER_UP" in self.flags)


@dataclass(frozen=True, slots=True)
class PciLink:
    """A link as it had trained."""

    slot: str
    speed_gt_s: float | None
    width: int | None


@dataclass(frozen=True, slots=True)
class Expected:
    """All of a document; what it does not hold is empty."""

    pci: tuple[ExpectedPci, ...] = ()
    ports: tuple[ExpectedPort, ...] = ()
    adapters: tuple[ExpectedAdapter, ...] = ()
    disks: tuple[ExpectedDisk, ...] = ()
    ib_rate: str | None = None
    ib_firmware: tuple[str, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    seen: tuple[SysfsAdapter, ...] = ()
    links: tuple[PciLink, ...] = ()


def command(path: str) -> list[str]:
    """Return how to get a document that lies on a node."""
    return ["cat", "--", path]


def read(text: str) -> Reading[Expected]:
    """Return what the document expects or remembers."""
    tree, problems = document(text, expected=_is_known)
    facts, gaps, measurements = Expected(), list[Problem](), list[Measurement]()
    if any(tree.at(key).value is not None for key in _PARTS):
        facts = _manifest(tree)
    elif any(tree.at(key).value is not None for key in _RECORD):
        facts, gaps = _record(tree)
        measurements = list(_speeds(facts))
    elif tree.members:
        facts, gaps = _files(tree)
        measurements = [found for each in facts.seen for found in measured_adapter(each)]
        measurements += _links(facts)
    problems += gaps
    return Reading(TOOL, facts, tuple(measurements), tuple(problems), is_simulated(text))


def _is_known(node: Node) -> bool:
    return any(node.at(key).value is not None for key in (*_PARTS, *_RECORD)) or is_files(node)


def _manifest(tree: Node) -> Expected:
    ib = tree.at("ib")
    firmware = ib.first("firmware_version", "firmware", "fw_ver")
    return Expected(
        pci=tuple(_pci(address, told) for address, told in tree.at("pci").members),
        ports=tuple(_port(name, told) for name, told in tree.at("eth").members),
        adapters=tuple(
            ExpectedAdapter(name, told.at("mlx").said, told.at("desc").said)
            for name, told in ib.at("interfaces").members
        ),
        disks=tuple(
            ExpectedDisk(slot, told.at("blockdev").said, told.at("size").whole)
            for slot, told in tree.at("disks").members
        ),
        ib_rate=next(_words(ib.first("link_rate", "rate")), None),
        ib_firmware=tuple(_words(firmware)),
    )


def _words(node: Node) -> Iterator[str]:
    yield from filter(None, (each.said for each in node.entries or (node,)))


def _pci(address: str, told: Node) -> ExpectedPci:
    speeds = [found for each in _words(told.at("link_speed")) if (found := _NUMBERS.match(each))]
    return ExpectedPci(
        address=address,
        kind=told.at("type").said,
        device=told.at("dev").said,
        zone=told.at("zone").said,
        slot=told.at("slot").said,
        speed_gt_s=float(speeds[0][0]) if speeds else None,
        width=told.at("link_width").whole,
    )


def _port(name: str, told: Node) -> ExpectedPort:
    return ExpectedPort(
        name=name,
        speed_mbps=told.at("speed").whole,
        mtu=told.at("mtu").whole,
        physical=told.at("phys").flag,
        flags=tuple(_words(told.at("flags"))),
    )


def _record(tree: Node) -> tuple[Expected, list[Problem]]:
    speeds = tree.at("link_speed")
    problems: list[Problem] = []
    interfaces = []
    for entry in tree.at("intf_status").entries:
        name = entry.at("ifname").said
        if name is None:
            problems.append(Problem("an interface has no name"))
            continue
        interfaces.append(_interface(name, entry, speeds))
    heard = lldpctl.neighbours_of(tree.at("lldp_status"), problems)
    return Expected(interfaces=tuple(interfaces), neighbours=heard), problems


def _interface(name: str, entry: Node, speeds: Node) -> Interface:
    # Without a link the kernel says -1.
    speed = speeds.at(name).whole
    return Interface(
        name=name,
        state=entry.at("operstate").said,
        flags=tuple(_words(entry.at("flags"))),
        mtu=entry.at("mtu").whole,
        master=entry.first("master", "main").said,
        address=entry.at("address").said,
        speed_mbps=speed if speed is not None and speed > 0 else None,
    )


def _speeds(facts: Expected) -> Iterator[Measurement]:
    for each in facts.interfaces:
        if each.up and each.speed_mbps is not None:
            yield metrics.NIC_PORT_RATE.of(gbps(each.speed_mbps), each.name)


def _files(tree: Node) -> tuple[Expected, list[Problem]]:
    files = texts_of(tree)
    seen, problems = adapters_of(files)
    links: dict[str, dict[str, str]] = {}
    nets: dict[tuple[str, str], dict[str, str]] = {}
    for path, text in files.items():
        if found := _LINK.match(path):
            links.setdefault(found["slot"], {})[found["what"]] = text.strip()
        elif found := _NET.match(path):
            nets.setdefault((found["slot"], found["name"]), {})[found["what"]] = text.strip()
    return Expected(
        interfaces=tuple(_net(slot, name, told) for (slot, name), told in nets.items()),
        seen=tuple(seen),
        links=tuple(PciLink(slot, _speed(it), _width(it)) for slot, it in links.items()),
    ), problems


def _net(slot: str, name: str, told: dict[str, str]) -> Interface:
    state = told.get("operstate")
    speed = count(told.get("speed"))
    return Interface(
        name=name,
        state=state.upper() if state else None,
        flags=(),
        mtu=count(told.get("mtu")),
        master=None,
        address=told.get("address"),
        speed_mbps=speed if speed is not None and speed > 0 else None,
        slot=slot,
    )


def _speed(told: dict[str, str]) -> float | None:
    """Return GT/s of `16.0 GT/s PCIe`, as newer kernels write it, or of `16 GT/s`."""
    return number(" ".join(told.get("speed", "").split()[:2]))


def _width(told: dict[str, str]) -> int | None:
    width = number(told.get("width"))
    return int(width) if width and width.is_integer() else None


def _links(facts: Expected) -> Iterator[Measurement]:
    for link in facts.links:
        if link.speed_gt_s is not None:
            yield metrics.PCIE_LINK_SPEED.of(link.speed_gt_s, link.slot)
        if link.width is not None:
            yield metrics.PCIE_LINK_WIDTH.of(link.width, link.slot)
