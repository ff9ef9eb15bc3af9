"""Reads what a verdict may be given beside measurements: bars, waivers, places, an earlier verdict.

All are YAML or JSON (which is YAML), bounded, and wrong ones name file, line and key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.yamlfile import Document, Path_, problem, read
from millwright.errors import InputError, MillwrightError, Problem
from millwright.model.bar import Bar
from millwright.model.verdict import VerdictDocument
from millwright.model.waiver import Waiver

T = TypeVar("T", bound=BaseModel)

MAX_BYTES = 64 << 20
Axes = Mapping[str, str]


def read_bars(paths: tuple[Path, ...]) -> tuple[Bar, ...]:
    """Return the bars of files with a list `bars`, as the catalogue has it; names once each."""
    found: dict[str, Bar] = {}
    for path in paths:
        for bar in _listed(path, "bars", Bar):
            found[bar.name] = bar
    return tuple(found.values())


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Return the waivers of a file with a list `waivers`."""
    return _listed(path, "waivers", Waiver)


def _listed(path: Path, key: str, model: type[T]) -> tuple[T, ...]:
    document = read(path)
    value = document.value
    entries = value.get(key) if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise problem(path, (1, 1), "none", f"a list `{key}`")
    found: list[T] = []
    problems: list[Problem] = []
    for index, raw in enumerate(entries):
        try:
            found.append(model.model_validate(raw))
        except ValidationError as error:
            problems += _problems(error, document, path, ((key, index), raw, model))
    if problems:
        raise InputError(tuple(problems))
    return tuple(found)


def _problems(
    error: ValidationError,
    document: Document,
    path: Path,
    entry: tuple[Path_, Any, type[BaseModel]],
) -> list[Problem]:
    place, raw, model = entry
    inner = Document(raw, document.digest, {}, {})
    return [
        Problem(
            told.file, *document.position((*place, *told.key.split("."))),
            f"{place[0]}[{place[1]}].{told.key}", told.found, told.expected, told.hint,
        )
        for told in problems_of(error, inner, path, model)
    ]  # fmt: skip


def read_places(path: Path) -> tuple[dict[str, Axes], dict[tuple[str, str], Axes]]:
    """Return where nodes stand and devices hang: `n1: {rack: r1, devices: {mlx5_0: {leaf: l1}}}`.

    Of a design, `design/cluster.json` says the racks and need not be given.
    """
    value = read(path).value
    if not isinstance(value, dict):
        raise problem(path, (1, 1), type(value).__name__, "nodes, each with rack, pdu, leaf, ...")
    nodes: dict[str, Axes] = {}
    devices: dict[tuple[str, str], Axes] = {}
    for node, axes in value.items():
        if not isinstance(axes, dict):
            raise problem(path, (1, 1), f"{node} without axes", "{rack: ..., pdu: ...}")
        nodes[node] = {key: str(group) for key, group in axes.items() if key != "devices"}
        inner = axes.get("devices")
        for device, own in inner.items() if isinstance(inner, dict) else ():
            if isinstance(own, dict):
                devices[node, device] = {key: str(group) for key, group in own.items()}
    return nodes, devices


def read_verdict(path: Path) -> VerdictDocument:
    """Return a verdict that was written before. Raises MillwrightError where it is none."""
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            raise MillwrightError(f"{path} is larger than {MAX_BYTES >> 20} MiB")
        return VerdictDocument.model_validate(json.loads(raw))
    except OSError as error:
        raise MillwrightError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise MillwrightError(
            f"{path} is no verdict", hint="`build verdict --json` writes one"
        ) from None
