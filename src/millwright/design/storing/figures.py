"""Figures that storage is reckoned with, each kept with its source as soon as it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from millwright.model.sizing import Assumption, Number
from millwright.model.workload import Workload

SPEC = "factory.yaml"


@dataclass(frozen=True, slots=True)
class Notes:
    """Assumptions by name, and the numbers that were used or reckoned so far."""

    assumptions: Mapping[str, Assumption]
    numbers: dict[str, Number] = field(default_factory=dict)

    def take(self, name: str) -> float:
        """Return an assumption, which is kept among the numbers."""
        entry = self.assumptions[name]
        assert entry.value is not None
        told = entry.value
        note = "; ".join(part for part in (entry.title, told.note or entry.note) if part)
        self.numbers[name] = Number(
            value=told.value,
            unit=told.unit,
            source=told.source,
            confidence=told.confidence,
            note=note,
        )
        return told.value

    def of(self, workload: Workload, name: str) -> float:
        """Return what a workload measured in place of an assumption, else the assumption."""
        own = workload.measured.get(name)
        if own is None:
            return self.take(name)
        known = self.assumptions[name].value
        self.numbers[f"{workload.name}: {name}"] = Number(
            value=own.value,
            unit=known.unit if known else "",
            source=own.source,
            confidence="measured",
            note=f"measured, in place of {name}",
        )
        return own.value

    def said(self, name: str, value: float, unit: str, source: str = SPEC) -> float:
        """Keep what the spec says, or the design."""
        self.numbers[name] = Number(value=value, unit=unit, source=source, confidence="spec")
        return value

    def reckon(self, name: str, value: float, unit: str, formula: str, *inputs: str) -> float:
        """Keep what was reckoned from numbers: as sure as the least sure of them."""
        unsure = any(self.numbers[key].confidence == "estimate" for key in inputs)
        self.numbers[name] = Number(
            value=value,
            unit=unit,
            formula=formula,
            inputs=inputs,
            source="reckoned",
            confidence="estimate" if unsure else "derived",
        )
        return value
