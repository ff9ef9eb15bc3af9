"""Reads telemetry, one JSON document a line, plain or gzipped, into columns.

Lines are decoded by the thousand; a batch that holds a wrong line is read again line by line, so
that every wrong one is told with file, line and key. What is a number that JSON does not have
(NaN) is a gap.
"""

from __future__ import annotations

import gzip
import json
import math
import sys
import zlib
from array import array
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import msgspec

from millwright.adapters.jsonfiles import whole_lines
from millwright.errors import InputError, MillwrightError, Problem
from millwright.model.telemetry import Labels, SeriesKey, Telemetry

MOST_PROBLEMS = 20
MOST_LINE_BYTES = 65_536
_GZIP = b"\x1f\x8b"
_MOST_BROKEN = 0.01
"""Share of lines that may be broken before nothing is judged at all."""

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Text = Annotated[str, msgspec.Meta(max_length=200)]


class _Row(msgspec.Struct, gc=False):
    """A line as the contract has it. Keys that are not known are left alone."""

    at: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    node: _Name
    metric: _Name
    value: float | None
    device: _Text | None = ""
    labels: msgspec.Raw = msgspec.Raw(b"{}")
    simulated: bool = False


_DECODER = msgspec.json.Decoder(_Row)
_LABELS = msgspec.json.Decoder(dict[_Name, str | int | float | bool | None])


def read_telemetry(paths: tuple[Path, ...]) -> Telemetry:
    """Return the samples of all files (`-` is standard input).

    Broken lines are kept as problems beside what could be read. Raises InputError where more than
    one line in a hundred is broken, or none is a sample: then it is another kind of file.
    """
    reading = Reading()
    for path in paths:
        try:
            if str(path) == "-":
                _read(reading, sys.stdin.buffer, "standard input")
                continue
            with path.open("rb") as file:
                _read(reading, file, str(path))
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise MillwrightError(
                f"{path} is a torn gzip file", hint="gzip -t tells more"
            ) from None
        except OSError as error:
            raise MillwrightError(f"{path} cannot be read: {error.strerror}") from None
    told = reading.finished()
    if told.problems and told.broken > _MOST_BROKEN * (len(told) + told.broken):
        raise InputError(tuple(told.problems))
    if not len(told):
        raise MillwrightError("no sample is in the telemetry", hint="one JSON object a line")
    return told


def _read(reading: Reading, file: BinaryIO, name: str) -> None:
    line = 1
    for chunk in whole_lines(_opened(file)):
        try:
            reading.take(_DECODER.decode_lines(chunk))
        except (msgspec.MsgspecError, WrongSample, UnicodeDecodeError):
            reading.take_carefully(chunk, name, line)
        line += chunk.count(b"\n")


def _opened(file: BinaryIO) -> BinaryIO:
    """Return the file, unpacked where its first bytes say gzip."""
    peek = getattr(file, "peek", None)
    if peek is not None and peek(2)[:2] == _GZIP:
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    return file


class WrongSample(Exception):
    """A sample that cannot be taken: which key, what stands there, and what would be right."""

    def __init__(self, key: str, found: str, expected: str) -> None:
        super().__init__(key)
        self.key, self.found, self.expected = key, found, expected


