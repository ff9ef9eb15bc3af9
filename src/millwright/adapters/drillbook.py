"""Drills and their journal in `state.db`, beside nodes' lives; all only grow."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table

from millwright.adapters.ledger import SqlLedger
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.adapters.onlygrows import Rows
from millwright.model.drill import DrillDeed, DrillRecord
from millwright.model.lifecycle import FIRST, NodeState, Transition

_META = MetaData()
DRILLS = Table(
    "drills",
    _META,
    Column("id", Integer, primary_key=True),
    Column("drill", String, nullable=False, index=True),
    Column("document", String, nullable=False),
)
DEEDS = Table(
    "drill_journal",
    _META,
    Column("id", Integer, primary_key=True),
    Column("drill", String, nullable=False, index=True),
    Column("document", String, nullable=False),
)


class SqlDrillBook:
    """The book of drills. What is put is committed before the call returns; the last row counts."""

    def __init__(self, ledger: SqlLedger, lives: SqlLifecycle) -> None:
        self._rows = Rows(ledger, "the journal of drills", "nothing was done")
        self._lives = lives

    def move(self, step: Transition) -> None:
        """Add a transition of a node's life."""
        self._lives.move(step)

    def state(self, node: str) -> NodeState:
        """Return the state of a node."""
        return self._lives.states().get(node, FIRST)

    def put(self, deed: DrillDeed) -> None:
        """Add a line to the journal of a drill."""
        self._rows.put(DEEDS, {"drill": deed.drill, "document": deed.model_dump_json()})

    def keep(self, record: DrillRecord) -> None:
        """Add how a drill stands."""
        self._rows.put(
            DRILLS, {"drill": record.id, "document": record.model_dump_json(by_alias=True)}
        )

    def deeds(self, drill: str) -> tuple[DrillDeed, ...]:
        """Return the journal of a drill, the oldest line first."""
        raws = self._rows.documents(DEEDS, drill=drill)
        return tuple(DrillDeed.model_validate_json(raw) for raw in raws)

    def records(self) -> dict[str, DrillRecord]:
        """Return how each drill stands, the oldest first."""
        found = (DrillRecord.model_validate_json(raw) for raw in self._rows.documents(DRILLS))
        return {each.id: each for each in found}
