"""A full disk under the evidence: a clear stop, and a chain that is whole."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.rehearsal import Rehearsal


@pytest.fixture
def little_room(lab: Rehearsal) -> Iterator[Path]:
    runs = lab.root / "runs"
    runs.mkdir(exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", "size=128k", "millwright-test", str(runs)]
    subprocess.run(words, check=True)
    try:
        yield runs
    finally:
        subprocess.run(["umount", str(runs)], check=True)


def test_a_full_disk_stops_clearly_and_leaves_the_chain_whole(
    lab: Rehearsal, little_room: Path
) -> None:
    script = "head -c 90000 /dev/urandom | base64"
    answer = lab.say("manage", "exec", "gpu[1-4]", "--", "sh", "-c", script)
    assert answer.status == 2, answer
    assert "No space left on device" in answer.err
    assert "commands may have run on nodes" in answer.err
    told = lab.done("evidence", "verify")
    assert "whole, " in told
    assert "of 4 nodes answered" in told
    assert not list(little_room.glob("*/blobs/.*"))
