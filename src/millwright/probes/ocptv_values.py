"""Values of OCP test and validation, with the bounds that stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from millwright.probes.json_node import Node
from millwright.probes.node_numbers import real
from millwright.probes.ocptv_facts import Bound, Value


@dataclass(slots=True)
class Series:
    """A series while its elements go by; `expected` is what its end says."""

    step: str
    info: Node
    values: list[Value] = field(default_factory=list)
    expected: int | None = None


def value_of(info: Node, element: Node, step: str, parts: Mapping[str, str]) -> Value | None:
    """Return one value; None where none is told, or its name is not."""
    name, told = info.at("name").said, element.at("value")
    if name is None or told.value is None:
        return None
    number = None if isinstance(told.value, str) else real(told)
    text = told.value if isinstance(told.value, str) else None
    if isinstance(told.value, bool):
        text = str(told.value).lower()
    bounds = _bounds(info, element)
    key = info.at("hardwareInfoId").said
    return Value(
        step=step,
        name=name,
        unit=info.at("unit").said,
        number=number,
        text=text,
        part=parts.get(key, key) if key is not None else None,
        bounds=bounds,
        within=None if number is None else _within(number, bounds),
    )


def _bounds(info: Node, element: Node) -> tuple[Bound, ...]:
    """Return validators of edition 2, or the range of the one before."""
    span = element.at("range") if element.at("range").members else info.at("range")
    found = [
        Bound(kind, told)
        for kind, key in (("GREATER_THAN_OR_EQUAL", "minimum"), ("LESS_THAN_OR_EQUAL", "maximum"))
        if (told := span.at(key).said) is not None
    ]
    for validator in info.at("validators").entries:
        kind, value = validator.at("type").said, validator.at("value")
        words = [each.said or "" for each in value.entries]
        told = ", ".join(words) if words else value.said
        if kind and told is not None:
            found.append(Bound(kind, told))
    return tuple(found)


def _within(number: float, bounds: tuple[Bound, ...]) -> bool | None:
    """Return whether a number keeps to all bounds that compare numbers; None without any."""
    compared = [kept for bound in bounds if (kept := _kept(number, bound)) is not None]
    return all(compared) if compared else None


def _kept(number: float, bound: Bound) -> bool | None:
    try:
        limit = float(bound.value)
    except ValueError:
        return None
    kept = {
        "EQUAL": number == limit,
        "NOT_EQUAL": number != limit,
        "LESS_THAN": number < limit,
        "LESS_THAN_OR_EQUAL": number <= limit,
        "GREATER_THAN": number > limit,
        "GREATER_THAN_OR_EQUAL": number >= limit,
    }
    return kept.get(bound.kind)
