"""What the results of a test say: of one value, of a node, of the whole lot."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Figure, Frozen, ShortText, Text
from millwright.model.sourced import Confidence

Kind = Literal["gate", "outlier", "missing", "error"]
Disposition = Literal["waived", "retest", "rma"]
ExpectedFrom = Literal["plan", "design", "peers"]
Share = Annotated[float, Field(ge=0, le=1)]


class Verdict(StrEnum):
    """The four words, from best to worst: PASS < WARN < UNKNOWN < FAIL.

    UNKNOWN is worse than WARN: what was not measured may be anything.
    """

    PASS = "PASS"
    WARN = "WARN"
    UNKNOWN = "UNKNOWN"
    FAIL = "FAIL"

    @property
    def rank(self) -> int:
        """Return the place in the order, from 0 for PASS."""
        return _ORDER.index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < Verdict(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Verdict(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Verdict(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Verdict(other).rank


_ORDER = tuple(Verdict)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts; of none it is UNKNOWN, for nothing was measured."""
    return max(verdicts, key=lambda each: each.rank, default=Verdict.UNKNOWN)


class VerdictFinding(Frozen):
    """One thing that is noteworthy of one value: where, how far off, against what, and what next.

    `kind` keeps gates (a bar does not hold) apart from outliers (unlike its peers), and both apart
    from what is missing and what could not be measured. `verdict` is what this finding counts for;
    a waived one is shown and counts for nothing. `bar` and `bar_source` are null where no bar
    is known; `peer_median` and `robust_z` where there are too few peers. `pattern` names the rack,
    leaf, slot or firmware that a whole group has in common: then it is not the part.
    """

    metric: ShortText
    device: str = ""
    value: Figure | None = None
    unit: str = ""
    bar: str | None = None
    bar_source: str | None = None
    bar_confidence: Confidence | None = None
    peer_median: Figure | None = None
    robust_z: Figure | None = None
    kind: Kind
    reason: Text
    disposition: Disposition | None = None
    verdict: Verdict
    test: str = ""
    peer: str = ""
    serial: str = ""
    params: dict[str, str | int | float] = {}
    peers: int = 0
    deviation_percent: Figure | None = None
    attempts: tuple[Figure, ...] = ()
    pattern: str = ""
    waiver: str = ""


class NodeVerdict(Frozen):
    """A node's verdict, with gates and outliers in columns of their own."""

    verdict: Verdict
    gates: Verdict
    outliers: Verdict
    completeness: Share
    findings: tuple[VerdictFinding, ...] = ()


class Pattern(Frozen):
    """Something that a group of nodes or devices has in common and the others have not.

    `axis` says what groups them (`rack`, `pdu`, `leaf`, `rail`, `slot`, `firmware`, `lot`), `group`
    which one. `p_value` is that of a rank test, after correction for the number of groups tried.
    """

    axis: ShortText
    group: str
    metric: ShortText
    deviation_percent: Figure
    p_value: float | None
    members: int
    nodes: tuple[str, ...]
    reason: Text
    verdict: Verdict = Verdict.WARN


class Population(Frozen):
    """One homogeneous group: what was compared with what, and what could not be."""

    metric: ShortText
    unit: str
    sku: str
    conditions: str
    count: int
    median: Figure
    spread_percent: Figure | None
    bars: tuple[str, ...]
    mode: Literal["bar", "baseline", "too-few", "bar-only"]
    note: str = ""


class VerdictDocument(Frozen):
    """The verdict over a set of measurements, recomputable from them alone.

    `notes` say openly what was not judged and why. `simulated` is true where any value is.
    """

    schema_: Annotated[Literal["millwright.verdict/1"], Field(alias="schema")] = (
        "millwright.verdict/1"
    )
    verdict: Verdict
    completeness: Share
    expected_from: ExpectedFrom
    simulated: bool
    platform: str
    measurements: int
    nodes: dict[str, NodeVerdict]
    patterns: tuple[Pattern, ...] = ()
    populations: tuple[Population, ...] = ()
    notes: tuple[str, ...] = ()
