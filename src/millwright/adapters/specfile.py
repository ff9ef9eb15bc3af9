"""Reads `factory.yaml`: every problem at once, each with its place, and nothing believed
untested."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from millwright.adapters.explain import key_of, problems_of, similar
from millwright.adapters.jsonfiles import MAX_BYTES
from millwright.adapters.yamlfile import Document, Path_, problem, read, shown
from millwright.errors import InputError, Problem
from millwright.model.catalog import Catalog
from millwright.model.spec import Factory, name_uses, repeated_names

SCHEMA_ID = "urn:millwright:factory:1"


@dataclass(frozen=True, slots=True)
class ReadFactory:
    """A valid spec, and the digest of the file that it came from, with that of the models' files
    which its workloads name."""

    factory: Factory
    digest: str


def read_factory(path: Path, catalog: Catalog) -> ReadFactory:
    """Return the spec of a file.

    Raises InputError with every problem: wrong keys and values first, and if there are none, names
    that nothing in the spec or the catalogue has.
    """
    if not path.exists():
        hint = "`millwright init DIR --blueprint NAME` begins one; -C names its folder"
        raise problem(path, (0, 0), "no such file", "a spec", hint)
    document = read(path)
    if not isinstance(document.value, dict):
        at = document.position(())
        raise problem(path, at, shown(document.value), "a mapping of keys and values")
    try:
        factory = Factory.model_validate_json(json.dumps(document.value), strict=True)
    except ValidationError as error:
        raise InputError(problems_of(error, document, path, Factory)) from None
    found = sorted(
        (*_dangling(factory, catalog, document, path), *_incomplete(factory, document, path)),
        key=lambda p: (p.line, p.column, p.key),
    )
    if found:
        raise InputError(tuple(found))
    return ReadFactory(factory, _with_models(factory, document.digest, path.parent))


def _with_models(factory: Factory, digest: str, folder: Path) -> str:
    """Return the digest of a spec and of the models' own files: sizes follow from both."""
    names = {each.model for each in factory.workloads if each.model}
    files = [folder / name for name in sorted(names) if name.endswith(".json")]
    told = [found for each in files if (found := _digest(each))]
    if not told:
        return digest
    return hashlib.sha256("\n".join((digest, *told)).encode()).hexdigest()


def _digest(path: Path) -> str:
    """Return the digest of a model's file; nothing of one that cannot be read, which sizing
    tells."""
    try:
        if path.is_file() and path.stat().st_size <= MAX_BYTES:
            return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        pass
    return ""


def wrong_at(path: Path, place: Path_, words: tuple[str, str, str]) -> InputError:
    """Return the error of a place in a spec that was found wrong after it was read; `words` are
    what was found, what would be right, and a hint."""
    return InputError((_problem(read(path), path, place, words),))


def _problem(document: Document, path: Path, place: Path_, words: tuple[str, str, str]) -> Problem:
    line, column = document.position(place)
    return Problem(str(path), line, column, key_of(place), *words)


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _dangling(
    factory: Factory, catalog: Catalog, document: Document, path: Path
) -> Iterator[Problem]:
    known: dict[str, Iterable[str]] = {
        "blueprint": catalog.blueprints,
        "server": catalog.servers,
        "switch": catalog.switches,
        "tier": [tier.name for tier in factory.tiers],
        "workload": [workload.name for workload in factory.workloads],
        "stack": catalog.stacks,
        "assumption": catalog.assumptions,
        "zone": [zone.name for zone in factory.zones],
        "gpu": catalog.gpus,
        "parameter": [name for name, each in catalog.parameters.items() if each.opt_in],
    }
    for use in name_uses(factory):
        names = sorted(known[use.kind])
        if use.name not in names:
            told = ", ".join(names) if len(names) <= 20 else "see `millwright catalog list`"
            expected = f"{_article(use.kind)} {use.kind} that is known ({told or 'none is'})"
            words = (shown(use.name), expected, similar(use.name, names))
            yield _problem(document, path, use.path, words)
    for place, name in repeated_names(factory):
        words = (f"{shown(name)} a second time", "a name of its own", "")
        yield _problem(document, path, place, words)


def _incomplete(factory: Factory, document: Document, path: Path) -> Iterator[Problem]:
    """Tell what a blueprint would have said, where there is none."""
    if factory.blueprint is not None:
        return
    for index, pool in enumerate(factory.compute):
        if pool.server is None:
            words = ("nothing", "a server, since no blueprint names one", "")
            yield _problem(document, path, ("compute", index, "server"), words)
    for name in ("compute", "storage", "inband", "oob"):
        fabric = getattr(factory.fabrics, name)
        if fabric is None or fabric.switch is not None or getattr(fabric, "shared_with", None):
            continue
        words = ("nothing", "a switch, since no blueprint names one", "")
        yield _problem(document, path, ("fabrics", name, "switch"), words)


def factory_schema() -> dict[str, Any]:
    """Return the JSON Schema of `factory.yaml`, for editors and other programs."""
    schema = Factory.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **schema,
        "title": "millwright factory",
    }
