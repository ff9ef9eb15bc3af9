"""Reads the catalogue: the built-in files, and over them those of the workspace.

Both have one grammar: `schema: millwright.catalog/1` and lists of entries by section. In a list of
`ports`, an entry with `count: n` stands for n ports, in which `{n}` counts from 1 and `{n0}` from
0. An entry of the workspace replaces the built-in entry of the same name as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from millwright.adapters.catalogsections import LISTED, SECTIONS
from millwright.adapters.explain import key_of, problems_of, similar
from millwright.adapters.resources import folder
from millwright.adapters.yamlfile import Document, Path_, problem, read, shown
from millwright.errors import InputError, Problem
from millwright.model.blueprint import Blueprint
from millwright.model.catalog import Catalog, Server
from millwright.model.condition import settled
from millwright.model.reference import PublishedRow

SCHEMA = "millwright.catalog/1"
REFERENCES = "millwright.references/1"
MOST_PORTS = 1024


@dataclass(frozen=True, slots=True)
class Override:
    """A built-in entry that a file of the workspace replaces, and which of its keys differ."""

    section: str
    name: str
    file: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadedCatalog:
    """The catalogue in force; `digest` covers names and bytes of all files it came from.

    `places` says by section and name of an entry where it stands.
    """

    catalog: Catalog
    overrides: tuple[Override, ...]
    digest: str
    files: tuple[str, ...]
    places: Mapping[tuple[str, str], tuple[Path, Document, Path_]]


@dataclass(slots=True)
class _Reading:
    """What is gathered while the files are read."""

    entries: dict[str, dict[str, BaseModel]] = field(
        default_factory=lambda: {section: {} for section in SECTIONS}
    )
    places: dict[tuple[str, str], tuple[Path, Document, Path_]] = field(default_factory=dict)
    overrides: list[Override] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)


def load(own: Path | None) -> LoadedCatalog:
    """Return the built-in catalogue with the entries of the folder `own` laid over it.

    Raises InputError with every problem of the files.
    """
    reading = _Reading()
    built_in = sorted(folder("catalog").glob("*.yaml"))
    mine = sorted(own.glob("*.yaml")) if own is not None else []
    for path in (*built_in, *mine):
        _take_file(reading, path, is_own=path in mine)
    if not reading.problems:
        reading.problems.extend(_dangling(reading))
    if not reading.problems:
        reading.problems.extend(_settle(reading))
    if reading.problems:
        raise InputError(tuple(reading.problems))
    catalog = Catalog.model_construct(None, **reading.entries)
    files = tuple(path.name for path in mine)
    overrides, digest = tuple(reading.overrides), reading.digest.hexdigest()
    return LoadedCatalog(catalog, overrides, digest, files, reading.places)


def _take_file(reading: _Reading, path: Path, *, is_own: bool) -> None:
    try:
        document = read(path)
        sections = _sections(path, document)
    except InputError as error:
        reading.problems.extend(error.problems)
        return
    reading.digest.update(f"{path.name}:{document.digest};".encode())
    for section, entries in sections.items():
        seen: set[str] = set()
        for index, raw in enumerate(entries):
            place: Path_ = (section, index)
            entry = _entry(reading, path, document, place, raw)
            if entry is not None:
                _store(reading, (path, document, place), section, entry, (seen, is_own))


def _sections(path: Path, document: Document) -> dict[str, list[Any]]:
    value = document.value
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise problem(path, (1, 1), "no catalogue", f"`schema: {SCHEMA}` and lists of entries")
    problems = []
    for key, entries in value.items():
        if key == "schema":
            continue
        line, column = document.position((key,))
        if key not in SECTIONS:
            known = ", ".join(SECTIONS)
            hint = similar(key, list(SECTIONS))
            problems.append(
                Problem(str(path), line, column, key, f"unknown key {shown(key)}", known, hint)
            )
        elif not isinstance(entries, list):
            problems.append(Problem(str(path), line, column, key, shown(entries), "a list"))
    if problems:
        raise InputError(tuple(problems))
    return {key: entries for key, entries in value.items() if key != "schema"}


def _entry(
    reading: _Reading, path: Path, document: Document, place: Path_, raw: Any
) -> BaseModel | None:
    section, index = place
    model = SECTIONS[str(section)]
    if isinstance(raw, dict) and isinstance(raw.get("ports"), list):
        raw = {**raw, "ports": list(_ports(raw["ports"]))}
    try:
        return model.model_validate(_frozen(raw), strict=True)
    except ValidationError as error:
        inner = Document(raw, document.digest, {}, {})
        for told in problems_of(error, inner, path, model):
            line, column = _line_of(document, place, told.key)
            key = f"{section}[{index}].{told.key}" if told.key else key_of(place)
            reading.problems.append(
                Problem(str(path), line, column, key, told.found, told.expected, told.hint)
            )
        return None


def _frozen(value: Any) -> Any:
    """Return the value with tuples for lists, as the models keep them."""
    if isinstance(value, dict):
        return {key: _frozen(inner) for key, inner in value.items()}
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list) else value


def _line_of(document: Document, place: Path_, key: str) -> tuple[int, int]:
    parts: list[str | int] = []
    for word in key.replace("]", "").replace("[", ".").split("."):
        parts.append(int(word) if word.isdigit() else word)
    return document.position((*place, *parts))


def _ports(raw: list[Any]) -> Iterator[Any]:
    for port in raw:
        count = port.get("count") if isinstance(port, dict) else None
        if not isinstance(count, int) or not 1 <= count <= MOST_PORTS:
            yield port
            continue
        for number in range(1, count + 1):
            yield {k: _counted(v, number) for k, v in port.items() if k != "count"}


def _counted(value: Any, number: int) -> Any:
    if not isinstance(value, str):
        return value
    if value == "{n}":
        return number
    if value == "{n0}":
        return number - 1
    return value.replace("{n0}", str(number - 1)).replace("{n}", str(number))


def _store(
    reading: _Reading,
    origin: tuple[Path, Document, Path_],
    section: str,
    entry: BaseModel,
    context: tuple[set[str], bool],
) -> None:
    path, document, place = origin
    seen, is_own = context
    name = str(getattr(entry, "id", None) or getattr(entry, "name", ""))
    former = reading.entries[section].get(name)
    if name in seen or (former is not None and not is_own):
        line, column = document.position(place)
        found = f"{shown(name)} a second time"
        reading.problems.append(
            Problem(str(path), line, column, key_of(place), found, "each name once")
        )
        return
    seen.add(name)
    if former is not None:
        fields = type(former).model_fields
        keys = tuple(k for k in fields if getattr(former, k) != getattr(entry, k))
        reading.overrides.append(Override(section, name, path.name, keys))
    reading.entries[section][name] = entry
    reading.places[section, name] = origin


def _dangling(reading: _Reading) -> Iterator[Problem]:
    """Yield a problem for every name that an entry uses and no entry has."""
    for (section, entry_name), (path, document, place) in reading.places.items():
        entry = reading.entries[section][entry_name]
        for key, kind, used in _uses(section, entry):
            known = reading.entries[kind]
            if used in known or (kind == "sources" and used == "unstated"):
                continue
            line, column = document.position((*place, *key))
            yield Problem(
                str(path),
                line,
                column,
                key_of((*place, *key)),
                shown(used),
                f"a name of {kind}",
                similar(used, sorted(known)),
            )


def _settle(reading: _Reading) -> Iterator[Problem]:
    """Give conditions the limits of their checks; yield a problem where a check has none."""
    checks: dict[str, Any] = reading.entries["checks"]
    conditions: dict[str, Any] = reading.entries["conditions"]
    for name, condition in conditions.items():
        try:
            conditions[name] = settled(condition, checks)
        except ValueError as error:
            path, document, place = reading.places["conditions", name]
            key: Path_ = (*place, "limit_of")
            found = shown(condition.limit_of)
            yield Problem(str(path), *document.position(key), key_of(key), found, str(error))


def _uses(section: str, entry: BaseModel) -> Iterator[tuple[Path_, str, str]]:
    source = getattr(entry, "source", None)
    if source is not None:
        yield ("source",), "sources", source
    for key in type(entry).model_fields:
        value = getattr(entry, key)
        inner = getattr(value, "source", None)
        if inner is not None:
            yield (key,), "sources", inner
            for dissent in value.also:
                yield (key,), "sources", dissent.source
    if isinstance(entry, Server) and entry.gpu is not None:
        yield ("gpu",), "gpus", entry.gpu
    yield from _listed_uses(entry)
    if isinstance(entry, Blueprint):
        yield from _blueprint_uses(entry)


def _listed_uses(entry: BaseModel) -> Iterator[tuple[Path_, str, str]]:
    for key, kind in LISTED.get(type(entry), {}).items():
        value = getattr(entry, key)
        if isinstance(value, tuple):
            yield from (((key, at), kind, name) for at, name in enumerate(value))
        elif value:
            yield (key,), kind, value


def _blueprint_uses(entry: Blueprint) -> Iterator[tuple[Path_, str, str]]:
    yield ("server",), "servers", entry.server
    for key in ("compute_rack", "management_rack"):
        rack = getattr(entry, key)
        yield (key, "model"), "racks", rack.model
        if rack.pdu is not None:
            yield (key, "pdu"), "pdus", rack.pdu
    for path, switch in entry.fabrics.switch_names():
        yield ("fabrics", *path), "switches", switch
    for index, placed in enumerate(entry.appliances):
        yield ("appliances", index, "model"), "appliances", placed.model


def references() -> tuple[PublishedRow, ...]:
    """Return every published row that the catalogue knows, in the order of its files."""
    rows: list[PublishedRow] = []
    for path in sorted((folder("catalog") / "references").glob("*.yaml")):
        document = read(path)
        if document.value.get("schema") != REFERENCES:
            raise problem(path, (1, 1), "no references", f"`schema: {REFERENCES}` and `rows`")
        for index, raw in enumerate(document.value["rows"]):
            try:
                rows.append(PublishedRow.model_validate(raw))
            except ValidationError as error:
                inner = Document(raw, "", {(): document.position(("rows", index))}, {})
                raise InputError(problems_of(error, inner, path, PublishedRow)) from None
    return tuple(rows)
