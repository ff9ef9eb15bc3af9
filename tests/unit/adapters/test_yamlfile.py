"""YAML that means harm gets one clear line, quickly, and nothing grows."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters.yamlfile import Document, read
from millwright.errors import InputError, Problem

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


def refused(tmp_path: Path, raw: bytes) -> Problem:
    path = tmp_path / "factory.yaml"
    path.write_bytes(raw)
    with pytest.raises(InputError) as error:
        read(path)
    (problem,) = error.value.problems
    return problem


def value_of(tmp_path: Path, text: str) -> Document:
    path = tmp_path / "factory.yaml"
    path.write_text(text, encoding="utf-8")
    return read(path)


@pytest.mark.parametrize(
    ("raw", "line", "found"),
    [
        (BOMB.encode(), 1, "anchor 'a'"),
        (b"a: *b\n", 1, "alias 'b'"),
        (b"a: 1\nb: !!python/object/apply:os.system [id]\n", 2, "tag"),
        (b"a: !custom 1\n", 1, "tag '!custom'"),
        (b"a: 1\nb: 2\na: 3\n", 3, "key 'a' a second time (first in line 1)"),
        (b"a: 1\nb: \x00\n", 2, "control character 0x00"),
        (b'a: 1\nb: "\\e[31m"\n', 2, "\\x1b[31m"),
        (b'a: 1\n"\\0": 1\n', 2, "\\x00"),
        (b"a: 1\nb: \xff\n", 2, "byte 0xff"),
        (b"a: 1\n---\nb: 2\n", 2, "a second document"),
        (b"", 1, "an empty file"),
        (b"a: {<<: {b: 1}}\n", 1, "merge key <<"),
        (b"[a]: 1\n", 1, "a list or mapping as a key"),
        (b"a: [1, 2\n", 2, ""),
        (b"a: " + b"[" * 200 + b"]" * 200, 1, "nesting deeper than 40"),
        (b"- x\n" * 250_001, 0, "more than"),
    ],
)
def test_hostile_yaml_is_one_problem_with_its_place(
    tmp_path: Path, raw: bytes, line: int, found: str
) -> None:
    problem = refused(tmp_path, raw)
    assert found in problem.found
    assert line in (0, problem.line) or problem.line > 200_000
    assert problem.expected


def test_fifty_megabytes_are_refused_without_reading_them(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    problem = refused(tmp_path, b"a: 1\n" * 10_000_000)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "1024 KiB" in problem.found
    assert after - before < 64 * 1024


@pytest.mark.parametrize("kind", ["fifo", "folder", "missing", "device"])
def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "factory.yaml"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    with pytest.raises(InputError):
        read(path)


def test_scalars_follow_the_core_schema(tmp_path: Path) -> None:
    text = (
        "a: no\nb: 1:30\nc: 010\nd: 2024-01-01\ne: true\nf: 1e3\ng: 0x10\nh: ~\ni: '7'\nj: 1_000\n"
    )
    assert value_of(tmp_path, text).value == {
        "a": "no",
        "b": "1:30",
        "c": 10,
        "d": "2024-01-01",
        "e": True,
        "f": 1000.0,
        "g": "0x10",
        "h": None,
        "i": "7",
        "j": "1_000",
    }


def test_every_key_has_its_place(tmp_path: Path) -> None:
    document = value_of(tmp_path, "a: 1\nb:\n  - {c: 2, d: 3}\n")
    assert document.position(("b", 0, "d")) == (3, 12)
    assert document.position(("b", 0, "missing")) == (3, 5)
    assert document.position(("nowhere",)) == (1, 1)


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "factory.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read(path).value == {"a": 1}


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200), st.text(alphabet="ab:- \n[]{},&*!'\"|>%@#\t\\x", max_size=80)
    )
)
def test_whatever_the_bytes_only_input_errors_come_out(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes | str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"random-{os.getpid()}.yaml"
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    with contextlib.suppress(InputError):
        read(path)
