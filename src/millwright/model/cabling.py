"""What cables are compared by: links as planned, links as seen, and what a comparison finds.

An end is seen under the words that the fabric uses; `Seen` keeps them beside the planned names
that they turned out to mean, so that a finding can say both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Class = Literal[
    "missing",
    "extra",
    "swapped",
    "wrong-port",
    "wrong-rail",
    "wrong-part",
    "duplicate-name",
    "down",
    "wrong-speed",
]
Kind = Literal["switch", "host"]
NO_LABEL = "?"
"""The label of a port of which nobody says what it is called."""
End = tuple[str, str]
"""A device and a port of it, by their planned names."""


@dataclass(frozen=True, slots=True)
class Box:
    """A device of the plan: its model, and what the fabric calls each of its ports (`mlx5_0/1`).

    Ports that are `silent` (of a management controller) tell nothing, whoever is asked.
    """

    name: str
    kind: Kind
    model: str
    rail: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Planned:
    """A cable of the design. A speed or a part number that is not known is not compared."""

    id: str
    fabric: str
    rail: int
    a: End
    b: End
    gbps: float | None = None
    part_number: str | None = None

    @property
    def ends(self) -> tuple[End, End]:
        """Both ends."""
        return self.a, self.b

    def other(self, end: End) -> End:
        """Return the end that is not this one."""
        return self.b if end == self.a else self.a


@dataclass(frozen=True, slots=True)
class Spot:
    """An end as it was seen: `unit` tells devices apart that share a `name` or have none.

    `said` is what the device says of itself; `label` what its port is called there.
    """

    unit: str
    kind: Kind
    name: str | None
    label: str
    said: str

    @property
    def single(self) -> bool:
        """Whether this is one adapter of a host that nobody can tell by its name."""
        return self.kind == "host" and self.unit != self.name


@dataclass(frozen=True, slots=True)
class SeenLink:
    """A link that was seen, its ends in any order; one that is not `up` carries nothing."""

    a: Spot
    b: Spot
    gbps: float | None = None
    part_number: str | None = None
    up: bool = True

    @property
    def spots(self) -> tuple[Spot, Spot]:
        """Both ends."""
        return self.a, self.b


@dataclass(frozen=True, slots=True)
class Listing:
    """What was observed. `down` are ports that say that they have no link.

    `reporters` are units whose own ports are told completely; None where all are, as a subnet
    tells them. `problems` is what could not be read.
    """

    links: Sequence[SeenLink]
    down: Sequence[Spot] = ()
    reporters: frozenset[str] | None = None
    ignored: int = 0
    problems: Sequence[str] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class SeenEnd:
    """An end as it was seen, with the planned names it was taken for, as far as there are any."""

    device: str | None
    port: str | None
    said: str
    label: str


@dataclass(frozen=True, slots=True)
class Observed:
    """A link of a finding, as it was seen."""

    a: SeenEnd
    b: SeenEnd
    gbps: float | None
    part_number: str | None


@dataclass(frozen=True, slots=True)
class CableFinding:
    """What is not as planned. A swapped pair names both cables, and both links that were seen.

    `exchange` are the two ends to exchange; `note` says more than the class does.
    """

    kind: Class
    planned: tuple[Planned, ...]
    observed: tuple[Observed, ...]
    exchange: tuple[End, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Naming:
    """One device under its observed and its planned name, and how it was recognised.

    `how`: name, given, pattern or links; `links` is how many of its links fit then.
    """

    said: str
    device: str
    how: Literal["name", "given", "pattern", "links"]
    links: int = 0


@dataclass(frozen=True, slots=True)
class Doubt:
    """A device that could be several of the plan, or none."""

    said: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison. Every planned link of `fabrics` is ok, in one finding, or not observed.

    `inferred` of those that are ok were recognised by where they lead: an end did not say its name
    or its port. Fabrics of which nothing was seen stand in `unseen` and are not compared. `speeds`
    is whether the listing tells any.
    """

    fabrics: tuple[str, ...]
    unseen: tuple[str, ...]
    planned: int
    ok: int
    inferred: int
    not_observed: tuple[Planned, ...]
    findings: tuple[CableFinding, ...]
    names: tuple[Naming, ...]
    doubts: tuple[Doubt, ...]
    ignored: int
    problems: tuple[str, ...]
    simulated: bool = False
    speeds: bool = False


def merged(parts: Sequence[Compared]) -> Compared:
    """Return comparisons of different fabrics as one."""

    def together(name: str) -> tuple[Any, ...]:
        return tuple(each for part in parts for each in getattr(part, name))

    return Compared(
        fabrics=together("fabrics"),
        unseen=together("unseen"),
        planned=sum(part.planned for part in parts),
        ok=sum(part.ok for part in parts),
        inferred=sum(part.inferred for part in parts),
        not_observed=together("not_observed"),
        findings=together("findings"),
        names=together("names"),
        doubts=together("doubts"),
        ignored=sum(part.ignored for part in parts),
        problems=together("problems"),
        simulated=any(part.simulated for part in parts),
        speeds=all(part.speeds for part in parts),
    )
