"""Reads the table of known errors: the built-in one, and above it that of the workspace."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.resources import folder
from millwright.adapters.yamlfile import Document, problem, read
from millwright.errors import InputError
from millwright.model.knownerror import KnownError

SCHEMA = "millwright.known-errors/1"
FOLDER = "known_errors"


def known_errors(own: Path | None = None) -> tuple[KnownError, ...]:
    """Return every known error in the order in which they are looked for.

    `own` is the workspace's catalogue; its known_errors/*.yaml come first. They are no part of a
    design: it does not grow stale by them. Raises InputError where an entry is none.
    """
    mine = sorted((own / FOLDER).glob("*.yaml")) if own is not None else []
    found: dict[str, KnownError] = {}
    for path in (*mine, *sorted((folder("catalog") / FOLDER).glob("*.yaml"))):
        for error in _of_file(path):
            found.setdefault(error.name, error)
    return tuple(found.values())


def _of_file(path: Path) -> list[KnownError]:
    document = read(path)
    value = document.value
    entries = value.get("errors") if isinstance(value, dict) else None
    if not isinstance(entries, list) or value.get("schema") != SCHEMA:
        raise problem(path, (1, 1), "no known errors", f"`schema: {SCHEMA}` and `errors`")
    found = []
    for index, raw in enumerate(entries):
        try:
            found.append(KnownError.model_validate(raw))
        except ValidationError as error:
            inner = Document(raw, "", {(): document.position(("errors", index))}, {})
            raise InputError(problems_of(error, inner, path, KnownError)) from None
    return found
