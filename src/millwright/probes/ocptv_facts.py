"""What a diagnostic of OCP test and validation says, in either edition of its lines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """What a value has to keep to, by the words of the format; True where a word says it does."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Value:
    """One measured value, a number or a word; `within` is what its own bounds make of it."""

    step: str | None
    name: str
    unit: str | None
    number: float | None
    text: str | None
    part: str | None
    bounds: tuple[Bound, ...]
    within: bool | None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the diagnostic concludes: PASS, FAIL or UNKNOWN, of which parts."""

    step: str | None
    verdict: str
    symptom: str | None
    message: str | None
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its status is None where it did not end."""

    id: str
    name: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of the test itself, not of what it tests."""

    step: str | None
    symptom: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class TestRun:
    """A run: `status` and `result` are its last words, None where they are missing.

    `missing` counts the records that the sequence numbers say there were and that are not here.
    """

    edition: str | None
    name: str | None
    version: str | None
    hosts: tuple[str, ...]
    parts: int
    records: int
    missing: int
    steps: tuple[Step, ...]
    values: tuple[Value, ...]
    diagnoses: tuple[Diagnosis, ...]
    faults: tuple[Fault, ...]
    status: str | None
    result: str | None
