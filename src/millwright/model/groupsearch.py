"""Who fails only where many take part: what is searched, what each group came to, who is named."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen
from millwright.model.buildrun import Came
from millwright.model.burnin import Class
from millwright.model.verdict import Verdict

Worse = Literal["lower", "higher"]
Sure = Literal["sure", "likely", "unconfirmed"]
Why = Literal["reference", "search", "repeat", "confirm"]


class GroupSearch(Frozen):
    """`millwright.group-search/1`: what is asked, kept before any group is tested.

    `suspects` fail together, `good` fill groups up to their number. `bar` is what a group has to
    reach in `unit`, where somebody said that; else it is what groups of good nodes reach, less
    `differs_percent`. `faults` are metrics of which a group may count none.
    """

    schema_: Annotated[Literal["millwright.group-search/1"], Field(alias="schema")] = (
        "millwright.group-search/1"
    )
    factory: str
    test: str
    class_: Annotated[Class, Field(alias="class")]
    metric: str
    unit: str
    worse: Worse
    faults: tuple[str, ...] = ()
    suspects: tuple[str, ...]
    good: tuple[str, ...]
    bar: float | None = None
    differs_percent: float


class Tried(Frozen):
    """One test of one group. `value` is what it reached for its largest messages; `passed` is null
    where that settles nothing: of a reference, or where it could not be measured."""

    test: str
    nodes: tuple[str, ...]
    why: Why
    came: Came
    value: float | None = None
    passed: bool | None = None
    reason: str = ""


class Named(Frozen):
    """A node that fails with whomever it is grouped, or nodes that fail only together.

    `failed` and `passed` count groups that held them and no other fault, `partners` how many
    different sets of others were with them. `worse_percent` is how far the median of those that
    failed is off what healthy groups reach, `spreads` the same in deviations of healthy groups.
    """

    kind: Literal["node", "together"]
    nodes: tuple[str, ...]
    sure: Sure
    failed: int
    passed: int
    partners: int
    worse_percent: float | None = None
    spreads: float | None = None
    place: str = ""
    reason: str = ""


class GroupVerdict(Frozen):
    """`millwright.bisection-run/1`: what a search came to that ran its groups itself.

    `verdict` is PASS where all suspects together meet the bar, FAIL where somebody is named,
    UNKNOWN where a group could not be measured, or good nodes differ among themselves (`unknown`
    says which). `healthy` are groups that met the bar; none of n missing it bounds the share of
    healthy groups that would at 3/n (95 %).
    """

    schema_: Annotated[Literal["millwright.bisection-run/1"], Field(alias="schema")] = (
        "millwright.bisection-run/1"
    )
    run: str
    simulated: bool
    verdict: Verdict
    unknown: str = ""
    unanswered: bool = False
    search: GroupSearch
    bar: float | None = None
    bar_source: str = ""
    spread_percent: float | None = None
    healthy: int = 0
    healthy_misses_at_most: float | None = None
    named: tuple[Named, ...] = ()
    shared: str = ""
    padded: bool = True
    groups: tuple[Tried, ...] = ()
