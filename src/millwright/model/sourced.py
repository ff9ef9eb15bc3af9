"""A number of the catalogue: what it is, in which unit, who says so, and how sure that is."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar, get_args

from pydantic import Field, model_validator

from millwright.model.base import Frozen, ShortText

T = TypeVar("T")

Confidence = Literal["spec", "measured", "derived", "estimate"]


class Dissent(Frozen, Generic[T]):
    """What another source says of the same thing."""

    value: T
    source: ShortText
    confidence: Confidence
    note: str = ""


class Sourced(Frozen, Generic[T]):
    """A value with its unit, source and confidence; conflicting sources are kept in `also`."""

    value: T
    unit: str = ""
    source: ShortText
    confidence: Confidence
    note: str = ""
    also: tuple[Dissent[T], ...] = ()


UNIT_OF_SUFFIX = {
    "_u": "U",
    "_kg": "kg",
    "_w": "W",
    "_kva": "kVA",
    "_cfm": "CFM",
    "_gbps": "Gb/s",
    "_gb": "GB",
    "_tbytes_per_s": "TB/s",
    "_gbytes_per_s": "GB/s",
    "_tflops": "TFLOP/s",
    "_m": "m",
    "_db": "dB",
    "_share": "",
}


def unit_of(key: str) -> str:
    """Return the unit that a key's name says, or nothing for a bare count."""
    matches = [suffix for suffix in UNIT_OF_SUFFIX if key.endswith(suffix)]
    return UNIT_OF_SUFFIX[max(matches, key=len)] if matches else ""


def _is_sourced(annotation: Any) -> bool:
    inner = get_args(annotation)
    candidates = inner if inner else (annotation,)
    return any(isinstance(kind, type) and issubclass(kind, Sourced) for kind in candidates)


class Entry(Frozen):
    """A thing of the catalogue. Bare values take the entry's own `source` and `confidence`.

    An entry that names no source is taken at its word and marked an estimate.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
    title: str = ""
    source: ShortText = "unstated"
    confidence: Confidence = "estimate"
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _spread_source(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        origin = {
            "source": raw.get("source", "unstated"),
            "confidence": raw.get("confidence", "estimate"),
        }
        return {key: cls._sourced(key, value, origin) for key, value in raw.items()}

    @classmethod
    def _sourced(cls, key: str, value: Any, origin: dict[str, Any]) -> Any:
        field = cls.model_fields.get(key)
        if field is None or value is None or not _is_sourced(field.annotation):
            return value
        if isinstance(value, dict) and not value.keys().isdisjoint(Sourced.model_fields):
            return {"unit": unit_of(key), **origin, **value}
        return {"value": value, "unit": unit_of(key), **origin}
