"""Documents against the attributes that their readers know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "attributes"
TYPES: dict[str, type] = {"str": str, "bool": bool, "int": int}


def attributes(name: str, folder: Path = FOLDER) -> Any:
    """Return a list of attributes, which says where it was read."""
    document = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    assert document["source"].startswith("https://")
    assert document["read"]
    return document["attributes"]


def wrong(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """Yield every key that nobody knows, and every value of another type."""
    if isinstance(shape, dict) and isinstance(value, dict):
        for key, each in value.items():
            yield from _wrong_key(key, each, shape, f"{path}.{key}")
    elif isinstance(shape, list) and isinstance(value, list):
        for number, each in enumerate(value):
            yield from wrong(each, shape[0], f"{path}[{number}]")
    elif shape != "any" and not (isinstance(shape, str) and type(value) is TYPES[shape]):
        yield f"{path} is {value!r}, not {shape}"


def _wrong_key(key: str, value: Any, shape: dict[str, Any], path: str) -> Iterator[str]:
    if key in shape or "*" in shape:
        yield from wrong(value, shape.get(key, shape.get("*")), path)
    else:
        yield f"{path} is unknown"
