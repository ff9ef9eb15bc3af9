"""What was accepted of nodes and which changes are expected, in `state.db`: both only grow."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence

from pydantic import ValidationError
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from millwright.adapters.ledger import SqlLedger
from millwright.errors import MillwrightError
from millwright.model.drift import ABSENT, Acceptance, Approval, Picture

_META = MetaData()
BOOK = Table(
    "drift_book",
    _META,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False, index=True),
    Column("document", String, nullable=False),
)


class SqlDrift:
    """Acceptances and approvals, beside the ledger in the same database."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._engine = ledger.engine
        self._there = ledger.exists

    def put(self, document: Acceptance | Approval) -> None:
        """Add one; committed before the call returns.

        Raises MillwrightError where it cannot be written: nothing is accepted or approved then.
        """
        kind = "acceptance" if isinstance(document, Acceptance) else "approval"
        try:
            _META.create_all(self._engine)
            with self._engine.begin() as connection:
                row = {"kind": kind, "document": document.model_dump_json(by_alias=True)}
                connection.execute(insert(BOOK).values(**row))
        except SQLAlchemyError as error:
            raise MillwrightError(f"cannot write the book of drift: {error}") from None

    def acceptances(self) -> tuple[Acceptance, ...]:
        """Return all of them, the oldest first. Raises MillwrightError where one is no longer."""
        try:
            return tuple(map(Acceptance.model_validate_json, self._documents("acceptance")))
        except ValidationError as error:
            raise _broken(error) from None

    def approvals(self) -> tuple[Approval, ...]:
        """Return all of them, the last of each id. Raises MillwrightError where one is broken."""
        try:
            found = [Approval.model_validate_json(t) for t in self._documents("approval")]
        except ValidationError as error:
            raise _broken(error) from None
        return tuple({each.id: each for each in found}.values())

    def _documents(self, kind: str) -> Iterator[str]:
        if not (self._there() and inspect(self._engine).has_table("drift_book")):
            return
        with self._engine.connect() as connection:
            wanted = select(BOOK.c.document).where(BOOK.c.kind == kind).order_by(BOOK.c.id)
            yield from connection.execute(wanted).scalars().all()


def _broken(error: ValidationError) -> MillwrightError:
    where = ".".join(map(str, error.errors()[0]["loc"]))
    return MillwrightError(f"state.db: the book of drift is wrong at {where}")


def recorded(acceptances: Sequence[Acceptance]) -> dict[str, Picture]:
    """Return what holds of each node by all that was accepted, one laid over the other."""
    found: dict[str, Picture] = {}
    for each in acceptances:
        for node, picture in each.nodes.items():
            before = found.get(node)
            whole = not each.items or before is None
            found[node] = picture if whole or before is None else _laid(before, picture, each.items)
    return found


def _laid(before: Picture, picture: Picture, patterns: Sequence[str]) -> Picture:
    """Return a picture with these items of another; one that is gone there is gone."""
    kept = {key: held for key, held in before.items.items() if not matches(key, patterns)}
    return before.model_copy(update={"items": {**kept, **picture.items}})


def only(picture: Picture, patterns: Sequence[str], before: Picture | None) -> Picture:
    """Return a picture with the items that were named alone.

    What was there before and is absent now is kept as absent.
    """
    items = {key: held for key, held in picture.items.items() if matches(key, patterns)}
    for key, held in (before.items if before else {}).items():
        if matches(key, patterns) and key not in items and before is not None:
            items[key] = held.model_copy(update={"value": ABSENT, "declared": None})
    return picture.model_copy(update={"items": items})


def matches(key: str, patterns: Sequence[str]) -> bool:
    """Return whether one of these patterns names an item."""
    return any(fnmatch.fnmatchcase(key, pattern) for pattern in patterns)
