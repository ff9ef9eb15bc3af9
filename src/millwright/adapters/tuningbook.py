"""What was done to nodes by tuning notes, and what that brought, in `state.db`: both only grow."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    MetaData,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from millwright.adapters.ledger import SqlLedger
from millwright.errors import MillwrightError
from millwright.model.tuned import Gain, NodeState

_META = MetaData()
_WORDS = ("host", "run", "at", "deed", "note", "phase", "document")
JOURNAL = Table(
    "tuning_journal",
    _META,
    Column("id", Integer, primary_key=True),
    *(Column(word, String, nullable=False) for word in _WORDS),
)
GAINS = Table(
    "tuning_gains",
    _META,
    Column("id", Integer, primary_key=True),
    Column("note", String, nullable=False, index=True),
    Column("document", String, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Deed:
    """One order to one host: `begun` is kept before it goes, `done` or `failed` after.

    `document` of a begun one is the order with the values from before, of another its answer.
    """

    host: str
    run: str
    at: str
    deed: str
    note: str
    phase: str
    document: str


class SqlTuning:
    """Journal and gains, beside the ledger in the same database."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._engine = ledger.engine
        self._there = ledger.exists

    def put(self, deeds: Iterable[Deed]) -> None:
        """Add deeds; committed before the call returns.

        Raises MillwrightError where they cannot be written: no node is told anything then.
        """
        rows = [{word: getattr(deed, word) for word in _WORDS} for deed in deeds]
        if rows:
            self._insert(JOURNAL, rows)

    def put_gain(self, gain: Gain) -> None:
        """Add what a note brought."""
        self._insert(GAINS, [{"note": gain.note, "document": gain.model_dump_json(by_alias=True)}])

    def _insert(self, table: Table, rows: list[dict[str, str]]) -> None:
        try:
            _META.create_all(self._engine)
            with self._engine.begin() as connection:
                connection.execute(insert(table), rows)
        except SQLAlchemyError as error:
            raise MillwrightError(f"cannot write the journal of tuning: {error}") from None

    def last(self) -> dict[str, Deed]:
        """Return the last deed of each host: one that is `begun` did not come to its end."""
        newest = select(func.max(JOURNAL.c.id)).group_by(JOURNAL.c.host)
        rows = self._rows(JOURNAL, JOURNAL.c.id.in_(newest))
        return {row["host"]: Deed(**{word: row[word] for word in _WORDS}) for row in rows}

    def remembered(self) -> dict[str, NodeState]:
        """Return what each host kept of its notes when it last answered to an order."""
        told = JOURNAL.c.phase.in_(("done", "failed"))
        newest = select(func.max(JOURNAL.c.id)).where(told).group_by(JOURNAL.c.host)
        rows = self._rows(JOURNAL, JOURNAL.c.id.in_(newest))
        states = {row["host"]: _state(row["document"]) for row in rows}
        return {host: state for host, state in states.items() if state is not None}

    def gains(self, note: str | None = None) -> tuple[Gain, ...]:
        """Return what notes brought here, the oldest first."""
        rows = [row for row in self._rows(GAINS) if note in (None, row["note"])]
        return tuple(Gain.model_validate_json(row["document"]) for row in rows)

    def _rows(self, table: Table, *where: ColumnElement[bool]) -> list[dict[str, str]]:
        if not (self._there() and inspect(self._engine).has_table(table.name)):
            return []
        asked = select(table).where(*where).order_by(table.c.id)
        with self._engine.connect() as connection:
            found = connection.execute(asked).mappings().all()
        return [dict(row) for row in found]


def _state(document: str) -> NodeState | None:
    """Return what an answer says is kept; None where it is a refusal, or no answer at all."""
    try:
        told = json.loads(document)
        saved = None if told["refused"] else told["saved"]
        return (
            None if saved is None else NodeState.model_validate_json(json.dumps({"saved": saved}))
        )
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
