"""How nodes are tuned: values from before the notes, and what a look at nodes found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen
from millwright.model.tuning import TunedKind, Wanted
from millwright.model.verdict import Verdict

Raw = Annotated[str, Field(max_length=4_000)]
Instance = tuple[str, str, str]
"""Kind, key, and which one of several: a file, a device; empty where there is one."""


class Layer(Frozen):
    """One note's word on one instance; `want` is as it was meant there, devices' own words said."""

    note: str
    version: int
    want: Raw


class Saved(Frozen):
    """One instance that notes are over: what it was before any, and their words, oldest first.

    `value` is what is in force by these words; a node sets it again at boot.
    """

    kind: TunedKind
    key: str
    instance: str
    base: Raw
    layers: tuple[Layer, ...]
    value: Raw

    @property
    def place(self) -> Instance:
        """Return what it is about."""
        return (self.kind, self.key, self.instance)


class NodeState(Frozen):
    """What a node keeps of its notes. `pending` is a change that did not come to its end."""

    schema_: Annotated[Literal["millwright.tuning-state/1"], Field(alias="schema")] = (
        "millwright.tuning-state/1"
    )
    generation: int = 0
    boot_id: str = ""
    saved: tuple[Saved, ...] = ()
    pending: tuple[Saved, ...] | None = None
    made: tuple[str, ...] = ()
    """Folders that had to be made, which go with the last note."""

    @property
    def meant(self) -> tuple[Saved, ...]:
        """Return what is to be in force: a change that was begun counts."""
        return self.saved if self.pending is None else self.pending

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the notes in force, in the order in which they came."""
        return tuple(dict.fromkeys(layer.note for each in self.meant for layer in each.layers))


@dataclass(frozen=True, slots=True)
class Value:
    """One instance as it was read; `ideal` is what it names as its best, `among` what it offers.

    `fixed` says that this very system cannot set it: a container's kernel is its machine's.
    """

    kind: str
    key: str
    instance: str
    value: str
    ideal: str = ""
    among: tuple[str, ...] = ()
    fixed: bool = False

    @property
    def place(self) -> Instance:
        """Return what it is about."""
        return (self.kind, self.key, self.instance)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one node said of its parameters.

    `failed` has a reason for what could not be read, by kind and key. `persisted` says by place
    what a start of the node would give, and which file says so. `files` are ours that somebody
    changed.
    """

    node: str
    boot_id: str
    values: tuple[Value, ...]
    failed: dict[tuple[str, str], str] = field(default_factory=dict)
    persisted: dict[Instance, tuple[str, str]] = field(default_factory=dict)
    state: NodeState = NodeState()
    files: tuple[str, ...] = ()
    service: str = ""
    virtual: str = ""
    system: str = ""
    vendor: str = ""
    server: str = ""
    mounts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    simulated: bool = False
    remembered: bool = False
    """The node's own record of its notes is gone, and `state` is what the workspace knows."""

    @property
    def contained(self) -> bool:
        """Return whether the node is a container."""
        return self.virtual in CONTAINERS

    def of(self, kind: str, key: str) -> tuple[Value, ...]:
        """Return all instances of one parameter."""
        return tuple(each for each in self.values if (each.kind, each.key) == (kind, key))


ComplianceWord = Literal["ok", "differs", "reboot", "absent", "unknown", "untouched", "untestable"]
CONTAINERS = frozenset(
    {"systemd-nspawn", "lxc", "lxc-libvirt", "docker", "podman", "container-other"}
)


@dataclass(frozen=True, slots=True)
class Compliance:
    """How one parameter of one note stands on one node, all its instances together.

    `reboot` is as wanted now, and would not be after a start. `untestable` differs, on a container
    that cannot set it: no fault of anybody's, and never as it should be.
    """

    node: str
    wanted: Wanted
    word: ComplianceWord
    found: str = ""
    detail: str = ""

    @property
    def verdict(self) -> Verdict:
        """Return how bad that is; an estimate warns at most."""
        if self.word == "unknown":
            return Verdict.UNKNOWN
        if self.word in ("ok", "absent", "untouched"):
            return Verdict.PASS
        fails = self.wanted.gates and self.word != "untestable"
        return Verdict.FAIL if fails else Verdict.WARN


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two things on one node that do not go together; `grave` ones keep a note from being
    applied."""

    node: str
    rule: str
    what: str
    remedy: str
    grave: bool = False


class Gain(Frozen):
    """What a note brought when it was measured on one node: relative, after against before."""

    schema_: Annotated[Literal["millwright.tuning-gain/1"], Field(alias="schema")] = (
        "millwright.tuning-gain/1"
    )
    note: str
    version: int
    node: str
    at: str
    run: str
    test: str
    metric: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    gain: float | None
    low: float | None
    high: float | None
    level: float
    kept: bool
    reason: str
    simulated: bool = False
