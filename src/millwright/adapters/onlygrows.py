"""Tables of `state.db` that only grow: a row is committed before the call returns, none changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from millwright.adapters.ledger import SqlLedger
from millwright.errors import MillwrightError


@dataclass(frozen=True, slots=True)
class Rows:
    """Tables of a book, each with a column `document`; they are made with the first row.

    `book` and `undone` are what a person reads where a row cannot be written: of what it is, and
    what was therefore not done.
    """

    ledger: SqlLedger
    book: str
    undone: str

    def put(self, table: Table, row: Mapping[str, Any]) -> None:
        """Add a row. Raises MillwrightError where it cannot be written."""
        try:
            table.metadata.create_all(self.ledger.engine)
            with self.ledger.engine.begin() as connection:
                connection.execute(insert(table).values(**row))
        except SQLAlchemyError as error:
            raise MillwrightError(f"cannot write {self.book}: {error}", hint=self.undone) from None

    def there(self, table: Table) -> bool:
        """Return whether a row was ever put; asking makes neither file nor table."""
        return self.ledger.exists() and inspect(self.ledger.engine).has_table(table.name)

    def documents(self, table: Table, **where: str) -> list[str]:
        """Return the documents of the rows whose columns are as asked, the oldest first."""
        if not self.there(table):
            return []
        asked = select(table.c.document).order_by(table.c.id)
        asked = asked.where(*(table.c[name] == value for name, value in where.items()))
        with self.ledger.engine.connect() as connection:
            return list(connection.execute(asked).scalars().all())
