"""The programs that drills send to hosts, as words; nothing of a spec is in their text."""

from __future__ import annotations

import functools
from pathlib import Path


@functools.cache
def _text(name: str) -> str:
    return Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")


def wan_words(verb: str) -> tuple[str, ...]:
    """Return the words of a verb of the cut, such as `look` or `uncut:DRILL`."""
    return ("python3", "-Ic", _text("wankeeper"), *verb.split(":", 1))


def trial_words(backup: str) -> tuple[str, ...]:
    """Return the words that start a second controller from a backup."""
    return ("python3", "-Ic", _text("restoretrial"), "trial", backup)
