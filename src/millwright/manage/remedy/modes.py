"""How far repair may go by itself, for a class of faults in a tier, and why no further."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from millwright.manage.remedy.chances import Precision
from millwright.model.incident import Complaint
from millwright.model.remedy import Mode, Policy, PolicyRow, fits
from millwright.model.site import Tier


@dataclass(frozen=True, slots=True)
class Settled:
    """The mode that holds. `row` is the line of the policy that says so, where one does."""

    mode: Mode
    why: str
    row: PolicyRow | None = None

    def names(self, act: str) -> bool:
        """Return whether the policy names an act: that counts as its confirmation."""
        return self.row is not None and act in self.row.actions


def row_of(policy: Policy, fault: str, tier: str, now: datetime) -> PolicyRow | None:
    """Return the line for a fault in a tier: the first that fits and is not over."""
    return next(
        (
            row
            for row in policy.rows
            if fits(row.faults, fault) and row.tier in ("*", tier) and not row.is_over(now)
        ),
        None,
    )


def mode_of(
    complaint: Complaint, tier: Tier | None, policy: Policy, seen: tuple[Precision, float],
    now: datetime,
) -> Settled:  # fmt: skip
    """Return the mode for a complaint.

    A tier that is only observed stays so, whatever the policy says. `seen` is the precision of the
    class until now, and what its lower bound must reach before the class acts by itself.
    """
    if tier is not None and tier.remedy_mode == "observe":
        return Settled("observe", f"the spec has tier {tier.name} observed only")
    name = tier.name if tier is not None else ""
    row = row_of(policy, complaint.fault, name, now)
    if row is not None:
        mode: Mode = row.mode
        why = f"remedy.yaml: {row.faults} in tier {row.tier} until {row.until:%Y-%m-%d}, {row.by}"
    elif tier is not None and tier.remedy_mode == "auto":
        mode, why = "auto", f"the spec says so for tier {tier.name}"
    else:
        mode, why = "advise", "nothing says otherwise"
    return _measured(Settled(mode, why, row), complaint, seen)


def _measured(wanted: Settled, complaint: Complaint, seen: tuple[Precision, float]) -> Settled:
    """Return what is wanted, or less where the class has not been right often enough."""
    precision, least = seen
    if wanted.mode != "auto" or precision.lower >= least:
        return wanted
    told = (
        f"auto was wanted, but of {complaint.family} complaints {precision.right} were right and "
        f"{precision.wrong} wrong: at least {precision.lower:.2f} is known, {least:g} is asked for"
    )
    return Settled("approve", told, wanted.row)
