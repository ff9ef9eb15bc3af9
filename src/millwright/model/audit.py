"""What an auditor is given: all that happened in a period, a sample of it, and how it was drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from millwright.model.retention import Kept

SAMPLE = 25
METHOD = (
    "Every line of the population has a hash. SHA-256 is taken over the start value, a colon and "
    "that hash, as text; the lines with the smallest results, in hexadecimal, are the sample. Any "
    "tool draws the same lines again."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which evidence is asked for: days from and to, both included, phases (all if none), how many
    lines, and the start value of the drawing."""

    first: date
    last: date
    phases: frozenset[str]
    sample: int
    seed: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of evidence as an auditor lists it."""

    run: str
    seq: int
    at: str
    actor: str
    node: str
    serial: str | None
    boot_id: str | None
    argv: tuple[str, ...]
    ended: str
    exit_status: int | None
    duration_s: float
    redacted: bool
    simulated: bool
    hash: str
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, run: str, line: dict[str, Any]) -> Line:
        """Return a line of a chain that was verified."""
        references = (line.get("stdout_ref"), line.get("stderr_ref"))
        return cls(
            run=run, seq=int(line["seq"]), at=str(line["at"]), actor=str(line["actor"]),
            node=str(line["node"]), serial=line.get("serial"), boot_id=line.get("boot_id"),
            argv=tuple(line["argv"]), ended=str(line["ended"]), exit_status=line.get("exit_status"),
            duration_s=float(line["duration_s"]), redacted=bool(line.get("redacted")),
            simulated=bool(line.get("simulated")), hash=str(line["hash"]),
            outputs=tuple(str(each) for each in references if each),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Audit:
    """A population with its sample. `runs` are those that have lines in it; `gaps` says what an
    auditor must know of what is not there, `gone` what of it was sealed once and is lost."""

    name: str
    wanted: Wanted
    population: tuple[Line, ...]
    sample: tuple[Line, ...]
    runs: tuple[Kept, ...]
    gaps: tuple[str, ...]
    gone: tuple[str, ...] = ()

    @property
    def simulated(self) -> bool:
        """Return whether anything in it comes from simulated hardware."""
        return any(line.simulated for line in self.population)


def drawn(population: Sequence[Line], count: int, seed: str) -> tuple[Line, ...]:
    """Return the sample, in the order of the population; all of it where it is no larger."""

    def rank(line: Line) -> tuple[str, str, int]:
        told = hashlib.sha256(f"{seed}:{line.hash}".encode()).hexdigest()
        return told, line.run, line.seq

    chosen = set(map(id, sorted(population, key=rank)[:count]))
    return tuple(line for line in population if id(line) in chosen)