class Reading:
    """What is gathered while samples are read: tables of what was said already, and columns."""

    def __init__(self) -> None:
        self.told = Telemetry()
        self._series: dict[SeriesKey, int] = {}
        self._labels: dict[Labels, int] = {}
        self._raw_labels: dict[bytes, int] = {}
        self._times: dict[str, float] = {}

    def take(self, rows: list[_Row]) -> None:
        """Append samples; none of them is appended where one is wrong."""
        times, series, raw = self._times, self._series, self._raw_labels
        moments = [times[row.at] if row.at in times else self._time(row.at) for row in rows]
        labels = [
            raw[key] if (key := bytes(row.labels)) in raw else self._label(key) for row in rows
        ]
        told = self.told
        told.of_series.extend(
            [
                series.setdefault((row.node, row.device or "", row.metric), len(series))
                for row in rows
            ]
        )
        told.moment.extend(moments)
        told.of_labels.extend(labels)
        told.value.extend([math.nan if row.value is None else row.value for row in rows])
        told.simulated = told.simulated or any(row.simulated for row in rows)

    def add(self, key: SeriesKey, labels: Labels, samples: list[tuple[float, float]]) -> None:
        """Append the samples of one series, as moment and value."""
        code = self._series.setdefault(key, len(self._series))
        mark = self._labels.setdefault(labels, len(self._labels))
        told = self.told
        told.of_series.extend([code] * len(samples))
        told.of_labels.extend([mark] * len(samples))
        told.moment.extend([moment for moment, _ in samples])
        told.value.extend([value for _, value in samples])

    def _time(self, text: str) -> float:
        try:
            found = datetime.fromisoformat(text)
            if found.tzinfo is None or not 1970 <= found.year < 9999:
                raise ValueError
        except ValueError:
            raise WrongSample("at", repr(text), "a time as 2026-01-05T10:00:00Z") from None
        self._times[text] = found.timestamp()
        return self._times[text]

    def _label(self, raw: bytes) -> int:
        try:
            found = _LABELS.decode(raw) if raw != b"null" else {}
        except msgspec.MsgspecError:
            shown = raw[:60].decode("utf-8", "replace")
            raise WrongSample("labels", shown, "an object of texts and numbers") from None
        kept = tuple(sorted((key, str(value)) for key, value in found.items() if value is not None))
        self._raw_labels[raw] = self._labels.setdefault(kept, len(self._labels))
        return self._raw_labels[raw]

    def take_carefully(self, chunk: bytes, name: str, first: int) -> None:
        """Append samples one by one, and keep what is wrong with the others."""
        for number, line in enumerate(chunk.split(b"\n"), first):
            if not line.strip():
                continue
            try:
                self.take([_sample(line)])
            except WrongSample as wrong:
                self.told.broken += 1
                if len(self.told.problems) < MOST_PROBLEMS:
                    problem = Problem(name, number, 1, wrong.key, wrong.found, wrong.expected)
                    self.told.problems.append(problem)

    def finished(self) -> Telemetry:
        """Return the columns with their tables; numbers that are none become gaps."""
        self.told.series, self.told.labels = list(self._series), list(self._labels)
        if any(map(math.isinf, self.told.value)):
            gaps = [math.nan if math.isinf(value) else value for value in self.told.value]
            self.told.value = array("d", gaps)
        return self.told


def _sample(line: bytes) -> _Row:
    """Return one line's sample, with words for what is wrong with it."""
    if len(line) > MOST_LINE_BYTES:
        raise WrongSample("", f"a line of {len(line)} bytes", f"at most {MOST_LINE_BYTES}")
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise WrongSample("", "bytes that are no UTF-8", "one JSON document a line") from None
    except (ValueError, RecursionError) as error:
        where = f", column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise WrongSample("", f"no JSON{where}", "one JSON document a line") from None
    if not isinstance(found, dict):
        raise WrongSample("", type(found).__name__, "an object with at, node, metric and value")
    try:
        row = msgspec.convert({k: v for k, v in found.items() if k != "labels"}, _Row, strict=True)
        row.labels = msgspec.Raw(msgspec.json.encode(found.get("labels") or {}))
        return row
    except msgspec.ValidationError as error:
        raise _told(str(error)) from None
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise WrongSample("labels", "what is no JSON", "an object of texts and numbers") from None


def _told(message: str) -> WrongSample:
    """Return msgspec's words as key, found and expected: `Expected X, got Y - at `$.key``."""
    what, _, where = message.partition(" - at `$.")
    if what.startswith("Object missing required field"):
        return WrongSample(what.split("`")[1], "nothing", "a value; every sample says it")
    expected, _, found = what.partition(", got ")
    return WrongSample(
        where.rstrip("`"), found or "something else", expected.replace("Expected ", "")
    )
