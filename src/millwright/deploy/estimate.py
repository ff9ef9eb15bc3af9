"""How long a plan takes, from how long its roles took before; without history, nothing is said.

Only measured times speak: between two host counts the line between them, below the smallest the
smallest, and beyond the largest "at least".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from millwright.deploy.plan import Plan
from millwright.model.standing import Took


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds of the roles that have a history, the roles that have none, and how sure it is.

    `at_least` says that some role was never done on so many hosts; `runs` counts the runs that
    the figure comes from.
    """

    seconds: float | None
    without: tuple[str, ...] = ()
    at_least: bool = False
    runs: int = 0

    def told(self) -> str:
        """Return it in words."""
        if self.seconds is None:
            return "no history yet to tell how long it takes"
        word = "at least" if self.at_least or self.without else "about"
        missing = f"; no history yet of {', '.join(self.without)}" if self.without else ""
        runs = f"{self.runs} earlier run{'s' if self.runs != 1 else ''}"
        return f"{word} {span(self.seconds)}, from {runs}{missing}"


def span(seconds: float) -> str:
    """Return a span of time as a person says it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def estimated(made: Plan, history: Sequence[Took]) -> Estimate:
    """Return how long a plan takes. First times are only compared with first times."""
    total, without, at_least = 0.0, [], False
    used: set[str] = set()
    for (role, first), count in _counts(made).items():
        known = _known(role, first, history)
        if not known:
            without.append(role)
            continue
        used |= {took.run for took in known}
        total += seconds_for(count, _by_count(known))
        at_least |= count > max(took.hosts for took in known)
    if not used:
        return Estimate(None, tuple(dict.fromkeys(without)))
    return Estimate(total, tuple(dict.fromkeys(without)), at_least, len(used))


def expected_of(made: Plan, history: Sequence[Took]) -> dict[str, float]:
    """Return how long each role of a plan takes; a role of which a part has no history is left
    out.
    """
    found: dict[str, float] = {}
    missing: set[str] = set()
    for (role, first), count in _counts(made).items():
        if known := _known(role, first, history):
            found[role] = found.get(role, 0.0) + seconds_for(count, _by_count(known))
        else:
            missing.add(role)
    return {role: seconds for role, seconds in found.items() if role not in missing}


def _counts(made: Plan) -> dict[tuple[str, bool], int]:
    hosts: dict[tuple[str, bool], int] = {}
    for step in made.steps:
        key = (step.role.name, step.why == "never done")
        hosts[key] = hosts.get(key, 0) + 1
    return hosts


def _known(role: str, first: bool, history: Sequence[Took]) -> list[Took]:
    return [took for took in history if took.role == role and took.first == first]


def _by_count(known: Sequence[Took]) -> dict[int, float]:
    counts = {took.hosts for took in known}
    return {n: median(took.seconds for took in known if took.hosts == n) for n in sorted(counts)}


def seconds_for(count: int, measured: Mapping[int, float]) -> float:
    """Return the time for so many hosts from times by host count, which are in rising order."""
    below = [n for n in measured if n <= count]
    above = [n for n in measured if n >= count]
    if not below:
        return measured[above[0]]
    if not above:
        return measured[below[-1]]
    low, high = below[-1], above[0]
    if low == high:
        return measured[low]
    share = (count - low) / (high - low)
    return measured[low] + share * (measured[high] - measured[low])
