"""Turns what pydantic says about a document into problems that a person can mend at once."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator
from os.path import commonprefix
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from millwright.adapters.yamlfile import Document, Path_, shown
from millwright.errors import Problem

_EXPECTED = {
    "missing": "this key, which is required",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys and values",
    "model_type": "a mapping of keys and values",
    "finite_number": "a finite number",
    "greater_than": "a number greater than {gt:g}",
    "greater_than_equal": "a number of at least {ge:g}",
    "less_than": "a number less than {lt:g}",
    "less_than_equal": "a number of at most {le:g}",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "too_long": "at most {max_length} entries",
    "literal_error": "{expected}",
    "int_parsing_size": "a smaller number",
}
_PATTERNS = {
    r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$": (
        "a name of lower-case letters, digits and single dashes, beginning with a letter"
    ),
    r"^[A-Z]{3}$": "a currency of three capital letters, such as USD",
    r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$": "an ISO 3166 code, such as US or US-CA",
}


def key_of(path: Path_) -> str:
    """Return a path as a person writes it: `compute[0].nodes`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def similar(word: str, known: list[str]) -> str:
    """Return a did-you-mean hint, or nothing."""
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    best = max(close, key=lambda name: _closeness(word, name), default=None)
    return f"did you mean {best!r}?" if best else ""


def _closeness(word: str, name: str) -> tuple[float, int]:
    ratio = difflib.SequenceMatcher(None, word, name).ratio()
    return ratio, len(commonprefix([word, name]))


def problems_of(
    error: ValidationError, document: Document, file: Path | str, model: type[BaseModel]
) -> tuple[Problem, ...]:
    """Return one problem for each place that is wrong, in the order of lines.

    Alternatives of a union that all fail at one place are folded into one problem.
    """
    by_place: dict[Path_, list[Any]] = {}
    for detail in error.errors(include_url=False, include_context=True):
        by_place.setdefault(_real_path(detail["loc"], document.value), []).append(detail)
    found = [
        _problem(path, details, document, str(file), model) for path, details in by_place.items()
    ]
    return tuple(sorted(found, key=lambda p: (p.line, p.column, p.key)))


def _real_path(loc: tuple[str | int, ...], value: Any) -> Path_:
    """Drop the parts of a location that name a union's alternative and not a key of the
    document."""
    path: list[str | int] = []
    for index, part in enumerate(loc):
        if isinstance(value, dict) and isinstance(part, str):
            is_last = index == len(loc) - 1
            if part in value or is_last:
                path.append(part)
                value = value.get(part)
                continue
        if isinstance(value, list) and isinstance(part, int) and part < len(value):
            path.append(part)
            value = value[part]
    return tuple(path)


def _value_at(value: Any, path: Path_) -> Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _problem(
    path: Path_, details: list[Any], document: Document, file: str, model: type[BaseModel]
) -> Problem:
    line, column = document.position(path)
    detail = details[0]
    kind = detail["type"]
    if kind == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        return Problem(
            file,
            line,
            column,
            key_of(path),
            f"unknown key {shown(path[-1])}",
            f"one of {', '.join(known)}" if known else "no such key",
            similar(str(path[-1]), known),
        )
    found = "nothing" if kind == "missing" else shown(_value_at(document.value, path))
    expected = " or ".join(dict.fromkeys(_expected(d) for d in details))
    hint = _literal_hint(detail)
    return Problem(file, line, column, key_of(path), found, expected, hint)


def _expected(detail: Any) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"text of the form {context['pattern']}")
    if kind == "value_error":
        return str(context.get("error", detail["msg"])).removeprefix("Value error, ")
    template = _EXPECTED.get(kind)
    if template is None:
        return str(detail["msg"])[:1].lower() + str(detail["msg"])[1:]
    return template.format(**{**context, "expected": context.get("expected", "")})


def _literal_hint(detail: Any) -> str:
    if detail["type"] != "literal_error" or not isinstance(detail["input"], str):
        return ""
    allowed = [
        part.strip("' ") for part in detail["ctx"]["expected"].replace(" or ", ",").split(",")
    ]
    return similar(detail["input"], allowed)


def _keys_at(model: type[BaseModel], path: Path_) -> list[str]:
    found: Any = model
    for part in path:
        if isinstance(part, int):
            continue
        fields = {(f.alias or name): f for name, f in found.model_fields.items()}
        if part not in fields:
            return []
        inner = next(_models_in(fields[part].annotation), None)
        if inner is None:
            return []
        found = inner
    return [field.alias or name for name, field in found.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is not None or isinstance(annotation, (types.UnionType, Union)):  # type: ignore[arg-type]
        for inner in get_args(annotation):
            yield from _models_in(inner)
