"""Text from files is shown on a terminal, never obeyed by it."""

from __future__ import annotations

import re

_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"  # invisible, or turns the reading order
)


def cleaned(text: str) -> str:
    """Return text with every control character written out as its escape."""
    return _OBEYED.sub(_named, text)


def one_line(text: str) -> str:
    """Return text cleaned and on one line, for a cell of a table."""
    return cleaned(text).replace("\n", "\\n").replace("\t", "\\t")


def _named(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
