"""`models/NAME/` of a workspace: references, counts of windows and the last look; no answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from millwright.adapters.jsonfiles import read_json, whole_lines
from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.model.modelwatch import AnswerWindow, Reference, WatchDocument, WatchedModel

WINDOWS = "windows.jsonl"
LOOK = "watch.json"


def folder(workspace: Workspace, name: str) -> Path:
    """Return where what is kept of a model lies."""
    return workspace.root / "models" / name


def references(workspace: Workspace, name: str) -> tuple[Reference, ...]:
    """Return all references of a model, the oldest first. Raises MillwrightError for a torn one."""
    found = []
    for path in sorted(folder(workspace, name).glob("reference-*.json")):
        try:
            found.append(Reference.model_validate(read_json(workspace.inside(path))))
        except ValidationError:
            raise MillwrightError(f"{path} is no reference", hint="move it away") from None
    return tuple(sorted(found, key=lambda each: each.number))


def keep_reference(workspace: Workspace, reference: Reference) -> Path:
    """Add a reference; one that stands is never replaced."""
    path = folder(workspace, reference.model) / f"reference-{reference.number:03d}.json"
    if path.exists():
        raise MillwrightError(f"{path} is there already", hint="give the command again")
    content = reference.model_dump_json(indent=1, by_alias=True).encode() + b"\n"
    workspace.replace_files({path: writing(content)})
    return path


def fitting(found: Sequence[Reference], model: WatchedModel) -> Reference | None:
    """Return the last reference of a version with the bins of today; None where there is none."""
    for each in reversed(found):
        if each.version == model.version and each.watched == model.columns:
            return each
    return None


def windows(workspace: Workspace, name: str) -> tuple[AnswerWindow, ...]:
    """Return the windows that were kept, in their order."""
    path = folder(workspace, name) / WINDOWS
    if not path.is_file():
        return ()
    with open(workspace.inside(path), "rb") as file:
        try:
            return tuple(
                AnswerWindow.model_validate_json(line)
                for block in whole_lines(file)
                for line in block.splitlines()
            )
        except ValidationError:
            raise MillwrightError(f"{path} is torn", hint="move it away") from None


def keep_windows(
    workspace: Workspace, name: str, fresh: Iterable[AnswerWindow]
) -> tuple[AnswerWindow, ...]:
    """Lay fresh windows over those that are kept, by version and begin, and return all.

    A window of fewer answers than before is left as it was: files of answers may be gone by now.
    """
    known = {(each.version, each.begin, each.hours): each for each in windows(workspace, name)}
    for each in fresh:
        key = (each.version, each.begin, each.hours)
        if key not in known or known[key].rows <= each.rows:
            known[key] = each
    kept = tuple(sorted(known.values(), key=lambda each: (each.begin, each.version)))
    raw = b"".join(each.model_dump_json(by_alias=True).encode() + b"\n" for each in kept)
    workspace.replace_files({folder(workspace, name) / WINDOWS: writing(raw)})
    return kept


def keep_look(workspace: Workspace, document: WatchDocument) -> Path:
    """Keep the last look, for `ready`."""
    path = workspace.root / "models" / LOOK
    raw = document.model_dump_json(indent=1, by_alias=True).encode() + b"\n"
    workspace.replace_files({path: writing(raw)})
    return path


def last_look(workspace: Workspace) -> WatchDocument | None:
    """Return the last look; None where nobody has looked yet."""
    path = workspace.root / "models" / LOOK
    if not path.is_file():
        return None
    try:
        return WatchDocument.model_validate(read_json(workspace.inside(path)))
    except ValidationError:
        raise MillwrightError(f"{path} is no look at models", hint="look again") from None
