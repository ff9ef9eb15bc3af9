"""Growths and their journal in `state.db`, beside nodes' lives; all only grow."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table

from millwright.adapters.ledger import SqlLedger
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.adapters.onlygrows import Rows
from millwright.model.growth import GrowthLine, GrowthRun
from millwright.model.lifecycle import NodeState, Transition

PREFIX = "grow-"
"""What the name of a run begins with."""
UNENDED = frozenset(("new", "testing", "work-queue", "validating"))
_META = MetaData()
RUNS = Table(
    "growth_runs",
    _META,
    Column("id", Integer, primary_key=True),
    Column("run", String, nullable=False, index=True),
    Column("document", String, nullable=False),
)
LINES = Table(
    "growth_journal",
    _META,
    Column("id", Integer, primary_key=True),
    Column("run", String, nullable=False, index=True),
    Column("document", String, nullable=False),
)


class SqlGrowths:
    """The book of growths: runs, their lines, and the lives of nodes that all of day 2 shares.

    What is put is committed before the call returns; the last row of a run counts.
    """

    def __init__(self, ledger: SqlLedger, lives: SqlLifecycle) -> None:
        self._rows = Rows(ledger, "the journal of growth", "nothing more was done")
        self._lives = lives

    def keep(self, run: GrowthRun) -> None:
        """Add how a run stands."""
        self._rows.put(RUNS, {"run": run.id, "document": run.model_dump_json(by_alias=True)})

    def put(self, line: GrowthLine) -> None:
        """Add a line to the journal."""
        self._rows.put(LINES, {"run": line.run, "document": line.model_dump_json()})

    def born(self, step: Transition) -> None:
        """Keep that a node is new, where nobody heard of it."""
        self._lives.born(step)

    def move(self, step: Transition) -> None:
        """Keep that a node goes into another state."""
        self._lives.move(step)

    def states(self) -> dict[str, NodeState]:
        """Return the state of each node that was ever heard of."""
        return self._lives.states()

    def runs(self) -> dict[str, GrowthRun]:
        """Return how each run stands, the oldest first."""
        found = (GrowthRun.model_validate_json(raw) for raw in self._rows.documents(RUNS))
        return {each.id: each for each in found}

    def lines(self, run: str) -> tuple[GrowthLine, ...]:
        """Return the journal of a run, the oldest first."""
        raws = self._rows.documents(LINES, run=run)
        return tuple(GrowthLine.model_validate_json(raw) for raw in raws)

    def unended(self) -> frozenset[str]:
        """Return the nodes that came with a growth and never served."""
        last = {each.node: each for each in self._lives.transitions()}
        return frozenset(
            node
            for node, each in last.items()
            if each.incident.startswith(PREFIX) and each.after in UNENDED
        )
