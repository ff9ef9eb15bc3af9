"""Reads rule books: the built-in ones, and over them those of the workspace.

They lie apart from the rest of the catalogue and are no part of a design, which does not grow stale
by them. A site's own stand in its `catalog/compliance/*.yaml` in the same grammar: a pack, a
paragraph or a control of the same name takes the place of the built-in one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from millwright.adapters.explain import problems_of, similar
from millwright.adapters.resources import folder
from millwright.adapters.yamlfile import Document, Path_, problem, read, shown
from millwright.errors import InputError, Problem
from millwright.model.compliance import Books, Control, Pack, PackRule

SCHEMA = "millwright.compliance/1"
FOLDER = "compliance"
PARTS: dict[str, type[BaseModel]] = {"packs": Pack, "rules": PackRule, "controls": Control}
Place = tuple[Path, Document, Path_]


@dataclass(slots=True)
class _Gathered:
    """What the files hold, and where each entry stands."""

    entries: dict[str, dict[str, Any]] = field(default_factory=lambda: {part: {} for part in PARTS})
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    digest: Any = field(default_factory=hashlib.sha256)


def compliance_books(own: Path | None, asks: Callable[[str], bool]) -> tuple[Books, str]:
    """Return all rule books and the digest of their files.

    `asks` says whether a machine question is one that somebody can answer. Raises InputError where
    an entry is none, or names what is not there.
    """
    gathered = _Gathered()
    built_in = sorted((folder("catalog") / FOLDER).glob("*.yaml"))
    mine = sorted((own / FOLDER).glob("*.yaml")) if own is not None else []
    for path in (*built_in, *mine):
        _take(gathered, path, own=path in mine)
    wrong = _dangling(gathered, asks)
    if wrong:
        raise InputError(tuple(wrong))
    books = Books.model_construct(
        None,
        packs=gathered.entries["packs"],
        rules=tuple(gathered.entries["rules"].values()),
        controls=gathered.entries["controls"],
    )
    return books, gathered.digest.hexdigest()


def _take(gathered: _Gathered, path: Path, *, own: bool) -> None:
    document = read(path)
    value = document.value
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise problem(path, (1, 1), "no rule books", f"`schema: {SCHEMA}` and lists of entries")
    gathered.digest.update(f"{path.name}:{document.digest};".encode())
    seen: set[tuple[str, str]] = set()
    for part, entries in value.items():
        if part == "schema":
            continue
        at = document.position((part,))
        if part not in PARTS or not isinstance(entries, list):
            raise problem(path, at, shown(part), f"lists under {', '.join(PARTS)}")
        for index, raw in enumerate(entries):
            entry = _entry(path, document, (part, index), raw)
            key = (part, str(entry.id))
            if key in seen or (key in gathered.places and not own):
                place = document.position((part, index))
                raise problem(path, place, f"{entry.id} a second time", "each name once")
            seen.add(key)
            gathered.entries[part][entry.id] = entry
            gathered.places[key] = (path, document, (part, index))


def _entry(path: Path, document: Document, place: tuple[str, int], raw: Any) -> Any:
    model = PARTS[place[0]]
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        inner = Document(raw, "", {(): document.position(place)}, {})
        raise InputError(problems_of(error, inner, path, model)) from None


def _dangling(gathered: _Gathered, asks: Callable[[str], bool]) -> list[Problem]:
    """Return a problem for each name that an entry uses and nothing has."""
    packs, controls = gathered.entries["packs"], gathered.entries["controls"]
    found = []
    for rule in gathered.entries["rules"].values():
        place = gathered.places["rules", rule.id]
        if rule.pack not in packs:
            found.append(_wrong(place, rule.pack, "a pack", list(packs)))
        for name in rule.controls:
            if name not in controls:
                found.append(_wrong(place, name, "a control", list(controls)))
    for control in controls.values():
        place = gathered.places["controls", control.id]
        found += [_wrong(place, ask, "a question to machines", []) for ask in control.asks
                  if not asks(ask)]  # fmt: skip
    return found


def _wrong(place: Place, found: str, expected: str, known: list[str]) -> Problem:
    path, document, at = place
    line, column = document.position(at)
    key = f"{at[0]}[{at[1]}]"
    return Problem(str(path), line, column, key, shown(found), expected, similar(found, known))
