"""What is told about one name: a fault, a rule, a test, a metric. Written as one document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from millwright.model.base import Frozen
from millwright.model.fault import Advice, Severity

SCHEMA = "millwright.explanation/1"


class Said(Frozen):
    """One thing that is known, and who says so where anybody does."""

    label: str
    value: str
    source: str = ""
    confidence: str = ""
    note: str = ""


class Doing(Frozen):
    """One step: what it is, what it disturbs, its commands, when it is done, when to stop."""

    action: str
    title: str
    does: str
    disrupts: str
    commands: tuple[str, ...] = ()
    done_when: str = ""
    stop: str = ""


class Origin(Frozen):
    """A source by its id, and how well what is taken from it was checked."""

    id: str
    title: str
    url: str = ""
    edition: str = ""
    evidence: str = ""


class Explanation(Frozen):
    """Everything about one name. `occurrence` is of the log line that was asked about, decoded.

    `severity` is None where a thing has none; `unknown` where it should have one.
    """

    id: str
    kind: str
    title: str
    meaning: str = ""
    severity: Severity | None = None
    facts: tuple[Said, ...] = ()
    occurrence: tuple[Said, ...] = ()
    advice: Advice | None = None
    steps: tuple[Doing, ...] = ()
    see: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    sources: tuple[Origin, ...] = ()


def document(explanations: Sequence[Explanation], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one document of an answer; `more` stands beside the explanations."""
    told = [each.model_dump(mode="json") for each in explanations]
    return {"schema": SCHEMA, "explanations": told, **more}


class Rule(Frozen):
    """What the number of a finding means. The finding itself says figures and place."""

    id: Annotated[str, Field(pattern=r"^MW-[A-Z]-\d{3}$")]
    title: str
    severity: str
    meaning: str
    do: str
