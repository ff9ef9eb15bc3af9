"""Reads measurements, one JSON document a line, into columns: quickly where all is well.

Lines are decoded by the thousand; a batch that holds a wrong line is read again line by line, so
that every wrong one is told with file, line and key. NaN and Infinity, which JSON does not have and
some tools write, are taken as a value that is no number; the judge says so.
"""

from __future__ import annotations

import json
import math
import sys
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec

from millwright.adapters.jsonfiles import whole_lines
from millwright.errors import InputError, MillwrightError, Problem
from millwright.model.measurement import Param
from millwright.model.measurements import Measurements, Pairs, Subject, places_of, versions_of

SCHEMA = "millwright.measurement/1"
MOST_PROBLEMS = 20
MOST_LINE_BYTES = 65_536

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Text = Annotated[str, msgspec.Meta(max_length=200)]


class _Peer(msgspec.Struct):
    node: _Name
    device: _Text = ""


class _Row(msgspec.Struct, gc=False):
    """A line as the contract has it. Keys that are not known are left alone."""

    schema: str
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    node: _Name
    metric: _Name
    value: float | None
    unit: _Text
    tool: _Text
    simulated: bool
    device: _Text = ""
    serial: _Text = ""
    sku: _Text = ""
    run: _Text = ""
    test: _Text = ""
    attempt: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    duration_s: float | None = None
    peer: _Peer | None = None
    params: msgspec.Raw = msgspec.Raw(b"{}")
    env: msgspec.Raw = msgspec.Raw(b"{}")


_DECODER = msgspec.json.Decoder(_Row)
_CONDITIONS = msgspec.json.Decoder(dict[_Name, str | int | float | bool | None])


def read_measurements(paths: tuple[Path, ...]) -> Measurements:
    """Return the rows of all files (`-` is standard input), one file after the other.

    Raises InputError with the first twenty wrong lines; no row of such a file is judged.
    """
    reading = _Reading()
    for path in paths:
        if str(path) == "-":
            _read(reading, sys.stdin.buffer, "standard input")
            continue
        try:
            with path.open("rb") as file:
                _read(reading, file, str(path))
        except OSError as error:
            raise MillwrightError(f"{path} cannot be read: {error.strerror}") from None
    if reading.problems:
        raise InputError(tuple(reading.problems[:MOST_PROBLEMS]))
    return reading.finished()


def _read(reading: _Reading, file: BinaryIO, name: str) -> None:
    line = 1
    for chunk in whole_lines(file):
        count = chunk.count(b"\n") + (not chunk.endswith(b"\n"))
        try:
            rows = _DECODER.decode_lines(chunk)
            reading.take(rows)
        except (msgspec.MsgspecError, _WrongRow, UnicodeDecodeError):
            reading.take_carefully(chunk, name, line)
            if len(reading.problems) >= MOST_PROBLEMS:
                return
        line += count


class _WrongRow(Exception):
    """A row that has the right types and is wrong all the same: which key, what, and why."""

    def __init__(self, key: str, found: str, expected: str) -> None:
        super().__init__(key)
        self.key, self.found, self.expected = key, found, expected


