"""The life of nodes and the journal of repair, in `state.db`: both only grow."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table

from millwright.adapters.ledger import SqlLedger
from millwright.adapters.onlygrows import Rows
from millwright.errors import MillwrightError
from millwright.model.incident import Incident
from millwright.model.lifecycle import FIRST, Deed, NodeState, Transition

_META = MetaData()
LIVES = Table(
    "node_life",
    _META,
    Column("id", Integer, primary_key=True),
    Column("node", String, nullable=False, index=True),
    Column("after", String, nullable=False),
    Column("incident", String, nullable=False),
    Column("document", String, nullable=False),
)
DEEDS = Table(
    "remedy_journal",
    _META,
    Column("id", Integer, primary_key=True),
    Column("incident", String, nullable=False, index=True),
    Column("document", String, nullable=False),
)
INCIDENTS = Table(
    "incidents",
    _META,
    Column("id", Integer, primary_key=True),
    Column("incident", String, nullable=False, index=True),
    Column("node", String, nullable=False),
    Column("document", String, nullable=False),
)

SERIALS = Table(
    "node_serials",
    _META,
    Column("id", Integer, primary_key=True),
    Column("node", String, nullable=False, index=True),
    Column("document", String, nullable=False),
    Column("at", String, nullable=False),
)


class SqlLifecycle:
    """The book of lives, deeds and incidents, beside the ledger in the same database.

    What is put is committed before the call returns; the last row of a node or an incident counts.
    """

    def __init__(self, ledger: SqlLedger) -> None:
        self._rows = Rows(ledger, "the journal of repair", "nothing was done")

    def move(self, step: Transition) -> None:
        """Add a transition. Raises MillwrightError where it may not follow what is known."""
        known = self.states().get(step.node, FIRST)
        if known != step.before or not step.allowed:
            raise MillwrightError(
                f"{step.node} is {known} and cannot go from {step.before} to {step.after}",
                hint="look at `millwright manage remedy status`",
            )
        self._live(step)

    def born(self, step: Transition) -> None:
        """Add that a node is new; one that the book has heard of stays what it is.

        Whoever was deployed and never heard of serves already: only who brings a node says this.
        """
        if step.node not in self.states():
            self._live(step)

    def _live(self, step: Transition) -> None:
        row = {"node": step.node, "after": step.after, "incident": step.incident}
        self._rows.put(LIVES, {**row, "document": step.model_dump_json()})

    def put(self, deed: Deed) -> None:
        """Add a line to the journal of an incident."""
        self._rows.put(DEEDS, {"incident": deed.incident, "document": deed.model_dump_json()})

    def keep(self, incident: Incident) -> None:
        """Add how an incident stands; its timeline is told from the journal."""
        bare = incident.model_copy(update={"timeline": ()})
        document = bare.model_dump_json(by_alias=True)
        self._rows.put(
            INCIDENTS, {"incident": incident.id, "node": incident.node, "document": document}
        )

    def states(self) -> dict[str, NodeState]:
        """Return the state of each node that was ever moved."""
        return {each.node: each.after for each in self.transitions()}

    def transitions(self) -> tuple[Transition, ...]:
        """Return every transition, the oldest first."""
        return tuple(Transition.model_validate_json(raw) for raw in self._rows.documents(LIVES))

    def deeds(self) -> tuple[Deed, ...]:
        """Return every line of the journal, the oldest first."""
        return tuple(Deed.model_validate_json(raw) for raw in self._rows.documents(DEEDS))

    def incidents(self) -> dict[str, Incident]:
        """Return how each incident stands, the oldest first."""
        found = (Incident.model_validate_json(raw) for raw in self._rows.documents(INCIDENTS))
        return {each.id: each for each in found}

    def keep_serial(self, node: str, serial: str, at: str) -> None:
        """Add the serial number that a node says it has."""
        self._rows.put(SERIALS, {"node": node, "document": serial, "at": at})

    def serial(self, node: str) -> str:
        """Return the serial number that a node was last heard to say; nothing where it never
        did."""
        told = self._rows.documents(SERIALS, node=node)
        return told[-1] if told else ""
