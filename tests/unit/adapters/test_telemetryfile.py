"""Telemetry as it comes: gzipped, torn, hostile, and never a traceback."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.adapters.telemetryfile import read_telemetry
from millwright.errors import InputError, MillwrightError


def line(**over: Any) -> str:
    """Return one sample's line."""
    row = {
        "at": "2026-01-05T10:00:00Z",
        "node": "n1",
        "device": "gpu0",
        "metric": "m",
        "value": 1.5,
    }
    return json.dumps({**row, **over}) + "\n"


def test_packed_and_plain_say_the_same(tmp_path: Path) -> None:
    text = line(labels={"sku": "x", "job": 17}) + line(at="2026-01-05T11:00:00+01:00", value=None)
    plain, packed = tmp_path / "t.jsonl", tmp_path / "t.jsonl.gz"
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.encode()))
    one, other = read_telemetry((plain,)), read_telemetry((packed,))
    assert one.series == other.series == [("n1", "gpu0", "m")]
    assert one.labels == [(("job", "17"), ("sku", "x")), ()]
    assert one.moment[0] == one.moment[1] == other.moment[1]
    assert (one.value[0], math.isnan(one.value[1])) == (1.5, True)


def test_a_broken_line_among_many_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text(line() * 150 + '{"at": "2026\n' + line() * 50)
    told = read_telemetry((file,))
    assert (len(told), told.broken) == (200, 1)
    assert (told.problems[0].line, told.problems[0].expected) == (151, "one JSON document a line")


def test_values_that_json_does_not_have_are_gaps(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text(line() + line().replace("1.5", "NaN") + line().replace("1.5", "-Infinity"))
    assert [math.isnan(value) for value in read_telemetry((file,)).value] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (line(at="yesterday"), "at"),
        (line(at="2026-01-05T10:00:00"), "at"),
        (line(value="3"), "value"),
        (line(node=""), "node"),
        (line(labels={"a": [1]}), "labels"),
        ('{"node": "n", "metric": "m", "value": 1}\n', "at"),
        ("[]\n", ""),
        ("\xff\xfe\n", ""),
    ],
)
def test_what_is_wrong_is_told_by_key(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "t.jsonl"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        read_telemetry((file,))
    assert (caught.value.problems[0].line, caught.value.problems[0].key) == (1, key)


def test_an_empty_file_and_a_torn_archive_are_refused(tmp_path: Path) -> None:
    empty, torn = tmp_path / "e", tmp_path / "t.gz"
    empty.write_text("\n")
    torn.write_bytes(gzip.compress(line().encode() * 99)[:60])
    for file in (empty, torn, tmp_path / "none"):
        with pytest.raises(MillwrightError):
            read_telemetry((file,))


@given(st.binary(max_size=200))
def test_no_bytes_are_a_traceback(raw: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "t"
        file.write_bytes(raw)
        with pytest.raises(MillwrightError):
            read_telemetry((file,))
