"""A node that a run took out of service: kept before Slurm is told, so that it is given back."""

from __future__ import annotations

from dataclasses import dataclass

MARK = "millwright:"
"""What the reason of every drain of ours begins with; the run's name follows."""


@dataclass(frozen=True, slots=True)
class Drain:
    """One node drained by one run; `ended` says that the drain is no business of ours any more."""

    host: str
    run: str
    at: str
    ended: bool = False

    @property
    def reason(self) -> str:
        """Return what Slurm is told."""
        return f"{MARK}{self.run}"

    def owns(self, reason: str) -> bool:
        """Return whether a reason that Slurm tells is still the one of this drain."""
        return reason == self.reason or reason.startswith(f"{self.reason}: ")
