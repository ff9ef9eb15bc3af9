"""Writes a design into the workspace and reads it back: all files or none, tied to their inputs."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pydantic import TypeAdapter, ValidationError

from millwright.adapters import cablefile
from millwright.adapters.workspace import Workspace, Writer
from millwright.errors import Exit, MillwrightError
from millwright.model.cluster import BomLine, CableRef, CableTable, Cluster
from millwright.model.lock import Lock

CABLES = "cables.csv"
BOM_SCHEMA = "millwright.bom/1"


class NoDesign(MillwrightError):
    """There is no design to show, or what lies there is not what the lock says."""


class StaleDesign(MillwrightError):
    """The design was made from other inputs than those of today."""

    exit_status = Exit.NO


@dataclass(frozen=True, slots=True)
class Written:
    """A design as files: what is written, and what it was made from."""

    cluster: Cluster
    cables: CableTable
    bom: Sequence[BomLine]
    part_numbers: Mapping[str, str]
    lock: Lock


class _Hashing(io.RawIOBase):
    """Passes bytes on and keeps their digest, so that a large file is not read twice."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        return self._file.write(data)


def write_design(workspace: Workspace, design: Written) -> tuple[Path, ...]:
    """Write the design and its lock; return the files.

    Equal inputs give equal bytes. Raises MillwrightError, and changes nothing, where a file cannot
    be written.
    """
    folder = workspace.design_dir
    digested = _Digests()
    lines = cablefile.rows(design.cables, design.cluster.devices, design.part_numbers)
    about = _about(design)
    contents: dict[str, Writer] = {
        CABLES: lambda file: cablefile.write(file, lines),
        "cluster.json": lambda file: _write_cluster(file, design, digested.of[CABLES]),
        "bom.json": lambda file: _write_bom_json(file, design.bom),
        "bom.csv": lambda file: _write_bom_csv(file, design.bom),
        "bom.xlsx": lambda file: _write_workbook(file, design, about),
    }
    writers: dict[Path, Writer] = {
        folder / name: digested.hashing(name, write) for name, write in contents.items()
    }
    writers[workspace.lock_file] = lambda file: _write_lock(file, design.lock, digested.of)
    workspace.replace_files(writers)
    return tuple(writers)


class _Digests:
    """The digest of every file, known as soon as it is written."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def hashing(self, name: str, write: Writer) -> Writer:
        def run(file: IO[bytes]) -> None:
            through = _Hashing(file)
            with io.BufferedWriter(through, 1 << 20) as buffered:
                write(buffered)
                buffered.flush()
            self.of[name] = through.sha256.hexdigest()

        return run


def _write_cluster(file: IO[bytes], design: Written, cables_sha256: str) -> None:
    ref = CableRef(file=CABLES, rows=len(design.cables), sha256=cables_sha256)
    file.writelines(_cluster_lines(design.cluster.model_copy(update={"cables": ref})))


def _write_lock(file: IO[bytes], lock: Lock, digests: Mapping[str, str]) -> None:
    done = lock.model_copy(update={"files": dict(sorted(digests.items()))})
    file.write(_json(done.model_dump(mode="json", by_alias=True)))


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _cluster_lines(cluster: Cluster) -> list[bytes]:
    """Return the document with one line a device, so that a change shows as a change of
    few lines."""
    head = cluster.model_dump(mode="json", by_alias=True, exclude={"devices", "rack_units"})
    lines = [_json(head).rstrip(b"\n}"), b",\n"]
    for key, values in (("rack_units", cluster.rack_units), ("devices", cluster.devices)):
        body = ",\n  ".join(value.model_dump_json() for value in values)
        lines.append(f' "{key}": [\n  {body}\n ]'.encode())
        lines.append(b",\n" if key == "rack_units" else b"\n}\n")
    return lines


def _about(design: Written) -> list[tuple[str, str]]:
    cluster, lock = design.cluster, design.lock
    told = [
        ("factory", cluster.name),
        ("blueprint", cluster.blueprint or "none"),
        ("nodes", str(cluster.nodes)),
        ("GPUs", str(cluster.gpus)),
        ("millwright", lock.tool_version),
        ("spec SHA-256", lock.spec_sha256),
        ("catalogue SHA-256", lock.catalog_sha256),
        ("lengths", "of each cable: cables.csv, design show lengths"),
    ]
    return [*told, ("simulated", "yes: nothing here can be bought")] if cluster.simulated else told


def bom_documents(bom: Sequence[BomLine]) -> list[dict[str, Any]]:
    """Return the bill as JSON tells it."""
    return [line.model_dump(mode="json") for line in bom]


def _write_bom_json(file: IO[bytes], bom: Sequence[BomLine]) -> None:
    file.write(_json({"schema": BOM_SCHEMA, "lines": bom_documents(bom)}))


def _write_workbook(file: IO[bytes], design: Written, about: list[tuple[str, str]]) -> None:
    """Write the bill as a workbook; its library is slow to load, and whoever only reads goes
    without."""
    from millwright.adapters import spreadsheet

    spreadsheet.write_bom(file, design.bom, about)


def _write_bom_csv(file: IO[bytes], bom: Sequence[BomLine]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(BomLine.model_fields)
    for line in bom:
        writer.writerow([_plain(value) for value in line.model_dump().values()])
    text.flush()
    text.detach()


def _plain(value: object) -> object:
    """Keep a spreadsheet from reading text as a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return f"'{value}"
    return "" if value is None else value


def read_lock(workspace: Workspace) -> Lock:
    """Return the lock of the last solve. Raises NoDesign where there is none that can be read."""
    try:
        return Lock.model_validate_json(workspace.lock_file.read_bytes())
    except (OSError, ValidationError):
        raise NoDesign(
            f"there is no design in {workspace.root}", hint="run `millwright design solve` first"
        ) from None


def check_fresh(workspace: Workspace, now: Lock) -> Lock:
    """Return the lock if the design was made from the inputs of today.

    Raises StaleDesign, naming what changed.
    """
    lock = read_lock(workspace)
    changed = lock.changed_since(now)
    if changed:
        raise StaleDesign(
            f"the design is stale: {' and '.join(changed)} changed since it was made",
            hint="run `millwright design solve` again",
        )
    return lock


def _verified(workspace: Workspace, lock: Lock, name: str) -> bytes:
    try:
        raw = (workspace.design_dir / name).read_bytes()
    except OSError:
        raw = b""
    if hashlib.sha256(raw).hexdigest() != lock.files.get(name):
        raise NoDesign(
            f"design/{name} is not the file that the last solve wrote",
            hint="run `millwright design solve` again",
        )
    return raw


def read_cluster(workspace: Workspace, lock: Lock) -> Cluster:
    """Return the Cluster of the last solve."""
    return Cluster.model_validate_json(_verified(workspace, lock, "cluster.json"))


def read_bom(workspace: Workspace, lock: Lock) -> tuple[BomLine, ...]:
    """Return the bill of the last solve."""
    document = json.loads(_verified(workspace, lock, "bom.json"))
    return TypeAdapter(tuple[BomLine, ...]).validate_python(document["lines"])


def read_cables(workspace: Workspace, lock: Lock) -> tuple[CableTable, list[cablefile.Row]]:
    """Return the cables of the last solve, as columns and as rows of the file."""
    text = io.StringIO(_verified(workspace, lock, CABLES).decode(), newline="")
    return cablefile.read(text)
