"""The test of one group carried out: planned for its nodes, begun, asked after, read.

Under the same name and the same nodes it is the same turn: what ran before a kill is collected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from millwright.build.engine import Engine
from millwright.build.groupsearch import Group, Reached
from millwright.build.hands import Hands, Patience
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Outcome
from millwright.model.groupsearch import GroupSearch

Row = Mapping[str, Any]
Planned = Callable[[Group], BuildPlan]
"""Plans the test for a group; its test has the catalogue's name."""


@dataclass(slots=True)
class GroupRun:
    """Carries tests of groups out; `before` and `rows` are what earlier ones came to."""

    search: GroupSearch
    planned: Planned
    hands: Hands
    patience: Patience
    before: list[Outcome] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def measure(self, name: str, group: Group) -> Reached:
        """Return what a group's test comes to under a name, running what is left of it."""
        made = named_plan(self.planned(group), name)
        hands = replace(self.hands, measured=self._measured)
        own = [outcome for outcome in self.before if outcome.test == name]
        if not any(outcome.final for outcome in own):
            for outcome in Engine(made, hands, self.patience, own).go():
                self.before.append(outcome)
        last = [outcome for outcome in self.before if outcome.test == name][-1]
        return reached(self.search, last, self.rows)

    def _measured(self, rows: Sequence[dict[str, Any]]) -> int:
        length = self.hands.measured(rows)
        self.rows += rows
        return length


def named_plan(plan: BuildPlan, name: str) -> BuildPlan:
    """Return a plan of one test with that test under another name, run once."""
    (test,) = plan.tests
    return plan.model_copy(
        update={"tests": (test.model_copy(update={"test": name, "segments": 1}),)}
    )


def reached(search: GroupSearch, outcome: Outcome, rows: Iterable[Row]) -> Reached:
    """Return what an outcome's rows say: the metric at its largest messages, and faults."""
    own = [
        row
        for row in rows
        if row["test"] == outcome.test and row.get("attempt", 1) == outcome.attempt
    ]
    faults = sum(float(row["value"]) for row in own if row["metric"] in search.faults)
    values = [row for row in own if row["metric"] == search.metric]
    if outcome.came != "measured" or not values:
        reason = outcome.reason or f"said nothing of {search.metric}"
        came = "error" if outcome.came == "measured" else outcome.came
        return Reached(came, None, faults, reason)
    most = max(_bytes(row) for row in values)
    value = median(float(row["value"]) for row in values if _bytes(row) == most)
    return Reached("measured", value, faults)


def _bytes(row: Row) -> float:
    return float(row.get("params", {}).get("bytes", 0))
