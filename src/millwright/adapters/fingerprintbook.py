"""What accepted parts reached, in `state.db`: it only grows, and the last row counts."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from millwright.adapters.ledger import SqlLedger
from millwright.errors import MillwrightError
from millwright.model.fingerprint import Fingerprint, FingerprintKey

_META = MetaData()
FINGERPRINTS = Table(
    "fingerprints",
    _META,
    Column("id", Integer, primary_key=True),
    Column("serial", String, nullable=False, index=True),
    Column("run", String, nullable=False, index=True),
    Column("document", String, nullable=False),
)


class SqlFingerprints:
    """The fingerprints, beside the ledger in the same database."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._engine = ledger.engine
        self._there = ledger.exists

    def put(self, taken: Iterable[Fingerprint]) -> int:
        """Add fingerprints that say something new of their run; return how many.

        Committed before the call returns. Raises MillwrightError where it cannot be written:
        nothing of them is kept then.
        """
        kept: dict[str, set[str]] = {}
        rows = []
        for each in taken:
            if each.run not in kept:
                kept[each.run] = {_timeless(known) for known in self._read(run=each.run)}
            if _timeless(each) not in kept[each.run]:
                document = each.model_dump_json()
                rows.append({"serial": each.serial, "run": each.run, "document": document})
        if not rows:
            return 0
        try:
            _META.create_all(self._engine)
            with self._engine.begin() as connection:
                connection.execute(insert(FINGERPRINTS), rows)
        except SQLAlchemyError as error:
            raise MillwrightError(f"cannot write the fingerprints: {error}") from None
        return len(rows)

    def latest(self, serial: str | None = None) -> tuple[Fingerprint, ...]:
        """Return the last fingerprint of each metric of each part, or of one part."""
        return tuple(_by_key(self._read(serial=serial)).values())

    def _read(self, *, run: str | None = None, serial: str | None = None) -> list[Fingerprint]:
        if not (self._there() and inspect(self._engine).has_table(FINGERPRINTS.name)):
            return []
        asked = select(FINGERPRINTS.c.document).order_by(FINGERPRINTS.c.id)
        if run is not None:
            asked = asked.where(FINGERPRINTS.c.run == run)
        if serial is not None:
            asked = asked.where(FINGERPRINTS.c.serial == serial)
        with self._engine.connect() as connection:
            found = connection.execute(asked).scalars().all()
        return [Fingerprint.model_validate_json(document) for document in found]


def _timeless(each: Fingerprint) -> str:
    return each.model_dump_json(exclude={"at"})


def _by_key(found: Iterable[Fingerprint]) -> dict[FingerprintKey, Fingerprint]:
    return {each.key: each for each in found}
