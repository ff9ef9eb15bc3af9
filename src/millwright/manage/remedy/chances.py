"""How likely a remedy helps, and how often a class of complaints was right: Beta distributions.

What was counted here is added to what the catalogue supposes, so that the supposition is worth as
many tries as its two numbers say. Tries of other faults and other servers count nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import comb

from millwright.model.incident import Chance
from millwright.model.remedy import Remedy, fits


@dataclass(frozen=True, slots=True)
class Tried:
    """One try of the past: what was done for which fault on which server, and whether it helped."""

    fault: str
    remedy: str
    sku: str
    mended: bool


@dataclass(frozen=True, slots=True)
class Precision:
    """How often complaints of a class were found true when they were looked at again."""

    right: int = 0
    wrong: int = 0

    @property
    def lower(self) -> float:
        """Return the 5 % quantile of Beta(1 + right, 1 + wrong): the least that is believed."""
        return lower_bound(1 + self.right, 1 + self.wrong)


def chance(remedy: Remedy, fault: str, sku: str, record: Iterable[Tried]) -> Chance | None:
    """Return how likely a remedy mends a fault; None where nobody ever supposed that it could."""
    prior = next(
        (m for m in remedy.mends if any(fits(pattern, fault) for pattern in m.faults)), None
    )
    same = [t for t in record if (t.fault, t.remedy, t.sku) == (fault, remedy.name, sku)]
    if prior is None and not same:
        return None
    mended = sum(tried.mended for tried in same)
    alpha, beta = (prior.alpha, prior.beta) if prior else (1.0, 1.0)
    return Chance(
        remedy=remedy.name,
        alpha=alpha + mended,
        beta=beta + len(same) - mended,
        mended=mended,
        tried=len(same),
        prior_source=f"{remedy.source} ({remedy.confidence})" if prior else "none: both alike",
    )


def lower_bound(alpha: int, beta: int, at: float = 0.05) -> float:
    """Return a quantile of Beta(alpha, beta) of whole numbers, to six digits.

    P(Beta(a, b) <= x) is the chance of at least a hits in a + b - 1 throws of x.
    """
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if _below(middle, alpha, alpha + beta - 1) < at:
            low = middle
        else:
            high = middle
    return round(low, 6)


def _below(x: float, hits: int, throws: int) -> float:
    return sum(comb(throws, n) * x**n * (1 - x) ** (throws - n) for n in range(hits, throws + 1))
