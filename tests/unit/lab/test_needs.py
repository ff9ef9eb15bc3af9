"""What a machine lacks for a lab is told as the command that brings it."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.errors import Exit
from millwright.lab.needs import TOOLS, CannotHost, Machine, check_machine

KERNEL = "nodev\tproc\nnodev\toverlay\n\text4\n"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with everything that a lab is made of."""
    for name in TOOLS:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def refusal(machine: Machine) -> CannotHost:
    with pytest.raises(CannotHost) as told:
        check_machine(machine)
    assert told.value.exit_status == Exit.USAGE
    return told.value


def test_a_machine_with_everything_can_host(tools: Path) -> None:
    check_machine(Machine(0, str(tools), KERNEL))


@pytest.mark.parametrize("name", TOOLS)
def test_a_missing_tool_is_told_as_its_package(tools: Path, name: str) -> None:
    (tools / name).unlink()
    assert refusal(Machine(0, str(tools), KERNEL)).hint == f"apt-get install {TOOLS[name]}"


def test_all_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    packages = " ".join(sorted(set(TOOLS.values())))
    assert refusal(Machine(0, str(tmp_path), KERNEL)).hint == f"apt-get install {packages}"


def test_who_is_not_root_is_told_to_become_it_and_what_to_install(tools: Path) -> None:
    assert refusal(Machine(1000, str(tools), KERNEL)).hint == "run it with sudo"
    (tools / "nft").unlink()
    told = refusal(Machine(1000, str(tools), KERNEL))
    assert "only root" in told.message
    assert told.hint == "run it with sudo, and install: apt-get install nftables"


def test_a_kernel_without_overlays_is_told(tools: Path) -> None:
    assert refusal(Machine(0, str(tools), "nodev\tproc\n")).hint == "modprobe overlay"
