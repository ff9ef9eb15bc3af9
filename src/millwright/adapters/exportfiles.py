"""Puts an export into a folder: all files or none, and none of a former one is left behind.

`export.json` beside them lists what was written with its digests, so that the next export takes
away what it no longer writes, and a file that is not ours is never replaced.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millwright.adapters.plainyaml import comment, plain_yaml
from millwright.adapters.playproject import Templated, is_template
from millwright.adapters.render import render
from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError

MANIFEST = "export.json"
SCHEMA = "millwright.export-files/1"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export was made from."""

    format: str
    spec_sha256: str
    catalog_sha256: str


def data_text(path: str, value: Any, head: Sequence[str], first: str) -> str:
    """Return the text of a file of keys and values."""
    if path.endswith(".json"):
        return json.dumps(value, indent=1) + "\n"
    return plain_yaml(value, head, first)


def lines_text(path: str, lines: Sequence[str]) -> str:
    """Return the text of lines. Raises MillwrightError where one is not a single line."""
    for line in lines:
        if not line.replace("\t", "").isprintable():
            raise MillwrightError(f"a name in {path} holds a sign that ends lines: {line!r:.120}")
    return "".join(f"{line}\n" for line in lines)


_COMPUTED = ("=", "+", "-", "@")


def sheet_text(path: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the text of rows in CSV.

    Raises MillwrightError where a spreadsheet would compute a cell, or where one holds more than
    one line: the reader of the file takes cells as they are, so that nothing can be put before
    them.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        for cell in row:
            if cell.startswith(_COMPUTED) or not cell.isprintable():
                raise MillwrightError(f"{path} cannot hold the name {cell!r:.120}")
        writer.writerow(row)
    return text.getvalue()


def refuse_templates(path: str, text: str) -> None:
    """Raise Templated where Ansible would take something of a file for a template."""
    if is_template(text):
        raise Templated(f"a value of the design would be read as a template by Ansible, in {path}")


def template_text(template: str, values: Mapping[str, object]) -> str:
    """Return the text of a template; what it is given stays one line each."""
    return render(template, {key: _one_line(value) for key, value in values.items()})


def _one_line(value: object) -> object:
    if isinstance(value, str):
        return comment(value)
    if isinstance(value, Mapping):
        return {key: _one_line(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [_one_line(each) for each in value]
    return value


def write_export(
    workspace: Workspace, folder: Path, texts: Mapping[str, str], made: Manifest
) -> tuple[Path, ...]:
    """Write the files of an export, and return where they lie.

    The folder may lie outside of the workspace if it was asked for. Raises MillwrightError, and
    changes nothing, where a file cannot be written, or is there and is not one of ours.
    """
    place = workspace if _is_inside(folder, workspace.root) else Workspace(folder)
    before = _listed(folder)
    for name in (*texts, MANIFEST):
        if (folder / name).exists() and name not in before and (name != MANIFEST or not before):
            raise MillwrightError(
                f"{folder / name} is there already, and no export wrote it",
                hint="name another folder with --out",
            )
    contents = {name: text.encode() for name, text in texts.items()}
    manifest = {
        "schema": SCHEMA,
        "format": made.format,
        "spec_sha256": made.spec_sha256,
        "catalog_sha256": made.catalog_sha256,
        "files": {name: hashlib.sha256(raw).hexdigest() for name, raw in contents.items()},
    }
    contents[MANIFEST] = (json.dumps(manifest, indent=1) + "\n").encode()
    place.replace_files({folder / name: writing(raw) for name, raw in contents.items()})
    _take_away(folder, [name for name in before if name not in contents])
    return tuple(folder / name for name in texts)


def _is_inside(folder: Path, root: Path) -> bool:
    return folder.absolute().is_relative_to(root.absolute())


def _listed(folder: Path) -> dict[str, str]:
    """Return what the last export into a folder wrote."""
    try:
        document = json.loads((folder / MANIFEST).read_bytes())
        files = document["files"] if document["schema"] == SCHEMA else {}
        return {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return {}


def _take_away(folder: Path, names: Sequence[str]) -> None:
    """Remove files of a former export, and folders that are empty then; never one outside."""
    inside = folder.resolve()
    for name in names:
        path = folder / name
        if not path.resolve().is_relative_to(inside) or not path.is_file():
            continue
        path.unlink()
        if path.parent != folder and not any(path.parent.iterdir()):
            path.parent.rmdir()
