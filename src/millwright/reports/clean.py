"""Pages without secrets: whatever a node, a spec or a person said, before it is set."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from millwright.model.redaction import redacted
from millwright.reports.picture import Picture

T = TypeVar("T")


def without_secrets(value: T) -> T:
    """Return a page, a sheet or any part of one with the shapes of secrets taken out."""
    return _clean(value)  # type: ignore[no-any-return]


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        raw = value.encode("utf-8", "surrogateescape")
        found = redacted(raw)
        return value if found == raw else found.decode("utf-8", "replace")
    if isinstance(value, tuple):
        return tuple(map(_clean, value))
    if isinstance(value, list):
        return list(map(_clean, value))
    if is_dataclass(value) and not isinstance(value, (type, Picture)):
        changed = {
            each.name: _clean(getattr(value, each.name)) for each in fields(value) if each.init
        }
        return replace(value, **changed)
    return value
