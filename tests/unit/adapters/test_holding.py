"""Two commands never change one factory at once, and a killed one stands in nobody's way."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millwright.adapters.holding import LOCK, LOST_AFTER_S, Holder, alone
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError

PROGRAM = """
import sys, time
from pathlib import Path
from millwright.adapters.holding import alone
from millwright.adapters.workspace import Workspace
with alone(Workspace(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


@contextlib.contextmanager
def another(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that holds the lock."""
    words = [sys.executable, "-c", PROGRAM, str(folder), "--password", "opensesame"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def elsewhere(folder: Path, *, silent_s: float) -> None:
    """Leave what a holder on another host wrote, whose lock does not reach this one."""
    said = Holder(
        owner="ann", host="desk-of-ann", pid=7, at="2026-01-05T10:00:00Z", command="deploy apply"
    )
    (folder / LOCK).write_text(said.model_dump_json(by_alias=True))
    then = time.time() - silent_s
    os.utime(folder / LOCK, (then, then))


def test_a_second_process_is_refused_and_told_whom_it_waits_for(tmp_path: Path) -> None:
    with (
        another(tmp_path) as first,
        pytest.raises(MillwrightError, match=rf"\(process {first.pid}\).*seconds? ago") as refusal,
        alone(Workspace(tmp_path)),
    ):
        pass
    assert "opensesame" not in refusal.value.message


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    with another(tmp_path) as first:
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert (tmp_path / LOCK).read_bytes(), "it had no time to say that it ended"
        with alone(Workspace(tmp_path)):
            pass
    assert (tmp_path / LOCK).read_bytes() == b""


def test_a_stopped_process_still_holds_what_it_holds(tmp_path: Path) -> None:
    with another(tmp_path) as first:
        first.send_signal(signal.SIGSTOP)
        with pytest.raises(MillwrightError, match="at work"), alone(Workspace(tmp_path)):
            pass
        first.send_signal(signal.SIGCONT)


def test_a_holder_on_another_host_is_believed_while_it_breathes(tmp_path: Path) -> None:
    elsewhere(tmp_path, silent_s=5)
    with (
        pytest.raises(MillwrightError, match="ann on desk-of-ann") as refusal,
        alone(Workspace(tmp_path)),
    ):
        pass
    assert "after its host is lost" in refusal.value.hint


def test_a_holder_on_another_host_that_fell_silent_is_not_waited_for(tmp_path: Path) -> None:
    elsewhere(tmp_path, silent_s=LOST_AFTER_S + 1)
    with alone(Workspace(tmp_path)):
        assert "desk-of-ann" not in (tmp_path / LOCK).read_text()


def test_a_command_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="it went wrong"), alone(Workspace(tmp_path)):
        raise ValueError("it went wrong")
    assert (tmp_path / LOCK).read_bytes() == b""


def test_a_lock_file_of_rubbish_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_bytes(b"\x00\xffnot json")
    with alone(Workspace(tmp_path)):
        pass
