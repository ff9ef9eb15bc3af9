"""Numbers out of JSON nodes: a number, never a truth value, never one that no float holds."""

from __future__ import annotations

import math

from millwright.probes.json_node import Node
from millwright.probes.reading import number


def real(node: Node) -> float | None:
    """Return the number that stands here, bare or as its text."""
    value = node.value
    if isinstance(value, str):
        return number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def whole(node: Node) -> int | None:
    """Return the whole number that stands here."""
    value = real(node)
    return int(value) if value is not None and value.is_integer() else None


def near(told: float, computed: float, share: float = 0.0, slack: float = 0.0) -> bool:
    """Return whether two ways to the same number agree: within a share of it, or the slack."""
    return abs(told - computed) <= share * abs(computed) + slack
