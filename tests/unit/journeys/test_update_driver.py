"""The driver that runs after an update, held against the one whose packages lie there."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from millwright.journeys.updateapt import AptInstaller
from millwright.journeys.updatedriver import DriverThatRuns
from millwright.manage.remedy.past import NOT_KNOWN, NOT_PASSED, PASSED
from millwright.ports import Answer
from tests.unit.journeys.test_update_apt import Apt

INSTALLED = b"installed\tnvidia-driver-cuda\t580.105.08-1\n"
MISMATCH = b"Failed to initialize NVML: Driver/library version mismatch\n"


@pytest.mark.parametrize(
    ("installed", "smi", "outcome", "told"),
    [
        (INSTALLED, (0, b"580.105.08\n580.105.08\n"), PASSED, "580.105.08 runs on 2 GPUs"),
        (INSTALLED, (0, b"580.95.05\n580.95.05\n"), NOT_PASSED, "driver 580.95.05 runs, and"),
        (INSTALLED, (0, b"580.105.08\n580.95.05\n"), NOT_PASSED, "580.105.08 is installed"),
        (INSTALLED, (18, MISMATCH), NOT_PASSED, "version mismatch"),
        (INSTALLED, (0, b"\n"), NOT_PASSED, "says nothing"),
        (INSTALLED, (-1, b""), NOT_KNOWN, "connection reset"),
        (b"", (-1, b""), PASSED, ""),
    ],
)
def test_a_driver_is_proven_by_its_own_tool_and_not_by_its_packages(
    installed: bytes, smi: tuple[int, bytes], outcome: str, told: str
) -> None:
    def say(argv: Sequence[str]) -> tuple[int, bytes, bytes]:
        if argv[0] == "nvidia-smi":
            return (*smi, b"")
        return (0, installed if argv[0] == "dpkg-query" else b"", b"")

    kept: list[Answer] = []
    shell = Apt(say)
    found = DriverThatRuns(shell, AptInstaller(shell, kept.append), kept.append).judged("gpu1")
    assert (found.outcome, told in found.why) == (outcome, True), found
    assert len(kept) == len(shell.heard)


def test_where_dpkg_does_not_answer_nobody_can_tell() -> None:
    shell = Apt(lambda argv: (-1, b"", b""))
    keep: list[Answer] = []
    found = DriverThatRuns(shell, AptInstaller(shell, keep.append), keep.append).judged("gpu1")
    assert found.outcome == NOT_KNOWN
