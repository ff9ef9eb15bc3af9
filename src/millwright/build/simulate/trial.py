"""One trial: a fleet is drawn, judged as real ones are, and the verdict held against the truth."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from millwright.build.judge.places import Places
from millwright.build.judge.verdicts import Terms, judge
from millwright.build.simulate.fleet import drawn
from millwright.build.simulate.plainrule import by_mean
from millwright.build.simulate.planting import Wished, planted
from millwright.build.simulate.rows import measured, places_of
from millwright.build.simulate.score import Said, said_by
from millwright.model.fleet import Noise, Truth
from millwright.model.measurements import Measurements
from millwright.model.verdict import VerdictDocument


@dataclass(frozen=True, slots=True)
class Wish:
    """What to simulate. `everybody` is measured three times; else only who was flagged at first."""

    nodes: int
    seed: int
    noise: Noise
    faults: Sequence[Wished]
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: the rows that were judged, the truth, and what either judge said."""

    columns: Measurements
    places: Places
    truth: Truth
    verdict: VerdictDocument
    said: dict[str, Said]
    plain: dict[str, Said]

    def groups(self) -> list[tuple[str, bool]]:
        """Return every rack, leaf or firmware that was hit, and whether it was named."""
        named = {pattern.group for pattern in self.verdict.patterns}
        firmware = any(pattern.axis == "firmware" for pattern in self.verdict.patterns)
        return [
            (fault.group or "firmware", fault.group in named if fault.group else firmware)
            for fault in self.truth.faults
            if fault.kind in ("hot-rack", "bad-leaf", "wrong-firmware")
        ]


def trial(wish: Wish) -> Trial:
    """Return the trial of a seed: the same seed draws the same fleet.

    As on a floor, everybody is measured once, and who is flagged twice more; then all is judged.
    """
    faults = planted(wish.nodes, wish.faults, random.Random(wish.seed))
    fleet = drawn(wish.nodes, wish.noise, faults, np.random.default_rng(wish.seed))
    places = places_of(fleet)
    terms = Terms(places=places)
    repeated: frozenset[str] | None = None
    if not wish.everybody:
        first = judge(measured(fleet, frozenset()), terms)
        repeated = frozenset(
            name for name, node in first.nodes.items()
            if any(finding.disposition == "retest" and finding.kind == "outlier"
                   for finding in node.findings)
        )  # fmt: skip
    columns = measured(fleet, repeated)
    verdict = judge(columns, terms)
    truth = Truth(
        seed=wish.seed, noise=wish.noise.name, nodes=fleet.nodes, faults=faults,
        places={name: dict(axes) for name, axes in places.nodes.items()},
    )  # fmt: skip
    document = verdict.model_dump(mode="json", include={"nodes"})
    return Trial(columns, places, truth, verdict, said_by(document), by_mean(columns))
