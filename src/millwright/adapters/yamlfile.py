"""Reads YAML that may be hostile: bounded, without aliases or tags, and with the place of every
value.

The file is read event by event, never recursively, so that depth, size and duplicates are found
before anything grows. Plain scalars follow the YAML 1.2 core schema: only `true` and `false` are
booleans, so `no` stays a country; `0o17`, dates and `1:30` stay text.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from millwright.errors import InputError, Problem

Path_ = tuple[str | int, ...]
Position = tuple[int, int]

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
MAX_VALUES = 200_000

_INTEGER = re.compile(r"^[-+]?[0-9]+$")
_FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Document:
    """A file's value, the digest of its bytes, and where each key and value stands (from 1)."""

    value: Any
    digest: str
    keys: dict[Path_, Position]
    values: dict[Path_, Position]

    def position(self, path: Path_) -> Position:
        """Return line and column of a key, of a list item, or of the nearest parent that
        is there."""
        for length in range(len(path), -1, -1):
            found = self.keys.get(path[:length]) or self.values.get(path[:length])
            if found is not None:
                return found
        return 1, 1


@dataclass(slots=True)
class _Level:
    """A list or mapping that is still open."""

    value: Any
    path: Path_
    key: str | None = None
    seen: dict[str, int] = field(default_factory=dict)


def shown(value: object) -> str:
    """Return a value for a message: quoted, without control characters, never longer than 80."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def problem(
    file: Path | str, at: Position, found: str, expected: str, hint: str = ""
) -> InputError:
    """Return the error of a file that is wrong as a whole, or in its syntax."""
    return InputError((Problem(str(file), at[0], at[1], "", found, expected, hint),))


def read(path: Path, *, max_bytes: int = MAX_BYTES) -> Document:
    """Return the document of a YAML file.

    Raises InputError, with one problem, where the file cannot be read, is too large or is not plain
    data.
    """
    raw = _bytes(path, max_bytes)
    text = _text(path, raw)
    try:
        value, keys, values = _build(path, text)
    except yaml.YAMLError as error:
        raise problem(path, _mark(error), _syntax(error), "YAML that can be parsed") from None
    return Document(value, hashlib.sha256(raw).hexdigest(), keys, values)


def text_of(path: Path, *, max_bytes: int = MAX_BYTES) -> str:
    """Return the text of a file that is no YAML. Raises InputError where it cannot be read."""
    return _text(path, _bytes(path, max_bytes))


def _bytes(path: Path, max_bytes: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise problem(path, (0, 0), reason.lower(), "a file that can be read") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise problem(path, (0, 0), "no regular file", "a file of text")
    with open(descriptor, "rb") as file:
        raw = file.read(max_bytes + 1)
    if len(raw) > max_bytes:
        limit = f"at most {max_bytes // 1024} KiB"
        raise problem(path, (0, 0), f"more than {max_bytes // 1024} KiB", limit)
    return raw


def _text(path: Path, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise problem(path, (line, 1), f"byte 0x{raw[error.start]:02x}", "UTF-8 text") from None
    bad = _CONTROL.search(text)
    if bad is not None:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - text.rfind("\n", 0, bad.start())
        found = f"control character 0x{ord(bad.group()):02x}"
        raise problem(path, (line, column), found, "text without control characters")
    return text


def _mark(error: yaml.YAMLError) -> Position:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _syntax(error: yaml.YAMLError) -> str:
    told = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
    return shown(told).strip("'\"")


def _events(text: str) -> Iterator[Any]:
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _build(path: Path, text: str) -> tuple[Any, dict[Path_, Position], dict[Path_, Position]]:
    builder = _Builder(path)
    for event in _events(text):
        builder.take(event)
    if builder.documents == 0:
        raise problem(path, (1, 1), "an empty file", "a mapping of keys and values")
    return builder.root, builder.keys, builder.values


class _Builder:
    """Turns parser events into plain values, and refuses what plain data does not need."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root: Any = None
        self.documents = 0
        self.keys: dict[Path_, Position] = {}
        self.values: dict[Path_, Position] = {}
        self._open: list[_Level] = []
        self._count = 0

    def take(self, event: Any) -> None:
        at = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            raise problem(
                self.path,
                at,
                f"alias {shown(event.anchor)}",
                "values written out",
                "repeat the value",
            )
        if getattr(event, "anchor", None):
            raise problem(self.path, at, f"anchor {shown(event.anchor)}", "no anchors or aliases")
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise problem(self.path, at, "a second document", "one document")
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._open.pop()
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent, yaml.ScalarEvent)):
            self._value(event, at)

    def _value(self, event: Any, at: Position) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            raise problem(self.path, at, f"more than {MAX_VALUES} values", "a smaller file")
        if event.tag is not None and event.tag != "!":
            raise problem(self.path, at, f"tag {shown(event.tag)}", "plain values without tags")
        if isinstance(event, yaml.ScalarEvent) and _CONTROL.search(event.value):
            expected = "text without control characters, escaped ones too"
            raise problem(self.path, at, shown(event.value), expected)
        level = self._open[-1] if self._open else None
        if level is not None and isinstance(level.value, dict) and level.key is None:
            self._key(level, event, at)
            return
        path = self._place(level)
        self.values[path] = at
        if isinstance(event, yaml.ScalarEvent):
            self._attach(level, _scalar(event))
            return
        if len(self._open) >= MAX_DEPTH:
            raise problem(self.path, at, f"nesting deeper than {MAX_DEPTH}", "flatter data")
        inner: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._attach(level, inner)
        self._open.append(_Level(inner, path))

    def _key(self, level: _Level, event: Any, at: Position) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise problem(self.path, at, "a list or mapping as a key", "a word as a key")
        key = event.value
        if key == "<<" and not event.style:
            raise problem(self.path, at, "merge key <<", "keys written out")
        if key in level.seen:
            found = f"key {shown(key)} a second time (first in line {level.seen[key]})"
            raise problem(self.path, at, found, "each key once")
        level.seen[key] = at[0]
        level.key = key
        self.keys[(*level.path, key)] = at

    def _place(self, level: _Level | None) -> Path_:
        if level is None:
            return ()
        if isinstance(level.value, list):
            return (*level.path, len(level.value))
        return (*level.path, level.key or "")

    def _attach(self, level: _Level | None, value: Any) -> None:
        if level is None:
            self.root = value
        elif isinstance(level.value, list):
            level.value.append(value)
        else:
            level.value[level.key] = value
            level.key = None


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.style in ("'", '"', "|", ">"):
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text[0] in "tT"
    if _INTEGER.match(text) and len(text) <= 4000:
        return int(text)
    if _FLOAT.match(text) and len(text) <= 4000:
        return float(text)
    return text
