"""One trial: a fleet is drawn, judged as a real one is, and what was said is held against it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.manage.detect.judge import Terms, detect
from millwright.manage.score.notices import notices_of
from millwright.manage.score.scored import Run
from millwright.manage.score.thresholds import by_thresholds
from millwright.manage.simulate.fleet import drawn
from millwright.manage.simulate.planting import Wished, planted
from millwright.manage.simulate.samples import telemetry_of, truth_of
from millwright.manage.simulate.workload import workload
from millwright.model.detection import FindingsDocument
from millwright.model.telemetry import Telemetry
from millwright.model.telemetrytruth import SignalModel, TelemetryTruth

DETECTOR, THRESHOLDS = "millwright", "fixed thresholds"


@dataclass(frozen=True, slots=True)
class Wish:
    """What to simulate: how many nodes, how long, from which seed, with what planted in it."""

    nodes: int
    minutes: int
    seed: int
    faults: Sequence[Wished]
    labelled: bool = True


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it."""

    told: Telemetry
    truth: TelemetryTruth
    findings: FindingsDocument

    def run(self) -> Run:
        """Return what both judges said, beside the truth."""
        said = [each.model_dump(mode="json") for each in self.findings.findings]
        return Run(self.truth, {DETECTOR: notices_of(said), THRESHOLDS: by_thresholds(self.told)})


def simulated(wish: Wish, models: Mapping[str, SignalModel]) -> tuple[Telemetry, TelemetryTruth]:
    """Return the telemetry of a wish, and what was planted; a seed always draws the same."""
    dice = random.Random(wish.seed)
    work = workload(wish.nodes, wish.minutes, dice)
    happenings = planted((wish.nodes, wish.minutes), wish.faults, dice, work.works, work.crew)
    fleet = drawn(work, models, happenings, wish.seed)
    return telemetry_of(fleet, labelled=wish.labelled), truth_of(fleet, wish.seed)


def trial(wish: Wish, models: Mapping[str, SignalModel], terms: Terms) -> Trial:
    """Return the trial of a wish."""
    told, truth = simulated(wish, models)
    return Trial(told, truth, detect(told, terms))
