"""The packet of a part that is sent back, as one archive: the case, values, evidence, logs.

Evidence was redacted before it was kept, and goes in byte by byte, so that its digests hold; what
else quotes a tool is redacted here. The archive is for its owner alone to read, and the same run
gives the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from millwright.adapters.casefiles import sums
from millwright.adapters.evidencelog import CHAIN, HEAD
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from millwright.model.redaction import redacted
from millwright.model.rma import Packet, Shown

_REFERENCE = re.compile(r"blobs/[0-9a-f]{64}")


def evidence_of(folder: Path, node: str) -> tuple[tuple[Shown, ...], dict[str, bytes]]:
    """Return the commands that a run kept of a node, and the files that show them.

    An output that is gone, or is not what its line says, stays out, and is told.
    """
    files: dict[str, bytes] = {}
    shown, lines = [], []
    for raw in _lines(folder / CHAIN):
        line = _document(raw)
        if line.get("node") != node:
            continue
        lines.append(raw)
        shown.append(_shown(folder, line, files))
    if lines:
        files[CHAIN] = b"".join(lines)
        head = _whole(folder / HEAD)
        files |= {HEAD: head} if head is not None else {}
    return tuple(shown), files


def _shown(folder: Path, line: Mapping[str, Any], files: dict[str, bytes]) -> Shown:
    outputs, lacking = [], []
    for reference in (line.get("stdout_ref"), line.get("stderr_ref")):
        if not isinstance(reference, str):
            continue
        content = _whole(folder / reference) if _named(reference) else None
        if content is None:
            lacking.append(f"{reference[:80]} is not there any more")
        elif hashlib.sha256(content).hexdigest() != reference.removeprefix("blobs/"):
            lacking.append(f"{reference} was changed")
        else:
            outputs.append(reference)
            files[reference] = content
    return Shown(
        line=int(line.get("seq", 0)), hash=str(line.get("hash", "")),
        argv=tuple(str(word) for word in line.get("argv", ())), ended=str(line.get("ended", "")),
        exit_status=line.get("exit_status"), outputs=tuple(outputs), lacking=tuple(lacking),
    )  # fmt: skip


def _named(reference: str) -> bool:
    return _REFERENCE.fullmatch(reference) is not None


def rows_of_node(path: Path, node: str, device: str = "") -> bytes:
    """Return the lines of a run's file that are of a node, or of one device of it, redacted."""
    kept = []
    for raw in _lines(path):
        row = _document(raw)
        if row.get("node") == node and (not device or row.get("device", "") == device):
            kept.append(json.dumps(_clean(row), ensure_ascii=False).encode() + b"\n")
    return b"".join(kept)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with open(path, "rb") as file:
            yield from (raw for raw in file if raw.endswith(b"\n"))
    except FileNotFoundError:
        return
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None


def _whole(path: Path) -> bytes | None:
    """Return the content of a file, where there is one that can be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _document(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
    if isinstance(value, dict):
        return {key: _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value


def packet_json(packet: Packet) -> bytes:
    """Return a packet as its file holds it."""
    document = _clean(packet.model_dump(mode="json", by_alias=True))
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"


def packet_name(packet: Packet) -> str:
    """Return what an archive is called; nothing in it leads anywhere."""
    words = (packet.node, packet.device, packet.run)
    return "-".join(re.sub(r"[^A-Za-z0-9_]+", "-", word).strip("-") for word in words if word)


def write_packet(workspace: Workspace, name: str, files: Mapping[str, bytes]) -> Path:
    """Write the archive of some files, with their digests beside them; return where it lies."""
    target = workspace.root / "rma" / f"{name}.tar.gz"
    ordered = {path: files[path] for path in sorted(files)}
    ordered["SHA256SUMS"] = sums(ordered)

    def write(file: IO[bytes]) -> None:
        os.fchmod(file.fileno(), 0o600)
        with (
            gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
        ):
            for path, content in ordered.items():
                member = tarfile.TarInfo(f"{name}/{path}")
                member.size, member.mode = len(content), 0o600
                tar.addfile(member, io.BytesIO(content))

    workspace.replace_files({target: write})
    return target
