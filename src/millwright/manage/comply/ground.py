"""Everything that a check is decided from, as values; and how machine questions are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from millwright.manage.assess.voice import Voice
from millwright.manage.comply.places import Places
from millwright.model.checked import Check, Found, Scope, Testimony, Trace
from millwright.model.drift import DriftDocument
from millwright.model.drill import DrillRecord
from millwright.model.evidence import Verified
from millwright.model.holding import Holding
from millwright.model.nodeset import folded
from millwright.model.placement import Decision, Placement
from millwright.model.scan import Scan
from millwright.model.spec import Factory
from millwright.model.standing import Done

Said = tuple[Found, str]
MOST_NODES = 200
"""Nodes that a testimony names one by one; the others are counted."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What nodes said: when, kept where, and who was silent. Without nodes nobody was asked."""

    voices: Mapping[str, Voice]
    at: str = ""
    source: str = ""
    silent: Mapping[str, str] = field(default_factory=dict)
    simulated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where workloads run by today's rules, and by what was decided."""

    now: tuple[Placement, ...] = ()
    decided: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """Spec, design and everything that the workspace holds of the cluster.

    `hosts` are those of the design. `people` are logins that are declared, with the fingerprints of
    their keys; None where any key may be theirs.
    """

    now: datetime
    factory: Factory
    scope: Scope
    places: Places
    facts: Facts
    hosts: tuple[str, ...] = ()
    simulated: bool = False
    ledger: Mapping[tuple[str, str], Done] = field(default_factory=dict)
    drills: Sequence[DrillRecord] = ()
    chains: Mapping[str, Verified] = field(default_factory=dict)
    placed: Placed = field(default_factory=Placed)
    people: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    drift: DriftDocument | None = None
    scans: Sequence[Scan] = ()
    holdings: Sequence[Holding] | None = None
    checks: Sequence[Check] = ()

    def days_since(self, at: str) -> float:
        """Return how many days ago something was."""
        return (self.now - datetime.fromisoformat(at)) / timedelta(days=1)


Judge = Callable[[Voice], Said]
Ask = Callable[[Ground], Testimony]


def over_nodes(ground: Ground, ask: str, judge: Judge, what: str, question: str) -> Testimony:
    """Return what a question comes to over all nodes: the worst of them, each bad one named.

    A node that was not heard, or that the design has and nobody asked, is unknown.
    """
    facts = ground.facts
    if not facts.voices and not facts.silent:
        return Testimony(ask=ask, found="unknown", why="no node was asked")
    said: dict[str, Said] = {name: judge(voice) for name, voice in facts.voices.items()}
    for name, why in facts.silent.items():
        said[name] = ("unknown", f"it did not answer: {why}")
    for name in ground.hosts:
        said.setdefault(name, ("unknown", "it was not asked"))
    return _summed(ground, ask, said, (what, question))


def _summed(ground: Ground, ask: str, said: Mapping[str, Said], told: tuple[str, str]) -> Testimony:
    by: dict[Found, list[str]] = {}
    for name, (found, _) in said.items():
        by.setdefault(found, []).append(name)
    order: tuple[Found, ...] = ("fail", "unknown", "pass", "not-applicable")
    worst: Found = next(found for found in order if found in by)
    bad = {
        name: f"{found}: {why}" for name, (found, why) in said.items()
        if found in ("fail", "unknown")
    }  # fmt: skip
    return Testimony(
        ask=ask,
        found=worst,
        why=_why(by, said, worst, told[0]),
        at=ground.facts.at,
        simulated=ground.simulated or any(name in ground.facts.simulated for name in said),
        nodes=dict(list(bad.items())[:MOST_NODES]),
        traces=(Trace(what=f"{ground.facts.source or 'nodes'}: {told[1]}", at=ground.facts.at,
                      node=folded(list(ground.facts.voices))[:1000]),),
    )  # fmt: skip


_BAD: tuple[tuple[Found, str], ...] = (("fail", "are not so"), ("unknown", "did not tell"))


def _why(by: Mapping[Found, list[str]], said: Mapping[str, Said], worst: Found, what: str) -> str:
    """Return in words how many nodes stand how, and what the first bad one said."""
    count = len(said)
    if worst in ("pass", "not-applicable"):
        reasons = dict.fromkeys(said[name][1] for name in by[worst])
        shown = "; ".join(list(reasons)[:2])
        return f"{what}: {len(by[worst])} of {count} nodes" + (f" ({shown})" if shown else "")
    parts = [f"{len(by[found])} {word}" for found, word in _BAD if found in by]
    first = by[worst][0]
    return f"of {count} nodes {' and '.join(parts)}; {first}: {said[first][1]}"
