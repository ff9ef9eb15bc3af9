"""Any output of dcgmi or of the profiling tester beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from millwright.probes import (
    dcgmi_diag,
    dcgmi_discovery,
    dcgmi_dmon,
    dcgmi_fieldgroups,
    dcgmi_groups,
    dcgmi_health,
    dcgmi_modules,
    dcgmi_nvlink,
    dcgmproftester,
)
from millwright.probes.endings import shown
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "dcgmi"
Read = Callable[[str], Reading[Any]]
_SIGNS: tuple[tuple[str, Read], ...] = (
    (r'"DCGM (GPU )?Diagnostic"|^\| Diagnostic +\|', dcgmi_diag.read),
    (r'"NVLINK Error Counts|"Link \d+"', dcgmi_nvlink.read),
    (r"Health Monitor Report|Overall Health", dcgmi_health.read),
    (r"TestField \d+ test|^Worker \d+:\d+\[\d+\]:", dcgmproftester.read),
    (r"\| FIELD GROUPS|\d+ field groups? found", dcgmi_fieldgroups.read),
    (r"\| GROUPS|\d+ groups? found", dcgmi_groups.read),
    (r"\| List Modules|\| Module ID ", dcgmi_modules.read),
    (r"\d+ GPUs? found|\| GPU ID ", dcgmi_discovery.read),
    (r"# ?Entity\s", dcgmi_dmon.read),
)


def command() -> list[str]:
    """Return what to ask a node: what the manager sees at all."""
    return dcgmi_discovery.command()


def read(text: str) -> Reading[Any]:
    """Return what the reader of this form of output returns, under that reader's name."""
    reader = next((reader for sign, reader in _SIGNS if re.search(sign, text, re.M)), None)
    if reader is not None:
        return reader(text)
    told = f"no output of dcgmi is known that looks like this: {shown(text[:200])}"
    if not text.strip():
        told = "the output is empty"
    return Reading(TOOL, None, (), (Problem(told),), is_simulated(text))
