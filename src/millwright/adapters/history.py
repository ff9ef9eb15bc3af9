"""What earlier runs leave in `state.db` for later plans: inputs that were read, times, the journal.

Inputs lie under their digest, and each value once: ten thousand hosts that read the same list of
hosts keep it one time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import rfc8785
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from millwright.adapters.ledger import JOURNAL, STANDING, SqlLedger
from millwright.errors import MillwrightError
from millwright.model.standing import Done, Took

_META = MetaData()
READ = Table(
    "inputs_read",
    _META,
    Column("input_hash", String, primary_key=True),
    Column("path", String, primary_key=True),
    Column("value", String, nullable=False),
)
VALUES = Table(
    "input_values",
    _META,
    Column("digest", String, primary_key=True),
    Column("value", String, nullable=False),
)
TIMES = Table(
    "role_times",
    _META,
    Column("id", Integer, primary_key=True),
    Column("run", String, nullable=False),
    Column("role", String, nullable=False),
    Column("hosts", Integer, nullable=False),
    Column("first", Boolean, nullable=False),
    Column("seconds", Float, nullable=False),
)
MOST_TIMES = 5_000
"""Times that are kept; the oldest go first."""
FORGOTTEN = "forgotten"
"""What the journal says of a host that was taken out of the ledger, in place of a standing."""


class History:
    """Reads and writes beside the ledger, in the same database."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._engine = ledger.engine
        self._there = ledger.exists

    def keep_inputs(self, read: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep what steps read, each under its digest; what no row needs any more is dropped."""
        rows: list[dict[str, str]] = []
        values: dict[str, str] = {}
        digests: dict[int, tuple[Any, str]] = {}
        for input_hash, document in read:
            for path, value in document.items():
                if id(value) not in digests:
                    text = rfc8785.dumps(value).decode()
                    digest = hashlib.sha256(text.encode()).hexdigest()
                    digests[id(value)] = (value, digest)
                    values[digest] = text
                digest = digests[id(value)][1]
                rows.append({"input_hash": input_hash, "path": path, "value": digest})
        try:
            _META.create_all(self._engine)
            with self._engine.begin() as connection:
                _forget_unused(connection)
                _put(connection, rows, values)
        except SQLAlchemyError as error:
            raise MillwrightError(f"cannot write the ledger: {error}") from None

    def inputs(self, input_hash: str) -> dict[str, Any] | None:
        """Return what was read under a digest; nothing where it was not kept."""
        if not self._has("inputs_read"):
            return None
        joined = select(READ.c.path, VALUES.c.value).join_from(
            READ, VALUES, READ.c.value == VALUES.c.digest
        )
        with self._engine.connect() as connection:
            found = connection.execute(joined.where(READ.c.input_hash == input_hash)).all()
        return {path: json.loads(value) for path, value in found} or None

    def keep_time(self, took: Took) -> None:
        """Keep how long a role took."""
        keys = ("run", "role", "hosts", "first", "seconds")
        try:
            _META.create_all(self._engine)
            with self._engine.begin() as connection:
                connection.execute(insert(TIMES).values({k: getattr(took, k) for k in keys}))
                newest = select(func.max(TIMES.c.id)).scalar_subquery()
                connection.execute(delete(TIMES).where(TIMES.c.id <= newest - MOST_TIMES))
        except SQLAlchemyError as error:
            raise MillwrightError(f"cannot write the ledger: {error}") from None

    def times(self) -> tuple[Took, ...]:
        """Return how long roles took, in the order in which it was learned."""
        if not self._has("role_times"):
            return ()
        with self._engine.connect() as connection:
            found = connection.execute(select(TIMES).order_by(TIMES.c.id)).mappings().all()
        return tuple(
            Took(row["run"], row["role"], row["hosts"], row["first"], row["seconds"])
            for row in found
        )

    def ever(self, role: str) -> frozenset[str]:
        """Return the hosts on which a role has stood once, and that were not forgotten since."""
        stood: set[str] = set()
        for done in self.journal(role):
            if str(done.standing) == FORGOTTEN:
                stood.discard(done.host)
            elif done.standing in ("proven", "not testable"):
                stood.add(done.host)
        return frozenset(stood)

    def journal(self, role: str | None = None, run: str | None = None) -> tuple[Done, ...]:
        """Return the journal's rows in their order: of one role (and of forgetting), or one run."""
        if not self._has("host_role_journal"):
            return ()
        asked = select(JOURNAL).order_by(JOURNAL.c.id)
        if role is not None:
            asked = asked.where(JOURNAL.c.role.in_((role, FORGOTTEN)))
        if run is not None:
            asked = asked.where(JOURNAL.c.run == run)
        with self._engine.connect() as connection:
            found = connection.execute(asked).mappings().all()
        keys = ("host", "role", "input_hash", "standing", "run", "at", "detail")
        return tuple(Done(**{key: row[key] for key in keys}) for row in found)

    def before(self, run: str) -> dict[tuple[str, str], Done]:
        """Return how roles stood before a run first wrote of them, by host and role."""
        first: dict[tuple[str, str], bool] = {}
        was: dict[tuple[str, str], Done] = {}
        for done in self.journal():
            key = (done.host, done.role)
            if done.run == run:
                first.setdefault(key, True)
            elif key not in first:
                was[key] = done
        return {key: was[key] for key in first if key in was}

    def forget(self, hosts: Iterable[str], run: str, at: str, why: str) -> int:
        """Take hosts out of the ledger; the journal keeps that it was done. Return how many rows.

        Raises MillwrightError where it cannot be written: nothing is forgotten then.
        """
        count = 0
        try:
            with self._engine.begin() as connection:
                for host in hosts:
                    gone = connection.execute(delete(STANDING).where(STANDING.c.host == host))
                    count += gone.rowcount
                    row = Done(host, FORGOTTEN, "", "unknown", run, at, why)
                    keys = ("host", "role", "input_hash", "run", "at", "detail")
                    values = {key: getattr(row, key) for key in keys}
                    connection.execute(insert(JOURNAL).values(**values, standing=FORGOTTEN))
        except SQLAlchemyError as error:
            raise MillwrightError(f"cannot write the ledger: {error}") from None
        return count

    def _has(self, table: str) -> bool:
        return self._there() and inspect(self._engine).has_table(table)


def _put(connection: Connection, rows: list[dict[str, str]], values: Mapping[str, str]) -> None:
    """Write what is not there yet."""
    known = set(connection.execute(select(VALUES.c.digest)).scalars())
    read = set(connection.execute(select(READ.c.input_hash).distinct()).scalars())
    fresh = [{"digest": d, "value": v} for d, v in values.items() if d not in known]
    new = [row for row in rows if row["input_hash"] not in read]
    if fresh:
        connection.execute(insert(VALUES), fresh)
    if new:
        connection.execute(insert(READ), new)


def _forget_unused(connection: Connection) -> None:
    """Drop inputs that no row of ledger or journal names, and values that no inputs name."""
    if not inspect(connection).has_table("host_role_journal"):
        return
    named = select(JOURNAL.c.input_hash)
    connection.execute(delete(READ).where(READ.c.input_hash.not_in(named)))
    connection.execute(delete(VALUES).where(VALUES.c.digest.not_in(select(READ.c.value))))
