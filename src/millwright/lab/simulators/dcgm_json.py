"""JSON as dcgmi indents it, with a key that says that it is simulated."""

from __future__ import annotations

import json
import sys

from .mark import MARK


def write_json(content: dict[str, object]) -> None:
    """Write a document of dcgmi's."""
    marked = {**content, "simulated": MARK}
    sys.stdout.write(json.dumps(marked, indent="\t", separators=(",", " : ")) + "\n")
