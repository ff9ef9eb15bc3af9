"""Files of a self-test: simulated measurements, what was planted, and verdicts to be scored."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from millwright.errors import MillwrightError
from millwright.model.fleet import Truth

MAX_BYTES = 256 << 20


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write documents, one a line; a file of that name is replaced once all are written."""
    _replace(path, (json.dumps(row) + "\n" for row in rows))


def write_truth(path: Path, truth: Truth) -> None:
    """Write what was planted."""
    _replace(path, (truth.model_dump_json(by_alias=True, indent=1) + "\n",))


def _replace(path: Path, texts: Iterable[str]) -> None:
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.writelines(texts)
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise MillwrightError(f"{path} cannot be written: {error.strerror}") from None


def read_truth(path: Path) -> Truth:
    """Return what was planted. Raises MillwrightError where the file is no truth."""
    try:
        return Truth.model_validate(_document(path))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise MillwrightError(
            f"{path} is no truth: {key}: {first['msg']}", hint="`build simulate --truth` writes one"
        ) from None


def read_foreign_verdict(path: Path) -> dict[str, Any]:
    """Return a verdict of the form that is documented, whoever wrote it."""
    found = _document(path)
    nodes = found.get("nodes") if isinstance(found, dict) else None
    if not isinstance(nodes, dict) or not all(map(_is_node, nodes.values())):
        raise MillwrightError(
            f"{path} is no verdict", hint='wanted: {"nodes": {"n1": {"verdict": "FAIL", ...}}}'
        )
    return dict(found)


def _is_node(node: Any) -> bool:
    if not isinstance(node, dict) or node.get("verdict") not in ("PASS", "WARN", "UNKNOWN", "FAIL"):
        return False
    findings = node.get("findings", [])
    return isinstance(findings, list) and all(isinstance(each, dict) for each in findings)


def _document(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MillwrightError(f"{path} is larger than {MAX_BYTES >> 20} MiB")
        return json.loads(path.read_bytes())
    except OSError as error:
        raise MillwrightError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise MillwrightError(f"{path} is no JSON") from None
