"""The program that tunes a node, put together from its modules, and the words that start it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path

PARTS = ("tuningkinds", "tuningdevices", "tuningfiles", "tuningkeeper")


@functools.cache
def program() -> str:
    """Return one text: a part's imports from the others fall away, since they stand above it."""
    texts = [Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8") for name in PARTS]
    return "from __future__ import annotations\n" + "\n\n".join(_alone(text) for text in texts)


def _alone(text: str) -> str:
    lines, inside = [], False
    for line in text.splitlines():
        ours = line.startswith(("from millwright.", "from __future__"))
        if not ours and not inside:
            lines.append(line)
        inside = line.endswith("(") if ours else inside and line != ")"
    return "\n".join(lines)


def read_words(parameters: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the question after parameters, by kind and key: one round trip for all of a node."""
    asked = json.dumps([list(each) for each in parameters])
    return ("python3", "-Ic", program(), "read", "/", asked)


CHANGE = "change"


def change_words() -> tuple[str, ...]:
    """Return the words that have a node read an order from its standard input."""
    return ("python3", "-Ic", program(), CHANGE, "/")
