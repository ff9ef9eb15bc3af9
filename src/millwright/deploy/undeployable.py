"""The one reason not to begin."""

from __future__ import annotations

from millwright.errors import MillwrightError


class Undeployable(MillwrightError):
    """The design lacks what a deployment needs to know."""
