"""What a burn-in is made of: tests as data, each with its command, what it measures and proves."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, PositiveInt, model_validator

from millwright.model.base import Frozen, ShortText, Text
from millwright.model.platform import PackageName, Vendor
from millwright.model.sourced import Entry, Sourced

Level = Literal["l10", "l11", "l12"]
"""One server, one rack, the whole cluster: a level holds the tests of those before it."""
Class = Literal["smoke", "standard", "contract"]
Scope = Literal["node", "pair", "fabric"]
"""How many nodes one run of it takes: one, two at a time in rounds, all of a pool together."""
Load = Literal["idle", "load", "virus"]
"""How much a node draws meanwhile: next to nothing, its usual most, all that it can."""
Kind = Literal[
    "inventory", "firmware", "cabling", "host", "storage", "gpu", "nvlink", "nic", "collective",
    "power", "soak",
]  # fmt: skip
When = Literal["any", "after-load", "reboot", "after-reboot"]
"""In which part of a plan a test stands; within a part what yields most a minute comes first."""
Devices = Literal["node", "gpu", "nic"]
"""For what a metric comes once: the whole node, each of its GPUs, each compute adapter."""

PARTS: tuple[When, ...] = get_args(When)
LEVELS: tuple[Level, ...] = get_args(Level)
CLASSES: tuple[Class, ...] = get_args(Class)

Slot = Literal[
    "seconds", "gpus", "ranks", "nodes", "hosts", "address", "hca", "bytes", "cores", "rows",
    "columns", "order", "memory_mib", "disk_mib",
]  # fmt: skip
"""What a word of a command may leave open; each is filled with a number or a checked name."""
SLOTS: tuple[Slot, ...] = get_args(Slot)

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9/{}_.,:=+@%-]+$", max_length=200)]
"""A word of a command, as it stands or with `{slot}` in it: nothing that a shell would read."""
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=40)]
Setting = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=60)]
Share = Annotated[float, Field(ge=0, le=1)]


class Yield(Frozen):
    """A metric that a test gives, once for each of some devices.

    `device` is what the reader calls the one device, where that is not the whole node.
    """

    metric: ShortText
    on: Devices = "node"
    device: Annotated[str, Field(max_length=60)] = ""


class Need(Frozen):
    """A program that must be on a node: which package has it, and which role installs that.

    Without `role` nothing here brings it: its licence, or its vendor, keeps it elsewhere.
    """

    binary: Annotated[str, Field(pattern=r"^[A-Za-z0-9/][A-Za-z0-9._/+-]*$", max_length=100)]
    package: PackageName | None = None
    role: ShortText | None = None


class BurnIn(Entry):
    """One test of the catalogue.

    `argv` is a list of words and never a shell text; `serve` runs on the other node of a pair
    meanwhile, `files` lie in the folder that it runs in, and `output` is the file that it writes
    there where it prints nothing. One that is `each_nic` is run for every compute adapter by
    itself. `seconds` says for each class how long it
    runs, and that it belongs to that class; `segments` how many times over. `spare_s` is what it
    may take beside that before it counts as hung. Of `found_with` is an exit status by which the
    tool says that something is at fault; any other than 0 says only that nothing was measured.
    `worth` is how many of a thousand delivered nodes it finds at fault, roughly: tests are ordered
    by that and by their length. A `destructive` test wipes what it writes on; of one that
    `cycles_power` the command says the node's serial number, and its management controller does
    the rest. One that is `on_metal` asks the machine itself: simulated nodes have none, and a plan
    says so.
    """

    kind: Kind
    level: Level
    scope: Scope = "node"
    tool: ShortText
    argv: Annotated[tuple[Word, ...], Field(min_length=1, max_length=60)]
    serve: Annotated[tuple[Word, ...], Field(max_length=60)] = ()
    settings: dict[Setting, Word] = {}
    files: dict[FileName, Text] = {}
    output: FileName | None = None
    each_nic: bool = False
    when: When = "any"
    reader: ShortText
    yields: tuple[Yield, ...] = ()
    seconds: Annotated[dict[Class, PositiveInt], Field(min_length=1)]
    segments: dict[Class, PositiveInt] = {}
    spare_s: PositiveInt = 60
    found_with: tuple[PositiveInt, ...] = ()
    power: Load
    destructive: bool = False
    cycles_power: bool = False
    on_metal: bool = False
    vendor: Vendor | None = None
    least_gpus: Annotated[int, Field(ge=0)] = 0
    fabrics: Literal["any", "infiniband"] = "any"
    needs: tuple[Need, ...] = ()
    worth: Annotated[float, Field(ge=0, le=1000)]
    proves: Text
    cannot: Text
    trust: Text = ""
    """What the tool itself passes that it should not."""

    @model_validator(mode="after")
    def _leaves_open_what_is_known(self) -> Self:
        for word in (*self.argv, *self.serve):
            for part in word.split("{")[1:]:
                name, closed, _ = part.partition("}")
                if name not in SLOTS or not closed:
                    raise ValueError(f"{word} leaves {{{name}}} open; known are {', '.join(SLOTS)}")
        if bool(self.serve) != (self.scope == "pair"):
            raise ValueError("a pair has a command for its other end (serve), and only a pair")
        return self


class Draw(Entry):
    """How nodes draw power in a burn-in, and how starts are spread so that no feed is overrun.

    Shares are of a server's most. `gpu_share` is what GPUs draw of a server whose most nobody
    says. `stagger_s` lie between two starts under load on one feed. A rack with two or more
    distribution units is fed twice: `feed_share` of their sum may be used, so that one side can go.
    """

    idle_share: Sourced[Share]
    load_share: Sourced[Share]
    virus_share: Sourced[Share]
    gpu_share: Sourced[Share]
    feed_share: Sourced[Share]
    stagger_s: Sourced[Annotated[float, Field(ge=0, le=3600)]]
