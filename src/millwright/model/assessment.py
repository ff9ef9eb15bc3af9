"""`millwright.assessment/1`: a cluster as its nodes tell it, and what is in the way of work."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from millwright.model.base import Frozen, ShortText, Text
from millwright.model.sourced import Confidence

Topic = Literal["health", "drift", "bottleneck", "tuning", "hardening"]
TOPICS: tuple[Topic, ...] = ("health", "drift", "bottleneck", "tuning", "hardening")
Gravity = Literal["critical", "warning", "notice"]
"""Critical keeps work from running or from being right; a warning costs speed, safety or a night;
a notice is worth knowing."""
GRAVITIES: tuple[Gravity, ...] = ("critical", "warning", "notice")
NodeRole = Literal["compute", "head", "storage", "login", "service", "unknown"]


class Proof(Frozen):
    """What shows a finding: the line `at` of a node's answer to a question; 0 where it is the whole
    answer, or its absence."""

    node: str
    question: str
    at: Annotated[int, Field(ge=0)] = 0
    line: Annotated[str, Field(max_length=240)] = ""


class AssessedFinding(Frozen):
    """One thing to know of some nodes, told once for all that have it.

    `found` is what they say, `wanted` what would be right, `like` those that it was held against.
    `command` is what mends it or looks further. `blocks` says that work must not begin with it.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]*$", max_length=120)]
    topic: Topic
    gravity: Gravity
    nodes: Annotated[tuple[str, ...], Field(min_length=1)]
    device: str = ""
    message: Text
    found: Text = ""
    wanted: Text = ""
    like: str = ""
    why: Text = ""
    command: Text = ""
    blocks: bool = False
    proofs: Annotated[tuple[Proof, ...], Field(min_length=1)]
    source: ShortText
    confidence: Confidence

    @property
    def told(self) -> str:
        """Return the message with its device before it, where it does not name it itself."""
        place = spoken(self.device)
        return self.message if place in self.message else f"{place}: {self.message}"


def spoken(device: str) -> str:
    """Return devices as a person says them: nodes may be called gpu3 as well."""
    found = re.fullmatch(r"gpu(?:(\d+)|\[([0-9,-]+)\])", device)
    if found is None:
        return device
    return f"GPU {found[1]}" if found[1] else f"GPUs {found[2]}"


class Obstacle(Frozen):
    """What keeps work from production, worst first; `findings` are what it is made of, by id."""

    rank: PositiveInt
    message: Text
    nodes: tuple[str, ...]
    why: Text
    command: Text
    findings: tuple[str, ...] = ()


class Unread(Frozen):
    """What could not be read on some nodes, why, and what would let it be read."""

    subject: ShortText
    nodes: tuple[str, ...]
    question: str
    why: Text
    remedy: Text


class GpuSeen(Frozen):
    """One accelerator; a lost one keeps its place."""

    index: int
    model: str | None = None
    serial: str | None = None
    uuid: str | None = None
    bus: str = ""
    vbios: str | None = None
    memory_mib: float | None = None
    lost: bool = False


class AdapterSeen(Frozen):
    """An adapter of a fabric. `rate_gbps` of a port that is down says nothing and is None."""

    name: str
    model: str | None = None
    firmware: str | None = None
    layer: str | None = None
    up: bool | None = None
    rate_gbps: float | None = None


class PortSeen(Frozen):
    """A network interface; `physical` ones are devices of their own."""

    name: str
    address: str | None = None
    mtu: int | None = None
    speed_gbps: float | None = None
    up: bool | None = None
    physical: bool | None = None
    master: str | None = None
    addresses: tuple[str, ...] = ()


class DiskSeen(Frozen):
    """A drive."""

    name: str
    model: str | None = None
    serial: str | None = None
    size_bytes: int | None = None
    rotational: bool | None = None


class MountSeen(Frozen):
    """A file system that files lie in."""

    path: str
    source: str
    kind: str
    used_percent: float | None = None
    answers: bool = True
    options: tuple[str, ...] = ()


class NodeSeen(Frozen):
    """One node as it tells itself. What it does not tell is None, or an empty list."""

    node: str
    role: NodeRole = "unknown"
    why_role: str = ""
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    bios: str | None = None
    bmc: str | None = None
    system: str | None = None
    kernel: str | None = None
    virtual: str | None = None
    processor: str | None = None
    sockets: int | None = None
    processors: int | None = None
    threads_per_core: int | None = None
    numa_nodes: int | None = None
    memory_mib: int | None = None
    modules: int | None = None
    driver: str | None = None
    fabric_manager: str | None = None
    gpus: tuple[GpuSeen, ...] = ()
    adapters: tuple[AdapterSeen, ...] = ()
    ports: tuple[PortSeen, ...] = ()
    disks: tuple[DiskSeen, ...] = ()
    mounts: tuple[MountSeen, ...] = ()
    services: tuple[str, ...] = ()
    packages: int | None = None
    answered: int = 0
    asked: int = 0


class Alike(Frozen):
    """Nodes that are one kind of machine in one role: peers, which should not differ."""

    name: str
    role: NodeRole
    nodes: tuple[str, ...]
    machine: str
    gpus_per_node: int = 0
    adapters_per_node: int = 0


class Shape(Frozen):
    """What the nodes make together. What nobody tells is None or empty."""

    scheduler: str | None = None
    fabric: str | None = None
    file_systems: tuple[str, ...] = ()
    monitoring: str | None = None
    gpus: int = 0
    alike: tuple[Alike, ...] = ()


Answer = Literal["ready", "not ready", "unknown"]


class Assessment(Frozen):
    """The whole. `answer` is whether anything stands between the nodes and work: `unknown` where
    nothing bad was found and something that decides it was not read."""

    schema_: Annotated[Literal["millwright.assessment/1"], Field(alias="schema")] = (
        "millwright.assessment/1"
    )
    at: str
    answer: Answer
    simulated: bool
    run: str = ""
    questions: int = 0
    shape: Shape
    obstacles: tuple[Obstacle, ...]
    findings: tuple[AssessedFinding, ...]
    unread: tuple[Unread, ...]
    nodes: dict[str, NodeSeen]
    silent: dict[str, str] = {}

    def of(self, topic: Topic) -> tuple[AssessedFinding, ...]:
        """Return the findings of a topic, in their order."""
        return tuple(each for each in self.findings if each.topic == topic)
