"""Runs the machine's own tools: words, never shell text; what fails is told with what it said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from millwright.errors import MillwrightError
from millwright.lab.needs import SEARCHED

ENV = {**os.environ, "PATH": SEARCHED, "LC_ALL": "C"}


class ToolFailed(MillwrightError):
    """A tool of the machine did not do what was asked."""


def tool(words: Sequence[str], *, given: str = "", timeout_s: float = 60.0) -> str:
    """Return what a command printed. Raises ToolFailed with the end of what it complained."""
    done = asked(words, given=given, timeout_s=timeout_s)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ToolFailed(
            f"{words[0]} failed ({done.returncode}): {' '.join(said[-3:])[:400]}",
            hint=f"the command was: {' '.join(words)[:300]}",
        )
    return done.stdout


def asked(
    words: Sequence[str], *, given: str = "", timeout_s: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run a command whose failure is an answer; raise ToolFailed only where it never ends."""
    try:
        return subprocess.run(
            list(words),
            input=given,
            env=ENV,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ToolFailed(f"{words[0]} did not end within {timeout_s:g} s") from None
