"""Secrets that outputs carry by accident are taken out before anything is kept.

What is known to be secret goes wherever it stands; beside it the shapes that secrets usually have.
Shapes are few and narrow: evidence that lost what it should prove would be worth nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from millwright.model.patients import without_patients

HIDDEN = b"<redacted>"
SHORTEST = 6
"""A known secret shorter than this is not looked for: it would take ordinary words with it."""

_NAMED = rb"(?:(?<!by)pass(?:word|wd|phrase)?|pwd|psk|secret|token|(?:api|auth|access)[_-]?key)"
_BEFORE = rb"((?<![a-z0-9_.-])[a-z0-9_.-]{0,80}" + _NAMED + rb"\"?\s*[=:]\s*"
_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rb"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)"
        rb"[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)",
        rb"(\b(?:authorization|proxy-authorization)\s*:\s*(?:basic|bearer|digest)\s+)[^\s\"']+",
        # What stands in quotes stays in them, so that JSON can still be read.
        _BEFORE + rb"\")[^\"\n]+(?=\")",
        _BEFORE + rb"')[^'\n]+(?=')",
        _BEFORE + rb")[^\s\"',;]+",
        rb"((?<![a-z0-9-])--[a-z0-9-]{0,80}" + _NAMED + rb"(?:=|\s+))[^\s-][^\s]*",
        rb"((?<!\w)\w{1,80}:\$(?:1|2[aby]|5|6|7|y)\$)[^:\s]+",
        rb"((?<!\w)\w{1,20}://[^\s:/@]{1,200}:)[^\s/@]{1,500}(?=@)",
        rb"\b()(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        rb"\b()gh[pousr]_[A-Za-z0-9]{36,}\b",
    )
)


def redacted(content: bytes, secrets: Sequence[bytes] = ()) -> bytes:
    """Return the content with secrets and identifiers of patients replaced; the same content where
    it holds none."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            content = content.replace(secret, HIDDEN)
    for shape in _SHAPES:
        content = shape.sub(lambda found: found[1] + HIDDEN, content)
    return without_patients(content)


def redacted_words(words: Sequence[str], secrets: Sequence[bytes] = ()) -> tuple[str, ...]:
    """Return a command's words with secrets replaced, those after `--password` and its like too."""
    clean = []
    for before, word in zip(["", *words], words, strict=False):
        named = re.fullmatch(r"--?[a-z0-9-]*" + _NAMED.decode(), before, re.IGNORECASE)
        raw = redacted(word.encode("utf-8", "surrogateescape"), secrets)
        clean.append(HIDDEN.decode() if named else raw.decode("utf-8", "surrogateescape"))
    return tuple(clean)
