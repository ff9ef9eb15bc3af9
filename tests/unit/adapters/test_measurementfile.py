"""Measurement files: read quickly where all is well, told line by line where it is not."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters.measurementfile import read_measurements
from millwright.errors import InputError, MillwrightError


def line(**keys: Any) -> dict[str, Any]:
    """Return a measurement with some keys of its own."""
    plain = {"schema": "millwright.measurement/1", "at": "2026-01-05T10:00:00Z", "node": "gpu017"}
    plain |= {"device": "gpu3", "metric": "gemm_bf16_tflops", "unit": "TFLOP/s"}
    return {**plain, "value": 712.3, "tool": "gpu-fryer 1.1", "simulated": False, **keys}


def written(folder: Path, *lines: str) -> Path:
    """Return a file of these lines."""
    path = folder / "m.jsonl"
    path.write_text("".join(f"{each}\n" for each in lines))
    return path


def wrong(folder: Path, *lines: str) -> list[tuple[int, str]]:
    """Return line and key of every problem that such a file has."""
    with pytest.raises(InputError) as told:
        read_measurements((written(folder, *lines),))
    return [(problem.line, problem.key) for problem in told.value.problems]


def test_the_line_of_the_contract_is_read(tmp_path: Path) -> None:
    whole = line(
        serial="1", sku="dgx-h100", run="r", test="t", attempt=2, duration_s=60,
        peer={"node": "gpu018", "device": "gpu3"}, params={"bytes": 0, "nodes": 1, "algo": "ring"},
        env={"driver": "550", "power_cap_w": 700, "rack": "r01", "mood": "good"}, later="kept",
    )  # fmt: skip
    found = read_measurements((written(tmp_path, json.dumps(whole)),))
    (subject,) = found.subjects
    assert subject.params == (("algo", "ring"), ("bytes", 0), ("nodes", 1))
    assert subject.versions == (("driver", "550"), ("power_cap_w", 700))
    assert found.peers == [("gpu018", "gpu3")]
    assert found.places == {(0, 0): (("rack", "r01"),)}
    assert found.serials == {(0, 0): ("1",)}
    assert list(found.attempt) == [2]


def test_two_devices_of_one_node_are_one_thing_and_no_pair(tmp_path: Path) -> None:
    inner = line(peer={"node": "gpu017", "device": "gpu5"})
    found = read_measurements((written(tmp_path, json.dumps(inner)),))
    assert (found.devices, list(found.peer)) == (["gpu3 to gpu5"], [-1])


def test_the_order_of_keys_makes_no_other_condition(tmp_path: Path) -> None:
    first, second = line(params={"a": 1, "b": 2}), line(params={"b": 2, "a": 1})
    found = read_measurements((written(tmp_path, json.dumps(first), json.dumps(second)),))
    assert len(found.subjects) == 1


@pytest.mark.parametrize("turned", [False, True])
def test_what_rows_say_of_a_place_is_put_together_in_any_order(
    tmp_path: Path, turned: bool
) -> None:
    said = [{"rack": "r1"}, {"leaf": "l2", "driver": "1"}, {"leaf": "l1"}]
    lines = [json.dumps(line(env=env)) for env in (reversed(said) if turned else said)]
    found = read_measurements((written(tmp_path, *lines),))
    assert found.places == {(0, 0): (("leaf", "l1"), ("rack", "r1"))}


def test_every_wrong_line_is_told_with_its_key(tmp_path: Path) -> None:
    good = json.dumps(line())
    lacking = {key: value for key, value in line().items() if key != "node"}
    assert wrong(
        tmp_path, good, json.dumps(line(value="7")), "", "nonsense", json.dumps(lacking),
        json.dumps(line(at="yesterday")), json.dumps(line(params={"a": [1]})), "[1]",
        json.dumps(line(schema="millwright.measurement/2")), json.dumps(line(attempt=0)),
    ) == [
        (2, "value"), (4, ""), (5, "node"), (6, "at"), (7, "params"), (8, ""), (9, "schema"),
        (10, "attempt"),
    ]  # fmt: skip


def test_no_number_is_read_as_none_and_left_to_the_judge(tmp_path: Path) -> None:
    lines = [json.dumps(line(value=value)) for value in (math.nan, math.inf, None)]
    lines.append(json.dumps(line()).replace("712.3", "1e999"))
    found = read_measurements((written(tmp_path, *lines),))
    assert [math.isfinite(value) for value in found.value] == [False] * 4


def test_windows_ends_of_lines_a_mark_and_a_last_line_without_end_are_read(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    body = json.dumps(line(params={"bytes": 8}))
    path.write_bytes(b"\xef\xbb\xbf" + f"{body}\r\n\r\n{body}".encode())
    assert len(read_measurements((path,))) == 2
    path.write_bytes(b"")
    assert len(read_measurements((path,))) == 0


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(MillwrightError, match="cannot be read"):
        read_measurements((tmp_path / "none.jsonl",))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400))
def test_whatever_stands_there_gives_rows_or_problems(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, cut: int
) -> None:
    path = tmp_path_factory.mktemp("noise") / "m.jsonl"
    whole = json.dumps(line(params={"a": 1}, env={"driver": "1"})).encode()
    path.write_bytes(whole + b"\n" + whole[:cut] + noise)
    try:
        rows = len(read_measurements((path,)))
    except InputError as error:
        lines = {problem.line for problem in error.problems}
        rows = 1 if min(lines) >= 2 else 0
    assert rows >= 1
