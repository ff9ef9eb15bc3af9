"""Growths and their journal in `state.db`, beside nodes' lives; all only grow."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from millwright.adapters.ledger import SqlLedger
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.errors import MillwrightError
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
        self._engine = ledger.engine
        self._there = ledger.exists
        self._lives = lives

    def keep(self, run: GrowthRun) -> None:
        """Add how a run stands."""
        self._put(RUNS, {"run": run.id, "document": run.model_dump_json(by_alias=True)})

    def put(self, line: GrowthLine) -> None:
        """Add a line to the journal."""
        self._put(LINES, {"run": line.run, "document": line.model_dump_json()})

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
        found = (GrowthRun.model_validate_json(raw) for raw in self._documents(RUNS))
        return {each.id: each for each in found}

    def lines(self, run: str) -> tuple[GrowthLine, ...]:
        """Return the journal of a run, the oldest first."""
        raws = self._documents(LINES, run)
        return tuple(GrowthLine.model_validate_json(raw) for raw in raws)

    def unended(self) -> frozenset[str]:
        """Return the nodes that came with a growth and never served."""
        last = {each.node: each for each in self._lives.transitions()}
        return frozenset(
            node
            for node, each in last.items()
            if each.incident.startswith(PREFIX) and each.after in UNENDED
        )

    def _put(self, table: Table, row: dict[str, Any]) -> None:
        try:
            _META.create_all(self._engine)
            with self._engine.begin() as connection:
                connection.execute(insert(table).values(**row))
        except SQLAlchemyError as error:
            raise MillwrightError(
                f"cannot write the journal of growth: {error}", hint="nothing more was done"
            ) from None

    def _documents(self, table: Table, run: str | None = None) -> list[str]:
        if not (self._there() and inspect(self._engine).has_table(table.name)):
            return []
        asked = select(table.c.document).order_by(table.c.id)
        if run is not None:
            asked = asked.where(table.c.run == run)
        with self._engine.connect() as connection:
            return list(connection.execute(asked).scalars().all())
