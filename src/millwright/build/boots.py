"""Starts of a node as a test: it was told to start again, and has to come back another one."""

from __future__ import annotations

from dataclasses import replace

from millwright.ports import Unit

BOOT = "boot"
"""The reader of such tests: what the node prints says nothing, what names its start does."""


def started(unit: Unit, boots: tuple[str, str], waited_s: float, limit_s: float) -> Unit:
    """Return how a start stands: done when the node answers with another start than before.

    `boots` are the start that it was told in and the one that it answers with. Until they differ
    it runs, though the command that was given has long ended well; `waited_s` went by since it was
    given, and is what the start took. A job that went with its start is one that started again.
    """
    before, now = boots
    if now and before and now != before:
        return replace(unit, state="done", ended="exit", exit_status=0, duration_s=waited_s)
    if unit.state == "done" and unit.exit_status == 0:
        if waited_s > limit_s:
            return replace(unit, ended="timeout", exit_status=None, reason="no other start came")
        return replace(unit, state="runs")
    return unit
