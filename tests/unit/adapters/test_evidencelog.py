"""Evidence: whatever is bent is found, and a kill loses nothing that was whole."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from millwright.adapters.evidencecheck import verify as verify_with
from millwright.adapters.evidencelog import CHAIN, TORN, BrokenEvidence, EvidenceLog
from millwright.model.evidence import Evidence, Verified


def evidence(node: str, log: EvidenceLog, said: bytes = b"ok\n") -> Evidence:
    return Evidence(
        at="2026-01-05T10:00:00Z",
        run="r",
        actor="tester",
        node=node,
        argv=("true",),
        ended="exit",
        exit_status=0,
        duration_s=0.25,
        stdout_ref=log.blob(said),
        stderr_ref=None,
        simulated=True,
        tool_version="0",
    )


def verify(folder: Path) -> Verified:
    """Walk a chain that nobody signs."""
    return verify_with(folder, {})


def filled(folder: Path, count: int = 4) -> Path:
    with EvidenceLog(folder) as log:
        for number in range(count):
            log.append(evidence(f"gpu{number}", log, f"said {number}".encode()))
    return folder


def test_a_chain_is_whole_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    filled(tmp_path, 2)
    found = verify(tmp_path)
    assert (found.lines, found.broken) == (5, None)
    first = json.loads((tmp_path / CHAIN).read_text().splitlines()[0])
    assert first["prev"] == "0" * 64
    assert set(first) >= {"seq", "at", "run", "actor", "node", "argv", "ended", "prev", "hash"}


def test_many_lines_at_once_are_one_chain_and_equal_outputs_one_file(tmp_path: Path) -> None:
    with EvidenceLog(tmp_path) as log:
        refs = log.blobs([b"a", b"b", b"a"])
        assert refs[0] == refs[2] != refs[1]
        log.append_all([evidence(f"gpu{n}", log, b"a") for n in range(40)])
        log.append_all([])
        log.append(evidence("gpu41", log, b"b"))
    found = verify(tmp_path)
    assert (found.lines, found.broken, len(list((tmp_path / "blobs").iterdir()))) == (41, None, 2)


def _says_the_same(raw: bytes, former: bytes) -> bool:
    """White space between values is not part of what a line says, nor of its hash."""
    try:
        return bool(json.loads(raw) == json.loads(former))
    except ValueError:
        return False


@settings(max_examples=60, deadline=None)
@given(line=st.integers(0, 3), data=st.data())
def test_any_changed_content_is_found_at_its_line(
    tmp_path_factory: pytest.TempPathFactory, line: int, data: st.DataObject
) -> None:
    folder = filled(tmp_path_factory.mktemp("chain"))
    lines = (folder / CHAIN).read_bytes().splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines[line]) - 2))
    changed = bytes([lines[line][at] ^ data.draw(st.integers(1, 127))])
    former = lines[line]
    lines[line] = former[:at] + changed + former[at + 1 :]
    assume(not _says_the_same(lines[line], former))
    (folder / CHAIN).write_bytes(b"".join(lines))
    found = verify(folder)
    assert found.broken is not None
    assert found.broken <= line + 2


def test_a_removed_line_a_swapped_pair_and_a_cut_tail_are_found(tmp_path: Path) -> None:
    lines = (filled(tmp_path) / CHAIN).read_bytes().splitlines(keepends=True)
    for bent, broken in (
        ([lines[0], lines[2], lines[3]], 2),
        ([lines[0], lines[2], lines[1], lines[3]], 2),
        (lines[:3], 4),
    ):
        (tmp_path / CHAIN).write_bytes(b"".join(bent))
        assert verify(tmp_path).broken == broken


def test_a_changed_or_missing_output_is_found(tmp_path: Path) -> None:
    filled(tmp_path)
    blobs = sorted((tmp_path / "blobs").iterdir())
    blobs[0].write_bytes(b"other")
    assert "was changed" in verify(tmp_path).reason
    blobs[0].unlink()
    assert "is missing" in verify(tmp_path).reason


def test_a_torn_line_is_put_aside_and_the_chain_goes_on(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    with open(tmp_path / CHAIN, "ab") as file:
        file.write(b'{"schema": "mill')
    assert verify(tmp_path).reason == "it is torn"
    filled(tmp_path, 1)
    assert verify(tmp_path).lines == 3
    assert b'{"schema": "mill' in (tmp_path / TORN).read_bytes()


def test_two_writers_at_once_are_refused(tmp_path: Path) -> None:
    with EvidenceLog(tmp_path), pytest.raises(BrokenEvidence, match="another run"):
        EvidenceLog(tmp_path)


def test_a_full_disk_stops_clearly_and_leaves_the_chain_whole(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    size = (tmp_path / CHAIN).stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with EvidenceLog(tmp_path) as log:
        line = evidence("gpu9", log)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, hard))
        try:
            with pytest.raises(BrokenEvidence, match="cannot write evidence"):
                log.append(line)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert verify(tmp_path).lines == 2
        log.append(line)
    assert verify(tmp_path).lines == 3
