"""Hands of tuning: connections, evidence of every answer, the journal around each order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from millwright.adapters.asking import ShellAsker
from millwright.adapters.hostkeys import known_hosts
from millwright.adapters.recording import Recorder, recorder
from millwright.adapters.routes import Known, known_nodes
from millwright.adapters.ssh import SshShell
from millwright.adapters.sweeping import Kept, as_heard, swept
from millwright.adapters.tuningbook import Deed, SqlTuning
from millwright.adapters.tuningprogram import change_words, program
from millwright.cli.door import Door
from millwright.cli.tuninghosts import Told, book_of, question, read_all, recalled
from millwright.cli.wiring import workspace_of
from millwright.manage.tune.hands import Changed, Hands
from millwright.manage.tune.measured import number_of, words_of
from millwright.manage.tune.orders import NodeOrder
from millwright.manage.tune.wire import changed, drained_by, given
from millwright.model.tuned import Facts
from millwright.model.tuning import TuningTest
from millwright.ports import Limits, Question

if TYPE_CHECKING:
    from millwright.model.catalog import Catalog

CHANGE_S = 120.0
SPARE_S = 60.0
OUTPUT_BYTES = 16 << 20


@dataclass(slots=True)
class Session:
    """Connections to nodes, and where what they say is kept."""

    known: Known
    shell: SshShell
    record: Recorder
    book: SqlTuning
    catalog: Catalog
    containers: set[str]

    def look(self, nodes: Sequence[str]) -> Told:
        """Return what nodes say of their parameters now."""
        asked = question(self.catalog)
        puts = {node: [(asked.id, Question(node, asked.argv, asked.command_s))] for node in nodes}
        kept = Kept(self.record.keep_all, self.shell.secrets)
        found = swept(ShellAsker(self.shell), puts, kept)
        told = recalled(read_all(found, nodes), self.book.remembered())
        self.containers |= {n for n, facts in told.facts.items() if facts.contained}
        return told

    def hands(self, deed: tuple[str, str], say: Callable[[str], None]) -> Hands:
        """Return what a campaign works with; `deed` is what the journal calls it, and its note."""

        def look(nodes: Sequence[str]) -> Mapping[str, Facts | str]:
            told = self.look(nodes)
            return {**told.silent, **told.facts}

        def change(orders: Sequence[NodeOrder]) -> Mapping[str, Changed]:
            return {each.node: each for each in self.change(orders, deed)}

        return Hands(
            look=look,
            change=change,
            measure=self.measure,
            keep_gain=self.book.put_gain,
            now=now,
            say=say,
            run=self.record.folder.name,
        )

    def change(self, orders: Sequence[NodeOrder], deed: tuple[str, str]) -> Iterator[Changed]:
        """Yield what nodes made of their orders; the journal has each before it goes."""
        texts = {order.node: given(order, program()) for order in orders}
        if not texts:
            return
        plain = {order.node: given(order, "").decode() for order in orders}
        self.book.put(self._deed(node, deed, "begun", text) for node, text in plain.items())
        limits = Limits(command_s=CHANGE_S, output_bytes=OUTPUT_BYTES)
        for answer in self.shell.run(list(texts), change_words(), limits, texts):
            self.record.keep(answer)
            told = changed(answer, container=answer.node in self.containers)
            said = answer.stdout.decode("utf-8", "backslashreplace")
            phase = "done" if told.well else "failed" if told.answered else "lost"
            self.book.put([self._deed(answer.node, deed, phase, said or told.reason)])
            yield told

    def _deed(self, node: str, deed: tuple[str, str], phase: str, document: str) -> Deed:
        return Deed(node, self.record.folder.name, now(), *deed, phase, document)

    def measure(self, node: str, test: TuningTest) -> float | str:
        """Return what a test measures on a node, or why it measured nothing."""
        limits = Limits(command_s=test.seconds + SPARE_S)
        words = words_of(test)
        (answer,) = self.shell.run([node], words, limits, test.given.encode())
        self.record.keep(answer)
        return number_of(test, as_heard(test.name, answer, self.shell.secrets))

    def drained(self, head: str) -> frozenset[str] | str:
        """Return the nodes that Slurm holds drained and empty, or why it does not tell."""
        words = ("sinfo", "--noheader", "--Node", "--format=%N|%T")
        (answer,) = self.shell.run([head], words, Limits(command_s=30.0))
        self.record.keep(answer)
        return drained_by(answer)


@contextlib.contextmanager
def session(door: Door, catalog: Catalog, words: Sequence[str]) -> Iterator[Session]:
    """Open connections and the evidence of one run."""
    workspace = workspace_of(door)
    known = known_nodes(workspace)
    with (
        SshShell(known.routes, known_hosts(workspace), known.reach.become, door.root) as shell,
        recorder(workspace, "tune", simulated=known.simulated) as record,
    ):
        record.secrets = shell.secrets
        record.begin(("millwright", "manage", "tune", *words), tuple(known.routes))
        yield Session(known, shell, record, book_of(door), catalog, set())


def now() -> str:
    """Return the time as documents say it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
