"""Whether a workload may leave the pilot: gates, each answered by what the workspace recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import Field

from millwright.model.base import Frozen, Name, ShortText, Text
from millwright.model.verdict import Verdict

GateName = Literal[
    "capacity", "redundancy", "acceptance", "monitoring", "downtime-procedure", "compliance",
    "model-sign-off",
]  # fmt: skip
GATES: tuple[GateName, ...] = get_args(GateName)
GateAnswer = Literal["ready", "not-needed", "unknown", "missing"]
"""From best to worst. `not-needed` says the spec, `unknown` that nobody has recorded it."""
_ORDER: tuple[GateAnswer, ...] = get_args(GateAnswer)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A node's latest verdict, and the run that gave it."""

    verdict: Verdict
    run: str


@dataclass(frozen=True, slots=True)
class Controls:
    """How controls of compliance were answered last; counts, and nothing else."""

    at: str
    counts: Mapping[str, int]
    source: str


class GateItem(Frozen):
    """One question of a gate. `source` is the record that answers it, `do` what would."""

    what: ShortText
    answer: GateAnswer
    told: Text
    source: str = ""
    do: str = ""


class Gate(Frozen):
    """One gate with its questions; it is as good as the worst of them."""

    gate: GateName
    answer: GateAnswer
    owner: ShortText
    owner_source: ShortText
    items: tuple[GateItem, ...]


class Owners(Frozen):
    """`owners.yaml` (millwright.owners/1): who answers for a gate; of one workload, or of all."""

    schema_: Annotated[Literal["millwright.owners/1"], Field(alias="schema")]
    gates: dict[GateName, ShortText] = {}
    workloads: dict[Name, dict[GateName, ShortText]] = {}


class Readiness(Frozen):
    """One workload before its gates."""

    workload: Name
    answer: Literal["ready", "unknown", "missing"]
    gates: tuple[Gate, ...]


class ReadyDocument(Frozen):
    """`millwright.ready/1`: the workloads that were asked for."""

    schema_: Annotated[Literal["millwright.ready/1"], Field(alias="schema")] = "millwright.ready/1"
    at: str
    factory: str
    simulated: bool
    workloads: tuple[Readiness, ...]


def worst_of(answers: Iterable[GateAnswer]) -> GateAnswer:
    """Return the worst of some answers; of none it is unknown, for nothing was asked."""
    return max(answers, key=_ORDER.index, default="unknown")
