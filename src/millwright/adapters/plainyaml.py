"""Writes YAML that every reader takes alike: what is no plain word stands in double quotes.

YAML 1.1 and 1.2 differ in which bare words are numbers or truths (`no`, `0o17`, `1e3`, `12:30`),
so that only words which are neither are left bare. The same value gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*([ ._/-][A-Za-z0-9]+)*")
_WORDS_OF_YAML = frozenset(
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"]
)


class _Dumper(yaml.SafeDumper):
    """A dumper that quotes, indents lists, and neither folds nor refers back."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> Any:
    bare = _WORD.fullmatch(text) and text.lower() not in _WORDS_OF_YAML
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="" if bare else '"')


_Dumper.add_representer(str, _text)


def plain_yaml(value: Any, head: Iterable[str] = (), first: str = "") -> str:
    """Return a document: `first` as it is, `head` as comment, then the value in its order."""
    lines = [f"{first}\n"] if first else []
    lines += [f"# {comment(line)}\n" for line in head]
    body = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=2**31 - 1
    )
    return "".join(lines) + body


def comment(line: str) -> str:
    """Return a line that stays one: whatever could end it, or deceive a reader, is spelt out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
