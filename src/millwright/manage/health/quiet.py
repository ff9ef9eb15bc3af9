"""What explains a finding, so that nobody is called: a boot, a window, a drain of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from millwright.errors import MillwrightError
from millwright.model.health import Check, Window
from millwright.model.nodeset import expanded


@dataclass(frozen=True, slots=True)
class Quiet:
    """What is known of nodes that may explain what they show: why, by node."""

    grace_s: float
    windows: Mapping[str, str] = field(default_factory=dict)
    drained: Mapping[str, str] = field(default_factory=dict)

    def why(self, check: Check, node: str, up_s: float | None) -> str | None:
        """Return what explains a finding of a check at a node; None where nothing does."""
        if "window" in check.silenced_by and node in self.windows:
            return self.windows[node]
        if "drain" in check.silenced_by and node in self.drained:
            return self.drained[node]
        if "boot" in check.silenced_by and up_s is not None and up_s < self.grace_s:
            return f"it booted {up_s:.0f} s ago, and for {self.grace_s:g} s that explains it"
        return None

    def why_silent(self, node: str) -> str | None:
        """Return what explains that a node does not answer at all."""
        return self.windows.get(node) or self.drained.get(node)


def open_windows(windows: tuple[Window, ...], now: str) -> dict[str, str]:
    """Return why nodes are worked at now, by node; `now` is a time of the same form."""
    found: dict[str, str] = {}
    for window in windows:
        if window.begin <= now < window.end:
            try:
                names = expanded(window.nodes)
            except MillwrightError:
                continue
            for name in names:
                found[name] = f"window {window.id} until {window.end}: {window.reason}"
    return found
