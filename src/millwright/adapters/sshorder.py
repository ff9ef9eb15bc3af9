"""What nodes are asked over SSH in one go, and how long there is for it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import paramiko

from millwright.ports import Limits


class Unreached(Exception):
    """A node could not be asked; the message is the reason that its answer carries."""


@dataclass(frozen=True, slots=True)
class Order:
    """What every node is asked, and when (monotonic) the time of the whole run is over."""

    argv: tuple[str, ...]
    given: bytes | Mapping[str, bytes]
    limits: Limits
    end: float | None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _running: set[paramiko.Transport] = field(default_factory=set)

    def given_to(self, node: str) -> bytes:
        """Return what the command of a node reads."""
        return self.given if isinstance(self.given, bytes) else self.given.get(node, b"")

    @contextlib.contextmanager
    def running(self, transport: paramiko.Transport) -> Iterator[None]:
        """Hold the connection of a command where `stop` finds it."""
        self._running.add(transport)
        try:
            yield
        finally:
            self._running.discard(transport)

    def stop(self) -> list[paramiko.Transport]:
        """Ask nobody any more; return the connections on which a command runs."""
        self._stopped.set()
        return list(self._running)

    def left(self) -> Limits:
        """Return the limits that still fit into the run. Raises Unreached when it is over."""
        if self._stopped.is_set():
            raise Unreached("the run was stopped")
        if self.end is None:
            return self.limits
        left = self.end - time.monotonic()
        if left <= 0:
            raise Unreached("the time of the whole run was over")
        connect_s, command_s = self.limits.connect_s, self.limits.command_s
        return replace(self.limits, connect_s=min(connect_s, left), command_s=min(command_s, left))


def end_of(limits: Limits) -> float | None:
    """Return when (monotonic) the time of a run is over that begins now; None if never."""
    return None if limits.run_s is None else time.monotonic() + limits.run_s
