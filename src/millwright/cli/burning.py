"""Shows a burn-in while it goes on: a heat map on a terminal, whole lines in a pipe."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from millwright.build.schedule import Turn
from millwright.cli.door import Door
from millwright.model.buildplan import BuildPlan
from millwright.model.buildrun import Came, Outcome
from millwright.model.nodeset import expanded
from millwright.reports.burnin import outcome_lines
from millwright.reports.progress import Progress

STATES: dict[Came, str] = {
    "measured": "proven",
    "error": "unknown",
    "hung": "failed",
    "lost": "unknown",
    "not run": "left",
}
"""How outcomes are drawn: measured is green, and no verdict."""


@dataclass(slots=True)
class Burning:
    """Takes what happens in a run and shows it; turns of one kind are told together."""

    progress: Progress
    say: Callable[[str], None]
    live: bool = False
    _told: list[Outcome] = field(default_factory=list)

    def begun(self, turn: Turn) -> None:
        """Take that a turn begins."""
        self.progress.begun(turn.test.test, [turn.runs_on])

    def outcome(self, outcome: Outcome) -> None:
        """Take how a turn came out; lines of one test are held back to be folded."""
        state = STATES[outcome.came] if outcome.final else "waits"
        skipped = outcome.came == "not run"
        self.progress.outcome(outcome.test, outcome.node, state, skipped=skipped)
        if self._told and self._told[-1].test != outcome.test:
            self.flush()
        self._told.append(outcome)

    def flush(self) -> None:
        """Tell what was held back."""
        told, self._told = self._told, []
        if not self.live:
            for line in outcome_lines(told):
                self.say(f"  {line}")


@contextlib.contextmanager
def burning(door: Door, plan: BuildPlan, before: Sequence[Outcome]) -> Iterator[Burning]:
    """Show a run until it is over; a terminal gets a picture, and everything else lines."""
    cells = [(test.test, name) for test in plan.tests for name in test.names()]
    expected = {test.test: float(test.seconds) for test in plan.tests}
    progress = Progress(cells, time.monotonic, expected)
    racks = {name: feed.name for feed in plan.feeds for name in expanded(feed.nodes)}

    def drawn(width: int, height: int) -> object:
        from millwright.cli.heat import drawn_heat

        return drawn_heat(progress, racks, "burn-in", (width, height))

    watch = Burning(progress, door.ui.detail if door.json else door.ui.say)
    for outcome in before:
        state = STATES[outcome.came] if outcome.final else "waits"
        progress.outcome(outcome.test, outcome.node, state)
    with contextlib.ExitStack() as stack:
        if not door.json:
            watch.live = stack.enter_context(door.ui.live(drawn))
        try:
            yield watch
        finally:
            watch.flush()
