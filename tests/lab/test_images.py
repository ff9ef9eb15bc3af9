"""What makes an image ends with the call that wants it, and leaves no half of one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from millwright.lab import host
from millwright.lab.home import CACHE
from tests.lab.rehearsal import Rehearsal, await_that

LONG = str(200_000 + os.getpid())
"""Seconds that no other test's `sleep` has."""

MAKER = """\
import subprocess, sys
from millwright.lab.image import SANDBOX
mounted = 'mount -t tmpfs made-by-a-test /mnt; exec sleep "$0"'
subprocess.run([*SANDBOX, "sh", "-c", mounted, sys.argv[1]])
"""


def makes() -> bool:
    return any(words[-2:] == ["sleep", LONG] for _, words in host.processes())


def test_a_killed_call_takes_its_makers_and_their_mounts_with_it(able: None) -> None:
    with subprocess.Popen([sys.executable, "-c", MAKER, LONG]) as running:
        await_that(makes)
        assert "made-by-a-test" not in Path("/proc/self/mountinfo").read_text()
        os.kill(running.pid, signal.SIGKILL)
    await_that(lambda: not makes())


def test_only_root_looks_into_images_and_none_is_half(lab: Rehearsal) -> None:
    images = CACHE / "images"
    assert images.stat().st_mode & 0o777 == 0o700
    assert [path for path in images.iterdir() if path.name.startswith(".")] == []
    assert (CACHE.parents[1] / "lib/millwright/labs").stat().st_mode & 0o777 == 0o700
    assert lab.shell("gpu1", "stat", "--format=%a", "/") == "755\n"