class _Reading:
    """What is gathered while lines are read: tables of what was said already, and columns."""

    def __init__(self) -> None:
        self.columns = Measurements()
        self.problems: list[Problem] = []
        self._nodes: dict[str, int] = {}
        self._devices: dict[str, int] = {}
        self._said: dict[tuple[Any, ...], tuple[int, Any]] = {}
        self._subjects: dict[Subject, int] = {}
        self._peers: dict[tuple[str, str], int] = {}
        self._serials: dict[tuple[int, int], set[str]] = {}
        self._places: dict[tuple[int, int], set[Pairs]] = {}

    def take(self, rows: list[_Row]) -> None:
        """Append rows; none of them is appended where one is wrong."""
        said = self._said
        coded = []
        for row in rows:
            if row.schema != SCHEMA:
                raise _WrongRow("schema", repr(row.schema), f"`{SCHEMA}`")
            key = (row.metric, row.unit, row.sku, row.test, row.tool,
                   bytes(row.params), bytes(row.env))  # fmt: skip
            coded.append(said.get(key) or self._say(key))
        self._append(rows, coded)

    def _append(self, rows: list[_Row], coded: list[tuple[int, Any]]) -> None:
        columns, nodes, devices = self.columns, self._nodes, self._devices
        node = [nodes.setdefault(row.node, len(nodes)) for row in rows]
        device = [devices.setdefault(_device(row), len(devices)) for row in rows]
        columns.node.extend(node)
        columns.device.extend(device)
        columns.subject.extend([code for code, _ in coded])
        columns.attempt.extend([row.attempt for row in rows])
        columns.moment.extend([hash(row.at) for row in rows])
        columns.value.extend([math.nan if row.value is None else row.value for row in rows])
        columns.peer.extend([-1 if row.peer is None else self._peer(row) for row in rows])
        columns.simulated += sum(row.simulated for row in rows)
        for row, at_node, at_device, (_, places) in zip(rows, node, device, coded, strict=True):
            if row.serial:
                self._serials.setdefault((at_node, at_device), set()).add(row.serial)
            if places:
                self._places.setdefault((at_node, at_device), set()).add(places)

    def _peer(self, row: _Row) -> int:
        if row.peer is None or row.peer.node == row.node:
            return -1
        return self._peers.setdefault((row.peer.node, row.peer.device), len(self._peers))

    def _say(self, key: tuple[Any, ...]) -> tuple[int, Any]:
        metric, unit, sku, test, tool, params, env = key
        around = _conditions("env", env)
        subject = Subject(
            metric, unit, sku, test, tool,
            tuple(sorted(_conditions("params", params).items())),
            versions_of(around), str(around.get("platform", "")),
        )  # fmt: skip
        code = self._subjects.setdefault(subject, len(self._subjects))
        self._said[key] = code, places_of(around)
        return self._said[key]

    def take_carefully(self, chunk: bytes, name: str, first: int) -> None:
        """Append rows one by one, and keep what is wrong with the others."""
        for number, line in enumerate(chunk.split(b"\n"), first):
            if not line.strip():
                continue
            try:
                self.take([_row(line)])
            except _WrongRow as wrong:
                problem = Problem(name, number, 1, wrong.key, wrong.found, wrong.expected)
                self.problems.append(problem)
            if len(self.problems) >= MOST_PROBLEMS:
                return

    def finished(self) -> Measurements:
        """Return the columns with their tables."""
        columns = self.columns
        columns.nodes, columns.devices = list(self._nodes), list(self._devices)
        columns.subjects, columns.peers = list(self._subjects), list(self._peers)
        columns.serials = {at: tuple(sorted(found)) for at, found in self._serials.items()}
        columns.places = {at: _places(found) for at, found in self._places.items()}
        return columns


def _places(said: set[Pairs]) -> Pairs:
    """Return what all rows say of a place, in whatever order; of two that differ the first name."""
    by_axis: dict[str, Param] = {}
    for axis, group in sorted(chain.from_iterable(said), key=lambda each: (each[0], str(each[1]))):
        by_axis.setdefault(axis, group)
    return tuple(by_axis.items())


def _device(row: _Row) -> str:
    """Return the device of a row; two of one node that talk to each other are one thing."""
    if row.peer is None or row.peer.node != row.node or not row.peer.device:
        return row.device
    return f"{row.device} to {row.peer.device}"


def _conditions(key: str, raw: bytes) -> dict[str, Param]:
    try:
        found = _CONDITIONS.decode(raw)
    except msgspec.MsgspecError:
        found_ = raw[:60].decode("utf-8", "replace")
        raise _WrongRow(key, found_, "an object whose values are texts and numbers") from None
    return {name: value for name, value in found.items() if value is not None}


def _row(line: bytes) -> _Row:
    """Return one line's row, with words for what is wrong with it."""
    if len(line) > MOST_LINE_BYTES:
        raise _WrongRow("", f"a line of {len(line)} bytes", f"at most {MOST_LINE_BYTES}")
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        told = "bytes that are no UTF-8" if isinstance(error, UnicodeDecodeError) else _said(error)
        raise _WrongRow("", told, "one JSON document a line") from None
    if not isinstance(found, dict):
        raise _WrongRow("", f"{type(found).__name__}", "an object with the keys of a measurement")
    try:
        plain = {key: value for key, value in found.items() if key not in ("params", "env")}
        row = msgspec.convert(plain, _Row, strict=True)
        row.params, row.env = (_again(found, "params"), _again(found, "env"))
        return row
    except msgspec.ValidationError as error:
        raise _told(str(error)) from None


def _again(found: dict[str, Any], key: str) -> msgspec.Raw:
    try:
        return msgspec.Raw(msgspec.json.encode(found.get(key, {})))
    except (TypeError, ValueError, RecursionError):
        raise _WrongRow(key, "what is no JSON", "an object of texts and numbers") from None


def _said(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON ({error.msg}, column {error.colno})"
    return "no JSON"


def _told(message: str) -> _WrongRow:
    """Return msgspec's words as key, found and expected: `Expected X, got Y - at `$.key``."""
    what, _, where = message.partition(" - at `$.")
    if what.startswith("Object missing required field"):
        return _WrongRow(what.split("`")[1], "nothing", "a value; every measurement says it")
    if "RFC3339" in what:
        return _WrongRow("at", "no time", "a time as 2026-01-05T10:00:00Z")
    expected, _, found = what.partition(", got ")
    return _WrongRow(
        where.rstrip("`"), found or "something else", expected.replace("Expected ", "")
    )
