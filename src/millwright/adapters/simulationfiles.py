"""Files of a self-test: simulated measurements, what was planted, and verdicts to be scored."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from millwright.adapters.jsonfiles import read_json
from millwright.adapters.workspace import Workspace, Writer, folder_of
from millwright.errors import MillwrightError
from millwright.model.fleet import Truth


def check_places(*paths: Path | None) -> None:
    """Refuse, before anything is drawn, files that cannot be written or are one and the same.

    Raises MillwrightError, naming the file.
    """
    said = [path for path in paths if path is not None]
    for path in said:
        folder_of(path)
        standing = next(each for each in path.absolute().parents if os.path.lexists(each))
        if not (standing.is_dir() and os.access(standing, os.W_OK)):
            raise MillwrightError(f"cannot write {path}: no file can be made in {standing}")
    if len({path.resolve() for path in said}) < len(said):
        raise MillwrightError(f"{said[0]} is said twice", hint="name a file for each")


def write_all(texts: Mapping[Path, Iterable[str]]) -> None:
    """Write texts to files wherever they lie: all of them, or none where one cannot be written."""
    writers = {path.absolute(): _writer(text) for path, text in texts.items()}
    if writers:
        Workspace(Path(next(iter(writers)).anchor)).replace_files(writers)


def _writer(texts: Iterable[str]) -> Writer:
    def write(file: IO[bytes]) -> None:
        file.writelines(text.encode() for text in texts)

    return write


def lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield documents, one a line."""
    return (json.dumps(row) + "\n" for row in rows)


def truth_text(truth: Truth) -> str:
    """Return what was planted, as a file has it."""
    return truth.model_dump_json(by_alias=True, indent=1) + "\n"


def read_truth(path: Path) -> Truth:
    """Return what was planted. Raises MillwrightError where the file is no truth."""
    try:
        return Truth.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise MillwrightError(
            f"{path} is no truth: {key}: {first['msg']}", hint="`build simulate --truth` writes one"
        ) from None


def read_foreign_verdict(path: Path) -> dict[str, Any]:
    """Return a verdict of the form that is documented, whoever wrote it."""
    found = read_json(path)
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
