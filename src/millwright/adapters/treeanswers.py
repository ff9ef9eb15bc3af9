"""What comes up a tree of gateways: lines of many nodes, gathered into one answer each.

Exit statuses of 255 and 76 are what ssh says of a node that it cannot reach, and the tree of one
whose gateway died: a command that ends so by itself is UNKNOWN too.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ClusterShell.Event import EventHandler

from millwright.ports import Answer, Limits

LONGEST_S = 3600.0
UNREACHED = 255
ORPHANED = os.EX_PROTOCOL


@dataclass(slots=True)
class _Said:
    """What came of one node so far."""

    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    dropped: int = 0


class Gathered(EventHandler):  # type: ignore[misc]
    """Gathers what nodes say, and hands on each answer when it is whole."""

    def __init__(self, node_at: Mapping[str, str], argv: tuple[str, ...], limits: Limits) -> None:
        self.node_at = dict(node_at)
        self.argv = argv
        self.limits = limits
        self._begun = time.monotonic()
        self._said = {address: _Said() for address in node_at}
        self._waiting = dict(node_at)
        self._whole: queue.SimpleQueue[tuple[str, int | None]] = queue.SimpleQueue()
        self.trouble = ""

    def ev_read(self, worker: Any, node: str, sname: str, msg: bytes) -> None:
        """Keep a line, up to the limit."""
        said = self._said.get(node)
        if said is None:
            self.trouble = msg.decode("utf-8", "backslashreplace")[:300]
            return
        stream = said.err if sname == worker.SNAME_STDERR else said.out
        line = msg + b"\n"
        room = max(0, self.limits.output_bytes - len(stream))
        stream.extend(line[:room])
        said.dropped += max(0, len(line) - room)

    def ev_hup(self, worker: Any, node: str, rc: int) -> None:
        """Note that a node is done."""
        del worker
        self._whole.put((node, rc))

    def ev_close(self, worker: Any, timedout: bool) -> None:
        """Note the nodes that did not end in time."""
        if timedout:
            for node in worker.iter_keys_timeout():
                self._whole.put((str(node), None))

    def answers(self, thread: threading.Thread, run_s: float | None) -> Iterator[Answer]:
        """Yield answers until all are in, the thread has ended, or the run's time is over."""
        end = time.monotonic() + (run_s or LONGEST_S)
        while self._waiting and time.monotonic() < end:
            ended = not thread.is_alive()
            try:
                address, status = self._whole.get(timeout=0 if ended else 0.1)
            except queue.Empty:
                if ended:
                    break
                continue
            if address in self._waiting:
                yield self._answer(address, status)
        over = time.monotonic() >= end
        yield from self.rest(
            "the time of the whole run was over" if over else self.trouble or "no gateway is left"
        )

    def rest(self, reason: str) -> Iterator[Answer]:
        """Yield those who never answered as lost."""
        for address in list(self._waiting):
            node, spent = self._waiting.pop(address), time.monotonic() - self._begun
            yield Answer(node, self.argv, "lost", None, spent, reason=reason)

    def _answer(self, address: str, status: int | None) -> Answer:
        node, said = self._waiting.pop(address), self._said[address]
        spent = time.monotonic() - self._begun
        kept = (bytes(said.out), bytes(said.err), said.dropped)
        if status is None:
            told = f"no end within {self.limits.command_s:g} s"
            return Answer(node, self.argv, "timeout", None, spent, *kept, reason=told)
        if status == ORPHANED:
            told = "its gateway died while it was asked"
            return Answer(node, self.argv, "lost", None, spent, *kept, reason=told)
        if status == UNREACHED:
            told = said.err.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
            return Answer(
                node, self.argv, "lost", None, spent, reason=told or "ssh could not reach it"
            )
        return Answer(node, self.argv, "exit", status, spent, *kept)
