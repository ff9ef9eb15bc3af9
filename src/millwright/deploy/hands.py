"""What a run works with, and what it tells: everything of the world comes in through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from millwright.deploy.checks import Verdict
from millwright.deploy.role import Secret
from millwright.model.drain import Drain
from millwright.model.standing import Done
from millwright.ports import Answer, Asker, Playbooks, Played, Shell


class Ledger(Protocol):
    """Where what was done is kept."""

    def put(self, *done: Done) -> None:
        """See it on the disk: all of it, or nothing."""
        ...

    def rows(self) -> Mapping[tuple[str, str], Done]:
        """Return how every role stands, by host and role."""
        ...


class DrainBook(Protocol):
    """Where it is kept which nodes we drained."""

    def put(self, drain: Drain) -> None:
        """See it on the disk."""
        ...

    def open(self) -> Mapping[str, Drain]:
        """Return the drains that have not ended, by host."""
        ...


@dataclass(frozen=True, slots=True)
class Hands:
    """What a run works with.

    `lay` puts a secret on hosts and returns why it could not, by host; `keep` sees an answer on
    the disk, `keep_played` what a play came to; `wait` lets some seconds pass.
    """

    playbooks: Playbooks
    shell: Shell
    asker: Asker
    ledger: Ledger
    drains: DrainBook
    lay: Callable[[Secret, Sequence[str]], Mapping[str, str]]
    keep: Callable[[Answer], None]
    keep_played: Callable[[Played, str], None]
    now: Callable[[], str]
    wait: Callable[[float], None]
    run: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one role came out on one host; `skipped` says that it was not begun, and why."""

    role: str
    host: str
    verdict: Verdict
    skipped: bool = False

    @property
    def well(self) -> bool:
        """Return whether the role stands there."""
        return self.verdict.standing in ("proven", "not testable")
