"""Recordings as folders: DIR/NODE/QUESTION.txt, and `recording.json` beside them with the rest.

The index says when it was, how answers ended that did not end well, who was silent and who is no
real node. A folder without an index is one that somebody filled by hand, NODE/TOOL.txt: each of
its files is an answer that came whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from millwright.adapters.toolfile import read_recorded
from millwright.adapters.workspace import Workspace, Writer, writing
from millwright.errors import MillwrightError
from millwright.model.base import Frozen, Instant
from millwright.model.evidence import Ended
from millwright.model.heard import Heard, Recording
from millwright.probes.reading import is_simulated

INDEX = "recording.json"
_WORD = r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,120}$"
Word = Annotated[str, Field(pattern=_WORD)]


class Ending(Frozen):
    """How an answer ended."""

    ended: Ended
    status: int | None
    errors: str = ""
    reason: str = ""
    cut_bytes: int = 0


class Index(Frozen):
    """`millwright.recording/1`: what the texts of a recording do not say themselves."""

    schema_: Annotated[Literal["millwright.recording/1"], Field(alias="schema")] = (
        "millwright.recording/1"
    )
    at: Instant
    simulated: tuple[Word, ...] = ()
    silent: dict[Word, str] = {}
    nodes: dict[Word, dict[Word, Ending]] = {}


def write_recording(folder: Path, recording: Recording) -> None:
    """Write a recording into a folder that is new or empty; only its owner reads it.

    Raises MillwrightError where something stands there, or cannot be written.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise MillwrightError(f"cannot record in {folder}: it is no folder", hint="name a new one")
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise MillwrightError(f"{folder} is not empty", hint="name a new folder")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise MillwrightError(f"cannot record in {folder}: {error.strerror}") from None
    files: dict[Path, Writer] = {
        folder / node / f"{question}.txt": writing(heard.text.encode("utf-8", "surrogatepass"))
        for node, told in recording.nodes.items()
        for question, heard in told.items()
    }
    index = _index(recording).model_dump_json(by_alias=True, indent=1)
    files[folder / INDEX] = writing(f"{index}\n".encode())
    Workspace(folder).replace_files(files)


def _index(recording: Recording) -> Index:
    endings = {
        node: {
            question: Ending(
                ended=heard.ended,
                status=heard.status,
                errors=heard.errors,
                reason=heard.reason,
                cut_bytes=heard.cut_bytes,
            )
            for question, heard in told.items()
        }
        for node, told in recording.nodes.items()
    }
    return Index(
        at=recording.at,
        simulated=tuple(sorted(recording.simulated)),
        silent=dict(recording.silent),
        nodes=endings,
    )


def read_recording(path: Path, aliases: Mapping[str, str]) -> Recording:
    """Return the recording of a folder or an archive of one.

    `aliases` names the question that a tool's output answers, for files that are named by their
    tool. Raises MillwrightError where nothing of the kind is there.
    """
    files = {PurePosixPath(name): text for name, text in read_recorded(path).items()}
    found = [name for name in files if name.name == INDEX]
    at = min(found, key=lambda name: len(name.parts), default=None)
    root = at.parent if at is not None else None
    index = _read_index(path, files.pop(at)) if at is not None else None
    nodes: dict[str, dict[str, Heard]] = {}
    for name, text in files.items():
        if name.suffix == ".txt" and name.parent.name and root in (None, name.parent.parent):
            node = name.parent.name
            if not re.fullmatch(_WORD, node):
                raise MillwrightError(f"{path}: {node[:60]!r} is no name of a node")
            if not re.fullmatch(_WORD, name.stem):
                raise MillwrightError(f"{path}: {name.stem[:60]!r} is no name of a question")
            told = _heard(index, node, aliases.get(name.stem, name.stem), text)
            nodes.setdefault(node, {})[told.question] = told
    if not nodes and not (index and index.silent):
        raise MillwrightError(
            f"{path} is no recording",
            hint="name what `--record` wrote, or a folder with NODE/TOOL.txt",
        )
    if index is None:
        return Recording(_age(path), nodes, {}, _simulated(nodes))
    _check_whole(path, index, nodes)
    simulated = frozenset(index.simulated) | _simulated(nodes)
    return Recording(index.at, nodes, index.silent, simulated)


def _heard(index: Index | None, node: str, question: str, text: str) -> Heard:
    ending = index.nodes.get(node, {}).get(question) if index is not None else None
    if ending is None:
        return Heard(question, "exit", 0, text)
    return Heard(
        question,
        ending.ended,
        ending.status,
        text,
        ending.errors,
        ending.reason,
        ending.cut_bytes,
    )


def _check_whole(path: Path, index: Index, nodes: Mapping[str, Mapping[str, Heard]]) -> None:
    """Refuse a recording whose index tells of answers that are not there: they were not empty."""
    for node, told in index.nodes.items():
        for question in told:
            if question not in nodes.get(node, {}):
                raise MillwrightError(
                    f"{path} is not whole: {node}/{question}.txt is missing",
                    hint="record anew, or take the entry out of its recording.json",
                )


def _read_index(path: Path, text: str) -> Index:
    try:
        return Index.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        what = first["msg"].removeprefix("Value error, ")
        line = _line_of(text, first["loc"])
        raise MillwrightError(f"{path}/{INDEX}:{line} is wrong: {where}: {what}") from None


def _line_of(text: str, keys: Sequence[int | str]) -> int:
    """Return the line of a value, or of the last of its keys that is there; of no JSON, where it
    ends to be some."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno
    except RecursionError:
        return 1
    place = 0
    for key in keys:
        found = re.compile(rf"{re.escape(json.dumps(key))}\s*:").search(text, place)
        place = found.start() if found else place
    return text.count("\n", 0, place) + 1


def _simulated(nodes: Mapping[str, Mapping[str, Heard]]) -> frozenset[str]:
    return frozenset(
        node for node, told in nodes.items() if any(is_simulated(h.text) for h in told.values())
    )


def _age(path: Path) -> str:
    """Return when the newest file of a folder without an index was written."""
    files = [path, *path.rglob("*")] if path.is_dir() else [path]
    newest = max(file.stat().st_mtime for file in files if not file.is_symlink())
    return f"{datetime.fromtimestamp(newest, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
