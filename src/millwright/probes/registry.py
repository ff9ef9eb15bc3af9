"""Every kind of output that can be read, by the name that people give it."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.probes import nvidia_smi_list
from millwright.probes.reading import Tool

TOOLS: Sequence[Tool] = (
    Tool(nvidia_smi_list.TOOL, "nvidia-smi -L", nvidia_smi_list.read, proven=False),
)


def named(name: str) -> Tool | None:
    """Return the tool of a name or an alias."""
    return next((tool for tool in TOOLS if name == tool.name or name in tool.aliases), None)
