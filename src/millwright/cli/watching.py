"""Shows a deployment while it goes on: a heat map on a terminal, whole lines in a pipe."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.keeping import Keeper, KeptPlaybooks
from millwright.cli.outcomes import known_here
from millwright.model.nodeset import folded
from millwright.model.standing import Took
from millwright.ports import Limits, Play, Playbooks, Played
from millwright.reports.deployment import outcome_lines
from millwright.reports.progress import Lap, Progress

if TYPE_CHECKING:
    from millwright.deploy.hands import Hands, Outcome
    from millwright.model.knownerror import KnownError

Told = tuple[str, str, str, str]
"""A role, a host, a standing and its detail."""


@dataclass(frozen=True, slots=True)
class Laps:
    """Adds up how long roles took; `firsts` are the roles and hosts that were never done before.

    A role that comes to its hosts in several laps (a canary, then waves) took all of them.
    """

    firsts: frozenset[tuple[str, str]]
    keep: Callable[[Took], None]
    sums: dict[tuple[str, bool], tuple[int, float]] = field(default_factory=dict)

    def take(self, lap: Lap) -> None:
        """Take one lap of a run."""
        first = all((lap.role, host) in self.firsts for host in lap.hosts)
        hosts, seconds = self.sums.get((lap.role, first), (0, 0.0))
        self.sums[lap.role, first] = (hosts + len(lap.hosts), seconds + lap.seconds)

    def end(self, run: str) -> None:
        """Keep what a run's laps add up to."""
        for (role, first), (hosts, seconds) in self.sums.items():
            self.keep(Took(run, role, hosts, first, round(seconds, 3)))


@dataclass(slots=True)
class Watch:
    """Takes what happens in a run, from whoever knows of it, and shows it."""

    progress: Progress
    say: Callable[[str], None]
    laps: Laps
    known: Sequence[KnownError] = ()
    live: bool = False
    run: str = ""
    _told: list[Told] = field(default_factory=list)
    _ahead: dict[str, list[Play]] = field(default_factory=dict)

    def over(self, hands: Hands) -> Hands:
        """Return the hands of a run with playbooks that tell this watch when they begin and end."""
        self.run = hands.run
        kept = KeptPlaybooks(hands.playbooks, Keeper(hands.shell, hands.keep, hands.run))
        return replace(hands, playbooks=WatchedPlaybooks(kept, self))

    def expect(self, plays: Sequence[Play]) -> None:
        """Take which plays come; each begins with its first task.

        Who follows others does their plays behind them.
        """
        for play in plays:
            self._ahead.setdefault(play.playbook, []).append(play)

    def came(self, playbook: str) -> None:
        """Take that a play is under way."""
        if ahead := self._ahead.get(playbook):
            play = ahead.pop(0)
            self.begun(playbook.removesuffix(".yml"), play.nodes)

    def task(self, playbook: str, task: str) -> None:
        """Take that a task begins."""
        self.came(playbook)
        self.progress.task(playbook.removesuffix(".yml"), task)

    def begun(self, role: str, hosts: Sequence[str]) -> None:
        """Take that a play begins."""
        self.progress.begun(role, hosts)
        if not self.live:
            self.say(f"  {role:18} {folded(hosts)} ({len(hosts)})  begun")

    def outcome(self, outcome: Outcome) -> None:
        """Take how a role came out on a host; lines are told when its hosts are all there."""
        verdict = outcome.verdict
        self._told.append((outcome.role, outcome.host, verdict.standing, verdict.detail))
        lap = self.progress.outcome(
            outcome.role, outcome.host, verdict.standing, skipped=outcome.skipped
        )
        if lap is not None:
            self.laps.take(lap)
            self.flush()

    def flush(self) -> None:
        """Tell what was held back to be folded."""
        told, self._told = self._told, []
        if not self.live:
            for line in outcome_lines(told, self.known):
                self.say(f"  {line}")


@dataclass(frozen=True, slots=True)
class WatchedPlaybooks:
    """Playbooks that tell a watch when they begin and end."""

    inner: Playbooks
    watch: Watch

    def play(self, plays: Sequence[Play], limits: Limits) -> Iterator[Played | None]:
        """Yield what came of each node, as the playbooks behind do."""
        self.watch.expect(plays)
        for played in self.inner.play(plays, limits):
            if played is not None:
                self.watch.came(played.playbook)
                self.watch.progress.played(played.playbook.removesuffix(".yml"), played.node)
            yield played


@contextlib.contextmanager
def watching(
    door: Door, progress: Progress, racks: Mapping[str, str], laps: Laps
) -> Iterator[Watch]:
    """Show a run until it is over; a terminal gets a picture, and everything else lines."""

    def drawn(width: int, height: int) -> object:
        from millwright.cli.heat import drawn_heat

        return drawn_heat(progress, racks, "deploy", (width, height))

    watch = Watch(progress, door.ui.detail if door.json else door.ui.say, laps, known_here(door))
    with contextlib.ExitStack() as stack:
        if not door.json:
            watch.live = stack.enter_context(door.ui.live(drawn))
        try:
            yield watch
        except KeyboardInterrupt:
            laps.end(watch.run)
            raise
        else:
            laps.end(watch.run)
        finally:
            watch.flush()
