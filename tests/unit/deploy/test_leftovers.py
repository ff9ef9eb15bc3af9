"""After a job only processes of its user are ended, whatever has become of their numbers."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from typing import Any

import pytest

from millwright.adapters.resources import folder

ANOTHER = os.getuid() + 12345


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The program that Slurm runs after jobs; it is not run."""
    text = (folder("playbooks") / "roles/health-check/files/epilog").read_text(encoding="utf-8")
    copy = tmp_path_factory.mktemp("epilog") / "epilog"
    copy.write_text(text.partition("\ntry:\n    main()\n")[0], encoding="utf-8")
    spec = importlib.util.spec_from_loader("epilog", SourceFileLoader("epilog", str(copy)))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_number_that_is_somebody_elses_by_now_is_not_told(
    program: Any, sleeper: subprocess.Popen[bytes]
) -> None:
    assert not program.signalled(sleeper.pid, ANOTHER, signal.SIGKILL)
    assert sleeper.poll() is None


def test_a_process_of_the_user_is_told(program: Any, sleeper: subprocess.Popen[bytes]) -> None:
    assert program.signalled(sleeper.pid, os.getuid(), signal.SIGTERM)
    assert sleeper.wait(10) == -signal.SIGTERM


def test_a_number_that_nobody_has_any_more_is_passed_over(program: Any) -> None:
    with subprocess.Popen(["true"]) as ended:
        pass
    assert not program.signalled(ended.pid, os.getuid(), signal.SIGKILL)
