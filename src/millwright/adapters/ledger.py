"""The ledger of a factory in `state.db`: which role stands on which host, and how it came there."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from millwright.errors import MillwrightError
from millwright.model.standing import Done

_META = MetaData()
_KEYS = ("host", "role", "input_hash", "standing", "run", "at", "detail")
STANDING = Table(
    "host_roles",
    _META,
    Column("host", String, primary_key=True),
    Column("role", String, primary_key=True),
    *(Column(name, String, nullable=False) for name in _KEYS[2:]),
)
JOURNAL = Table(
    "host_role_journal",
    _META,
    Column("id", Integer, primary_key=True),
    *(Column(name, String, nullable=False) for name in _KEYS),
)


class SqlLedger:
    """The ledger in a database; what is put is committed before the call returns."""

    def __init__(self, url: str) -> None:
        try:
            self._engine = self.engine = create_engine(url)
        except SQLAlchemyError as error:
            raise MillwrightError(f"cannot open the ledger: {error}") from None
        event.listen(self._engine, "handle_error", _refused)

    def put(self, *done: Done) -> None:
        """Replace how roles stand on hosts, and add that to the journal, in one go.

        Raises MillwrightError where it cannot be written: nothing counts as done then.
        """
        rows = [{key: getattr(each, key) for key in _KEYS} for each in done]
        try:
            _META.create_all(self._engine)
            with self._engine.begin() as connection:
                for row in rows:
                    where = (STANDING.c.host == row["host"]) & (STANDING.c.role == row["role"])
                    connection.execute(delete(STANDING).where(where))
                    connection.execute(insert(STANDING).values(**row))
                    connection.execute(insert(JOURNAL).values(**row))
        except SQLAlchemyError as error:
            raise MillwrightError(f"cannot write the ledger: {error}") from None

    def rows(self) -> dict[tuple[str, str], Done]:
        """Return how every role stands, by host and role."""
        if not (self.exists() and inspect(self._engine).has_table(STANDING.name)):
            return {}
        with self._engine.connect() as connection:
            found = connection.execute(select(STANDING)).mappings().all()
        rows = [Done(**{key: row[key] for key in _KEYS}) for row in found]
        return {(done.host, done.role): done for done in rows}

    def exists(self) -> bool:
        """Return whether there is a database; asking a file that is not there would make it."""
        file = self._engine.url.database
        sqlite = self._engine.url.drivername.startswith("sqlite")
        return not sqlite or Path(file or "").is_file()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _refused(context: ExceptionContext) -> None:
    """Tell what the database refused: a file that is none, or is locked, is no bug of ours.

    What breaks the database's own rules is one, and stays what it is.
    """
    error = context.original_exception
    if isinstance(context.sqlalchemy_exception, IntegrityError | ProgrammingError):
        return
    asked = (context.statement or "").lstrip().upper().startswith(("SELECT", "PRAGMA"))
    file = context.engine.url.database if context.engine is not None else "state.db"
    raise MillwrightError(
        f"cannot {'read' if asked else 'write'} the ledger {file}: {error}",
        hint="look at its rights and room; put back a copy, or move it away to begin a new one",
    )


def ledger_of(root: Path) -> SqlLedger:
    """Return the ledger of a workspace."""
    return SqlLedger(f"sqlite:///{root.resolve() / 'state.db'}")
