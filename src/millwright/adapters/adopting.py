"""Writes the draft of a workspace for a cluster that stands already: read back before it is put
in place, so that what is written can be solved."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from millwright.adapters.catalogs import load
from millwright.adapters.specfile import read_factory
from millwright.adapters.workspace import Workspace, Writer, writing
from millwright.errors import MillwrightError

_WORDS = {
    "factory.yaml": "Drafted from what the nodes told. What nobody told is UNKNOWN:",
    "catalog/adopted.yaml": "Servers as their own tools describe them. Guesses are `estimate`.",
    "reach.yaml": "How the nodes were reached; addresses here go before those of the design.",
    "survey.yaml": "What was found at the machines.",
}


def write_draft(
    folder: Path, documents: Mapping[str, Mapping[str, Any]], gaps: Sequence[str], known_hosts: str
) -> tuple[Path, ...]:
    """Write the draft into a folder without a spec; return its files.

    `known_hosts` holds the keys that were pinned for these nodes. Raises MillwrightError, with
    nothing written, where a spec stands there or the draft cannot be read back.
    """
    if (folder / "factory.yaml").exists():
        raise MillwrightError(f"{folder} has a factory.yaml already", hint="name a new folder")
    texts = {
        name: text_of(document, _WORDS[name], gaps if name == "factory.yaml" else ())
        for name, document in documents.items()
    }
    _read_back(texts)
    writers: dict[Path, Writer] = {folder / n: writing(t.encode()) for n, t in texts.items()}
    if known_hosts:
        writers[folder / ".millwright" / "known_hosts"] = writing(known_hosts.encode())
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MillwrightError(f"cannot write to {folder}: {error.strerror}") from None
    Workspace(folder).replace_files(writers)
    return tuple(writers)


def text_of(document: Mapping[str, Any], words: str, gaps: Sequence[str]) -> str:
    """Return a document as YAML, below a comment; what a node said is never a line of its own."""
    lines = [words, *(f"- {gap}" for gap in gaps)]
    plain = ["".join(c if c.isprintable() else " " for c in line) for line in lines]
    head = "".join(f"# {line}\n" for line in plain)
    return head + yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=False, width=110)


def _read_back(texts: Mapping[str, str]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="millwright-"))
    try:
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        workspace = Workspace(folder)
        read_factory(workspace.factory_file, load(workspace.catalog_dir).catalog)
    finally:
        shutil.rmtree(folder)
