"""Files of the detector's self-test: simulated lines, what was planted, and findings of anybody."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from millwright.adapters.jsonfiles import read_json
from millwright.errors import MillwrightError
from millwright.model.telemetrytruth import TelemetryTruth


def write_samples(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write samples, one a line, packed where the name ends so; replaced once all are written."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("wb") as file:
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
                    packed.writelines(map(_line, rows))
            else:
                file.writelines(map(_line, rows))
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise MillwrightError(f"{path} cannot be written: {error.strerror}") from None


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def write_truth(path: Path, truth: TelemetryTruth) -> None:
    """Write what was planted."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(truth.model_dump_json(by_alias=True, indent=1) + "\n", encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise MillwrightError(f"{path} cannot be written: {error.strerror}") from None


def read_truth(path: Path) -> TelemetryTruth:
    """Return what was planted, by whomever. Raises MillwrightError where the file is no truth."""
    try:
        return TelemetryTruth.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise MillwrightError(
            f"{path} is no truth: {key}: {first['msg']}",
            hint="`manage simulate --truth` writes one",
        ) from None


def read_findings(path: Path) -> list[dict[str, Any]]:
    """Return the findings of a document, ours or another's: `{"findings": [{node, since}]}`."""
    document = read_json(path)
    found = document.get("findings") if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise MillwrightError(
            f"{path} holds no findings", hint='wanted: {"findings": [{"node": ..., "since": ...}]}'
        )
    return found
