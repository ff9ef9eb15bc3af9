"""Any output of nvidia-smi: which one it is shows in its first words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from millwright.probes import (
    nvidia_smi_c2c,
    nvidia_smi_csv,
    nvidia_smi_list,
    nvidia_smi_nvlink,
    nvidia_smi_table,
    nvidia_smi_text,
    nvidia_smi_topo,
    nvidia_smi_xml,
)
from millwright.probes.endings import shown
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "nvidia-smi"
Read = Callable[[str], Reading[Any]]
_SIGNS: tuple[tuple[str, Read], ...] = (
    (r"<nvidia_smi_log|nvsmi_device_v\d+\.dtd", nvidia_smi_xml.read),
    (r"=NVSMI LOG=", nvidia_smi_text.read),
    (r"\| NVIDIA-SMI |\| GPU  Name ", nvidia_smi_table.read),
    (r"(?m)^[ \t]+C2C Link \d+:", nvidia_smi_c2c.read),
    (r"(?m)^[ \t]+Link \d+:|NVML: Unable to retrieve NVLink", nvidia_smi_nvlink.read),
    (r"(?m)^[ \t\x1b\[0-9;m]{0,40}GPU\d+\s", nvidia_smi_topo.read),
    (r"(?m)^GPU \d+: .*\(UUID: ", nvidia_smi_list.read),
    (r"(?m)^[a-z][a-z_.]*( \[\S+\])?(, |\s*$)", nvidia_smi_csv.read),
)


def command() -> list[str]:
    """Return what to ask a node: the answer with most in it."""
    return nvidia_smi_xml.command()


def read(text: str) -> Reading[Any]:
    """Return what the reader of this form of output returns, under that reader's name."""
    reader = next((reader for sign, reader in _SIGNS if re.search(sign, text)), None)
    if reader is not None:
        return reader(text)
    told = f"no output of nvidia-smi is known that looks like this: {shown(text[:200])}"
    if not text.strip():
        told = "the output is empty"
    return Reading(TOOL, None, (), (Problem(told),), is_simulated(text))
