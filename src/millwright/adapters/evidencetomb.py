"""Removes an output that must not be kept, and leaves a signed word of that in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from millwright.adapters.evidencecheck import TOMBSTONES
from millwright.adapters.evidencekeys import Signer
from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.model.evidence import Tombstone


@dataclass(frozen=True, slots=True)
class Removal:
    """Which output of which run goes, who says so, when and why."""

    run: str
    blob: str
    actor: str
    at: str
    reason: str


def blob_named(folder: Path, reference: str) -> str:
    """Return the digest that a reference, or its beginning, names in a run.

    Raises MillwrightError where it names none, or more than one.
    """
    begun = reference.removeprefix("blobs/")
    if not re.fullmatch(r"[0-9a-f]{8,64}", begun):
        raise MillwrightError(
            f"{reference!r} names no output", hint="say blobs/ and at least 8 digits of its name"
        )
    found = [path.name for path in (folder / "blobs").glob(f"{begun}*")]
    if len(found) != 1:
        raise MillwrightError(f"{len(found)} outputs of {folder.name} begin with {begun}")
    return found[0]


def bury(workspace: Workspace, removal: Removal, signer: Signer) -> Path:
    """Write the tombstone, then remove the output; return the tombstone's path.

    A call that dies in between leaves both, and may be made again.
    """
    folder = workspace.root / "runs" / removal.run
    stone = signer.signed(
        Tombstone(
            run=removal.run,
            blob=removal.blob,
            at=removal.at,
            actor=removal.actor,
            reason=removal.reason,
        )
    )
    text = stone.model_dump_json(by_alias=True, exclude_none=True, indent=1) + "\n"
    place = folder / TOMBSTONES / f"{removal.blob}.json"
    workspace.replace_files({place: writing(text.encode())})
    workspace.inside(folder / "blobs" / removal.blob).unlink(missing_ok=True)
    return place
