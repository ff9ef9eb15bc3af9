"""Readers of long and odd lines: none takes a time that grows with the square of what it reads."""

from __future__ import annotations

import pytest

from millwright.probes.reading import Tool
from millwright.probes.registry import named

from .laws import assert_long_lines_are_read_quickly

TOOLS = (
    "cuda-bandwidthtest",
    "dmesg",
    "gpu-burn",
    "gpu-copy",
    "gpu-stream",
    "iblinkinfo",
    "ibnetdiscover",
    "ibstat",
    "lspci",
    "nccl-tests",
    "nvbandwidth",
    "perfquery",
    "redfish",
    "rocm-bandwidth",
    "snmpwalk",
    "syslog",
)
PIECES = (
    "1",
    " ",
    "\n",
    "\r",
    "[",
    '{"',
    "a:",
    "# x ",
    "[Sun 1:1",
    "Aug 17 06:18:01 a.",
    "NVRM: GPU ",
    "amdgpu 0000:0c:00.0: ",
    "1.0%  proc'd: 1 (2 Gflop/s) - ",
    "#  Rank  0 Group  0 Pid 1 on ",
    "19:00.0 3D a [0302]: ",
    "\t\tLnkSta:\tSpeed 1",
    '[1]\t"S-1"[1]\t\t# "',
    "oom-kill:constraint=,task=a,pid=1",
)


@pytest.mark.parametrize("name", TOOLS)
def test_a_long_line_takes_a_moment(name: str) -> None:
    tool = named(name)
    assert isinstance(tool, Tool)
    assert_long_lines_are_read_quickly(tool.read, PIECES)
