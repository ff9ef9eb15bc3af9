"""Rolling updates: what is ordered, what goes together, the plan in waves, and how a run stands."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from millwright.model.base import Figure, Frozen, ShortText, Text
from millwright.model.platform import PackageName
from millwright.model.remedy import Share
from millwright.model.remedyplan import Rail
from millwright.model.sourced import Entry, Sourced

Part = Annotated[
    str,
    Field(
        pattern=r"^(driver|fabric-manager|dcgm|containers|ofed|slurm"
        r"|package:[a-z0-9][a-z0-9+.-]+|firmware:[a-z0-9][a-z0-9.-]*)$",
        max_length=100,
    ),
]
"""What is updated. `fabric-manager` comes with the driver; firmware is planned, and not carried
out."""
Wanted = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+~:-]*$", max_length=80)]
"""A version: all of it as packages have it, or without the packager's own part (580.105.08).
`design` is what the platform matrix pins, with what the site has laid over it."""
Minutes = Annotated[float, Field(ge=0, le=100_000)]


class Pairing(Entry):
    """What must go together: with `part` from `since` on, below `until`, `needs` is at least so."""

    part: Literal["cuda", "dcgm", "driver", "ofed", "slurm"]
    since: Wanted
    until: Wanted | None = None
    needs: Literal["driver", "dcgm", "ofed"]
    at_least: Sourced[Wanted]


class UpdateLimits(Entry):
    """What a wave takes, and what is let pass. An order says its own, a site lays an entry named
    `default` over these.

    `allowed_failures` nodes may fail before the run halts; a canary's failure always halts it.
    """

    install_minutes: Sourced[Minutes]
    boot_minutes: Sourced[Minutes]
    validate_minutes: Sourced[Minutes]
    bake_minutes: Sourced[Minutes]
    allowed_failures: Sourced[Annotated[int, Field(ge=0, le=1000)]]


class UpdateOrder(Frozen):
    """The whole of `update.yaml` (millwright.update/1), or what was said on the command line.

    `cuda` is the newest CUDA that workloads are built for: nothing of it is installed, and the
    driver must carry it. `no_way_back` allows what cannot be rolled back.
    """

    schema_: Annotated[Literal["millwright.update/1"], Field(alias="schema")] = (
        "millwright.update/1"
    )
    set: Annotated[dict[Part, Wanted], Field(min_length=1)]
    nodes: ShortText | None = None
    cuda: Wanted | None = None
    canary: PositiveInt = 1
    most_out_share: Share | None = None
    bake_minutes: Minutes | None = None
    allowed_failures: Annotated[int, Field(ge=0, le=1000)] | None = None
    no_way_back: bool = False

    @model_validator(mode="after")
    def _manager_comes_with_the_driver(self) -> Self:
        manager, driver = self.set.get("fabric-manager"), self.set.get("driver")
        if manager is not None and manager != driver:
            raise ValueError(
                f"the fabric manager must be of the driver's version: say driver={manager}, which "
                "brings both"
            )
        return self


Fate = Literal["update", "unchanged", "held"]
"""It is updated; it has all of it already; it is left alone, and `why` says for what."""


class NodeUpdate(Frozen):
    """What one node gets: exact versions of packages, and those that it has now.

    `back` says that the old ones are still offered. `services` are started again where the node
    does not boot for it.
    """

    node: ShortText
    fate: Fate
    why: Text = ""
    wanted: dict[PackageName, ShortText] = {}
    before: dict[PackageName, ShortText] = {}
    boots: bool = False
    services: tuple[ShortText, ...] = ()
    back: bool = False
    rails: tuple[Rail, ...] = ()


class UpdatePlan(Frozen):
    """`millwright.update-plan/1`: nodes in waves; the first wave is the canary."""

    schema_: Annotated[Literal["millwright.update-plan/1"], Field(alias="schema")] = (
        "millwright.update-plan/1"
    )
    factory: str
    at: str
    simulated: bool
    order: UpdateOrder
    nodes: tuple[NodeUpdate, ...]
    waves: tuple[tuple[str, ...], ...]
    most_out: int
    bake_minutes: Figure
    allowed_failures: int
    minutes: Figure
    minutes_source: str
    firmware: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, node: str) -> NodeUpdate:
        """Return what a node gets. Raises KeyError where the plan does not name it."""
        return {each.node: each for each in self.nodes}[node]

    @property
    def held(self) -> tuple[NodeUpdate, ...]:
        """Return the nodes that are left alone though they lack it."""
        return tuple(each for each in self.nodes if each.fate == "held")


RunStands = Literal["open", "done", "halted"]
"""It goes on with --resume; every wave is through; it was stopped, and `why` says for what."""


class UpdateRun(Frozen):
    """`millwright.update-run/1`: one rolling update. `undoes` names the run that it takes back.

    `waves_done` counts waves that are through and have baked; `baking_since` is when the one after
    them was through.
    """

    schema_: Annotated[Literal["millwright.update-run/1"], Field(alias="schema")] = (
        "millwright.update-run/1"
    )
    id: ShortText
    stands: RunStands
    opened: str
    closed: str | None = None
    simulated: bool
    plan: UpdatePlan
    undoes: str = ""
    waves_done: int = 0
    baking_since: str = ""
    why: Text = ""
    actor: str = ""
