"""What a site holds, item by item, as tools read it; and what scans and targets say against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen, ShortText

AssetClass = Literal["conflict", "mismatch", "moved", "absent", "duplicate"]
FirmwareClass = Literal["inconsistent", "not-target", "driver-mismatch", "unknown"]
FIELDS = ("model", "serial", "part_number", "address", "firmware")
"""What can be told of an item, beside what and where it is."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in one node. What no tool told is None, and never guessed.

    `place` is what its node calls it (`GPU 3`, `mlx5_0`, `A1`); `address` a MAC or a GUID.
    """

    node: str
    kind: str
    place: str
    model: str | None = None
    serial: str | None = None
    part_number: str | None = None
    address: str | None = None
    firmware: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetFinding:
    """What does not fit: two tools against each other, or a scan against what was read."""

    kind: AssetClass
    node: str
    item: str
    field: str
    expected: str | None
    read: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Assets:
    """All items, what does not fit, and what could not be read (by node)."""

    items: tuple[Item, ...]
    findings: tuple[AssetFinding, ...]
    problems: tuple[str, ...]
    simulated: bool = False


class FirmwareTarget(Frozen):
    """Which version a component of a model should run; without a model, of all."""

    component: ShortText
    model: ShortText | None = None
    version: ShortText
    source: ShortText


class FirmwareTargets(Frozen):
    """A site's targets, each with its source."""

    schema_: Annotated[Literal["millwright.firmware/1"], Field(alias="schema")]
    targets: tuple[FirmwareTarget, ...]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """Who runs one version; `nodes` may stand several times, once an item."""

    version: str
    nodes: tuple[str, ...]
    count: int
    standing: Literal["target", "older", "newer", "other", "no target"]


@dataclass(frozen=True, slots=True)
class FirmwareRow:
    """One component of one model over all nodes.

    `consistent` is whether all run the same; `current` whether that is the target, None without
    one. `silent` are nodes whose item does not tell its version.
    """

    component: str
    model: str | None
    target: str | None
    source: str | None
    versions: tuple[VersionRow, ...]
    silent: tuple[str, ...]

    @property
    def consistent(self) -> bool:
        """Whether one version runs everywhere, and everybody says so."""
        return len(self.versions) == 1 and not self.silent

    @property
    def current(self) -> bool | None:
        """Whether everybody runs the target."""
        if self.target is None:
            return None
        return not self.silent and all(row.standing == "target" for row in self.versions)


@dataclass(frozen=True, slots=True)
class FirmwareFinding:
    """What is not as it should be, and on which nodes."""

    kind: FirmwareClass
    component: str
    model: str | None
    nodes: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class FirmwareMatrix:
    """Actual against target: consistency and currency are two questions."""

    rows: tuple[FirmwareRow, ...]
    findings: tuple[FirmwareFinding, ...]
    problems: tuple[str, ...]
    simulated: bool = False
