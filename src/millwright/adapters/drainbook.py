"""Which nodes we drained, in `state.db`: kept before Slurm is told, ended when it is undone."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from millwright.adapters.ledger import SqlLedger
from millwright.errors import MillwrightError
from millwright.model.drain import Drain

_META = MetaData()
DRAINS = Table(
    "drains",
    _META,
    Column("id", Integer, primary_key=True),
    Column("host", String, nullable=False),
    Column("run", String, nullable=False),
    Column("at", String, nullable=False),
    Column("ended", Boolean, nullable=False),
)


class SqlDrains:
    """The drains, beside the ledger in the same database. It only grows; the last row counts."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._engine = ledger.engine
        self._there = ledger.exists

    def put(self, drain: Drain) -> None:
        """Add how a drain stands; committed before the call returns.

        Raises MillwrightError where it cannot be written: no node is drained then.
        """
        row = {key: getattr(drain, key) for key in ("host", "run", "at", "ended")}
        try:
            _META.create_all(self._engine)
            with self._engine.begin() as connection:
                connection.execute(insert(DRAINS).values(**row))
        except SQLAlchemyError as error:
            raise MillwrightError(f"cannot write the ledger: {error}") from None

    def open(self) -> dict[str, Drain]:
        """Return the drains that have not ended, by host."""
        if not (self._there() and inspect(self._engine).has_table("drains")):
            return {}
        with self._engine.connect() as connection:
            found = connection.execute(select(DRAINS).order_by(DRAINS.c.id)).mappings().all()
        drains = (Drain(row["host"], row["run"], row["at"], row["ended"]) for row in found)
        last = {drain.host: drain for drain in drains}
        return {host: drain for host, drain in last.items() if not drain.ended}
