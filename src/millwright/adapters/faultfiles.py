"""Reads the catalogue of faults: the built-in one, and over it what a site says.

It lies apart from the rest of the catalogue and is read by those alone who ask for faults: it is
long, and no part of a design. A site's own entries stand in its `catalog/*.yaml` as all others,
under `faults` (a whole entry) and `fault_overrides` (an action, and why).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from millwright.adapters.catalogs import SCHEMA, LoadedCatalog
from millwright.adapters.explain import problems_of, similar
from millwright.adapters.resources import folder
from millwright.adapters.yamlfile import Document, problem, read, shown
from millwright.errors import InputError, Problem
from millwright.model.fault import (
    Authority,
    Fault,
    FaultCatalog,
    FaultGroup,
    FaultRow,
    FaultStep,
    completed,
)

M = TypeVar("M", bound=BaseModel)

FOLDER = "faults"
PARTS: Mapping[str, type[BaseModel]] = {
    "authorities": Authority,
    "fault_groups": FaultGroup,
    "fault_steps": FaultStep,
    "faults": FaultRow,
}


def fault_catalog(loaded: LoadedCatalog) -> FaultCatalog:
    """Return all faults, complete. Raises InputError where an entry is none, or names what is not
    there."""
    found: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
    for path in sorted((folder("catalog") / FOLDER).glob("*.yaml")):
        _take(path, found)
    site = loaded.catalog
    rows: dict[str, FaultRow] = {**found["faults"], **site.faults}
    groups: dict[str, FaultGroup] = found["fault_groups"]
    sources = {name: each.source for name, each in found["authorities"].items()} | {"site": "site"}
    faults = _complete(loaded, rows, groups, sources)
    _known(loaded, "fault_overrides", ((name, name) for name in site.fault_overrides), faults)
    return FaultCatalog.model_construct(
        None,
        faults=faults,
        groups=groups,
        steps=found["fault_steps"],
        authorities=found["authorities"],
        overrides=dict(site.fault_overrides),
    )


def _take(path: Path, found: dict[str, dict[str, Any]]) -> None:
    document = read(path)
    if not isinstance(document.value, dict) or document.value.get("schema") != SCHEMA:
        raise problem(path, (1, 1), "no catalogue", f"`schema: {SCHEMA}` and lists of entries")
    for part, entries in document.value.items():
        if part == "schema":
            continue
        if part not in PARTS:
            raise problem(path, document.position((part,)), shown(part), f"one of {list(PARTS)}")
        for index, raw in enumerate(entries):
            entry = _entry(path, document, (part, index), raw)
            name = str(getattr(entry, "id", "") or getattr(entry, "name", ""))
            if name in found[part]:
                place = document.position((part, index))
                raise problem(path, place, f"{name} a second time", "each name once")
            found[part][name] = entry


def _entry(path: Path, document: Document, place: tuple[str, int], raw: Any) -> BaseModel:
    model = PARTS[place[0]]
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        inner = Document(raw, "", {(): document.position(place)}, {})
        raise InputError(problems_of(error, inner, path, model)) from None


def _complete(
    loaded: LoadedCatalog,
    rows: Mapping[str, FaultRow],
    groups: Mapping[str, FaultGroup],
    sources: dict[str, str],
) -> dict[str, Fault]:
    """Return the faults with what their groups say; who speaks has to be known."""
    _known(loaded, "faults", ((row.id, row.group) for row in rows.values()), groups)
    speakers = ((r.id, o.authority) for r in rows.values() for o in r.opinions if not o.source)
    _known(loaded, "faults", speakers, sources)
    return {name: completed(row, groups[row.group], sources) for name, row in rows.items()}


def _known(
    loaded: LoadedCatalog, part: str, uses: Iterable[tuple[str, str]], known: Iterable[str]
) -> None:
    """Raise InputError where an entry uses a name that is not there."""
    names = set(known)
    wrong = [(entry, used) for entry, used in uses if used not in names]
    if not wrong:
        return
    problems = []
    for entry, used in wrong:
        path, document, place = loaded.places.get((part, entry), (Path(FOLDER), None, ()))
        line, column = document.position(place) if document else (0, 0)
        hint = similar(used, sorted(names))
        problems.append(Problem(str(path), line, column, entry, used, "a known name", hint))
    raise InputError(tuple(problems))
