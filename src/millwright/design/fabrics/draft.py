"""The design while it is being drawn: devices that have no place yet, cables as columns,
remarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from millwright.model.cluster import Address, CableTable, LinkCount, Role
from millwright.model.finding import Finding, Severity


@dataclass(slots=True)
class Draft:
    """A device that still waits for its rack and addresses.

    `birth` is the node place (counted over the factory) whose arrival makes the device necessary:
    places are handed out in this order, so that growth appends.
    """

    name: str
    role: Role
    kind: str
    model: str
    birth: int = 0
    fabric: str | None = None
    pool: str | None = None
    unit: int | None = None
    group: int | None = None
    plane: int | None = None
    rail: int | None = None
    pod: int | None = None
    rack: str | None = None
    u: int | None = None
    height_u: int = 0
    external: bool = False
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Lay:
    """What all cables of one run have in common.

    `ends` are the words for the two kinds of devices in link counts; `counted` is False for cables
    that are no link of a fabric (back-to-back, splitter heads).
    """

    fabric: str
    medium: str
    cable: str
    gbps: float
    ends: tuple[str, str]
    plane: int = 0
    rail: int = 0


@dataclass(frozen=True, slots=True)
class Plug:
    """A transceiver that has to be bought: what it fits, and where it goes."""

    connector: str
    medium: str
    gbps: float
    ports: int
    location: str


@dataclass(slots=True)
class Drawing:
    """Everything drawn so far. `assemblies` counts cables that are bought by the piece and carry
    several rows (splitters, twin copper): (catalogue name, location) -> pieces instead of rows."""

    devices: list[Draft] = field(default_factory=list)
    cables: CableTable = field(default_factory=CableTable)
    links: Counter[tuple[str, str, str, float, int]] = field(default_factory=Counter)
    plugs: Counter[Plug] = field(default_factory=Counter)
    pieces: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def lay(
        self,
        lay: Lay,
        a: tuple[Sequence[str], Sequence[str]],
        b: tuple[Sequence[str], Sequence[str]],
        bundle: str,
    ) -> None:
        """Add one cable for each position: `a` and `b` are (devices, ports), columns of equal
        length."""
        count = len(a[0])
        table = self.cables
        table.fabric.extend([lay.fabric] * count)
        table.plane.extend([lay.plane] * count)
        table.rail.extend([lay.rail] * count)
        table.a_device.extend(a[0])
        table.a_port.extend(a[1])
        table.b_device.extend(b[0])
        table.b_port.extend(b[1])
        table.medium.extend([lay.medium] * count)
        table.cable.extend([lay.cable] * count)
        table.bundle.extend([bundle] * count)
        table.length_m.extend([0] * count)
        self.links[lay.fabric, *lay.ends, lay.gbps, lay.plane or 1] += count

    def buy(self, cable: str, location: str, pieces: int) -> None:
        """Count cable assemblies; runs of single fibres pass as many pieces as rows."""
        if pieces:
            self.pieces[cable, location] += pieces

    def plug(self, plug: Plug, count: int) -> None:
        """Count transceivers."""
        if count:
            self.plugs[plug] += count

    def remark(
        self, rule: str, severity: Severity, where: str, message: str, hint: str = ""
    ) -> None:
        """Add a finding, once."""
        finding = Finding(rule=rule, severity=severity, where=where, message=message, hint=hint)
        if finding not in self.findings:
            self.findings.append(finding)

    def link_counts(self, fabric: str) -> tuple[LinkCount, ...]:
        """Return the links of one fabric by ends, speed and plane."""
        found = sorted((key, n) for key, n in self.links.items() if key[0] == fabric)
        return tuple(
            LinkCount(from_=a, to=b, count=n, gbps=gbps, plane=plane)
            for (_, a, b, gbps, plane), n in found
        )

    def linked(self, fabric: str, ends: Iterable[tuple[str, str]]) -> int:
        """Return how many links join these kinds of devices, over all planes."""
        wanted = set(ends)
        return sum(n for key, n in self.links.items() if key[0] == fabric and key[1:3] in wanted)
