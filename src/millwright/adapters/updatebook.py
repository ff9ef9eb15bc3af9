"""Runs of rolling updates in `state.db`, beside nodes' lives and the journal; all only grow."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table

from millwright.adapters.ledger import SqlLedger
from millwright.adapters.lifecyclebook import SqlLifecycle
from millwright.adapters.onlygrows import Rows
from millwright.model.lifecycle import Deed, NodeState, Transition
from millwright.model.update import UpdateRun

PREFIX = "upd-"
"""What the name of a run begins with."""
AT_WORK = frozenset(("draining", "drained", "remediating", "validating"))
KEPT_OUT = frozenset(("work-queue", "rma"))
"""Where repair leaves a node drained, until a person has looked."""
_META = MetaData()
RUNS = Table(
    "update_runs",
    _META,
    Column("id", Integer, primary_key=True),
    Column("run", String, nullable=False, index=True),
    Column("document", String, nullable=False),
)


def updating(ledger: SqlLedger) -> dict[str, str]:
    """Return the nodes that an update has out now, each with the words that explain it."""
    last = {each.node: each for each in SqlLifecycle(ledger).transitions()}
    return {
        node: f"{each.incident} updates it since {each.at}"
        for node, each in last.items()
        if each.incident.startswith(PREFIX) and each.after in AT_WORK
    }


def repairing(ledger: SqlLedger) -> dict[str, str]:
    """Return the nodes that repair has out now, each with the words that explain it."""
    last = {each.node: each for each in SqlLifecycle(ledger).transitions()}
    return {
        node: f"repair has it out ({each.after}) for {each.incident} since {each.at}"
        for node, each in last.items()
        if not each.incident.startswith(PREFIX) and each.after in AT_WORK | KEPT_OUT
    }


class SqlUpdates:
    """The book of a rolling update: its runs, and the lives and deeds that all repair shares.

    What is put is committed before the call returns; the last row of a run counts.
    """

    def __init__(self, ledger: SqlLedger, lives: SqlLifecycle) -> None:
        self._rows = Rows(ledger, "the journal of updates", "nothing was done")
        self._lives = lives

    def move(self, step: Transition) -> None:
        """Add a transition."""
        self._lives.move(step)

    def put(self, deed: Deed) -> None:
        """Add a line to the journal."""
        self._lives.put(deed)

    def states(self) -> dict[str, NodeState]:
        """Return the state of each node that was ever moved."""
        return self._lives.states()

    def deeds(self) -> tuple[Deed, ...]:
        """Return every line of the journal, the oldest first."""
        return self._lives.deeds()

    def keep(self, run: UpdateRun) -> None:
        """Add how a run stands. Raises MillwrightError where it cannot be written."""
        self._rows.put(RUNS, {"run": run.id, "document": run.model_dump_json(by_alias=True)})

    def runs(self) -> dict[str, UpdateRun]:
        """Return how each run stands, the oldest first."""
        found = (UpdateRun.model_validate_json(raw) for raw in self._rows.documents(RUNS))
        return {each.id: each for each in found}
