"""A burn-in that was planned: which tests run where, what must come of them, and what feeds it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from millwright.model.base import Frozen
from millwright.model.burnin import Class, Kind, Level, Load, Need, Scope, When
from millwright.model.nodeset import expanded

Pair = tuple[str, str]
Stage = Literal["fat", "sat"]
"""Where a burn-in is run: at the factory that integrates (acceptance test), or at the site."""


class Expected(Frozen):
    """A metric that a test must give on each of its nodes, for each of these devices.

    `devices` holds one empty name where the value is the whole node's.
    """

    metric: str
    devices: tuple[str, ...] = ("",)


class PlannedTest(Frozen):
    """One test on the nodes of one pool, ready to run.

    `nodes` is a node set. Of a pair test `rounds` says who meets whom; in its command `{address}`
    is left open for the address of the other one. `draw_w` is what a node draws meanwhile.
    """

    test: str
    pool: str
    kind: Kind
    level: Level
    scope: Scope
    tool: str
    reader: str
    argv: tuple[str, ...]
    serve: tuple[str, ...] = ()
    settings: dict[str, str] = {}
    files: dict[str, str] = {}
    output: str = ""
    when: When = "any"
    nodes: str
    rounds: tuple[tuple[Pair, ...], ...] = ()
    seconds: int
    segments: int = 1
    limit_s: int
    timed: bool = False
    """Whether its command is told how long to run: a shorter run counts for nothing."""
    found_with: tuple[int, ...] = ()
    power: Load
    draw_w: float
    destructive: bool = False
    cycles_power: bool = False
    expects: tuple[Expected, ...] = ()
    needs: tuple[Need, ...] = ()
    yield_per_minute: float
    proves: str
    cannot: str
    trust: str = ""
    shows: str = ""
    """What a run without an error demonstrates at 95 %, in words."""

    def names(self) -> tuple[str, ...]:
        """Return its nodes, one by one."""
        return expanded(self.nodes)

    @property
    def loads(self) -> bool:
        """Return whether nodes work meanwhile; a start draws as much and shows nothing of that."""
        return self.power != "idle" and not self.cycles_power


class Feed(Frozen):
    """What nodes share: one rack's distribution units. `budget_w` is null where nobody knows it."""

    name: str
    nodes: str
    budget_w: float | None
    why: str


class LeftOut(Frozen):
    """A test that a plan does not hold, and why."""

    test: str
    pool: str
    why: str


class BuildPlan(Frozen):
    """`millwright.build-plan/1`: what `build run` executes, exactly as it was shown.

    `criteria` are the bars that results will be judged by, frozen with their digest before
    anything runs. `skus` is the server model of each node, `idle_w` what a node draws at rest.
    `stage` is said when the plan is run.
    """

    schema_: Annotated[Literal["millwright.build-plan/1"], Field(alias="schema")] = (
        "millwright.build-plan/1"
    )
    factory: str
    simulated: bool
    level: Level
    class_: Annotated[Class, Field(alias="class")]
    tool_version: str
    spec_sha256: str
    catalog_sha256: str
    criteria: tuple[dict[str, Any], ...] = ()
    criteria_sha256: str
    tests: tuple[PlannedTest, ...]
    left_out: tuple[LeftOut, ...] = ()
    addresses: dict[str, str]
    skus: dict[str, str]
    idle_w: dict[str, float]
    feeds: tuple[Feed, ...]
    stagger_s: float
    takes_s: float
    failure_bound: str = ""
    stage: Stage | None = None

    def nodes(self) -> tuple[str, ...]:
        """Return every node that is tested, in the order of the plan."""
        return tuple(dict.fromkeys(name for test in self.tests for name in test.names()))
