"""A parcel: files that leave the site together, with a signed list of all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from millwright.model.base import Frozen, Instant, ShortText
from millwright.model.evidence import Digest

Kind = Literal["handoff", "evidence-export"]
PARTS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")
LONGEST_PATH = 240


def fault_of_path(path: str) -> str:
    """Return why a path must not stand in a parcel; nothing where it may.

    Plain letters alone, so that no system takes two of them for one or reads a way out in them.
    """
    if len(path) > LONGEST_PATH:
        return "it is too long"
    for part in path.split("/"):
        if part in ("", ".", ".."):
            return "it leads out of its folder"
        if not PARTS.fullmatch(part) or part.endswith("."):
            return "it has letters that not every system takes"
    return ""


def _path(text: str) -> str:
    fault = fault_of_path(text)
    if fault:
        raise ValueError(fault)
    return text


PackedPath = Annotated[str, AfterValidator(_path)]


class Entry(Frozen):
    """One file with its size and digest."""

    path: PackedPath
    size: Annotated[int, Field(ge=0)]
    sha256: Digest


class Manifest(Frozen):
    """What a parcel holds. `made` is the time of the newest thing told in it, not of the packing,
    so that the same workspace gives the same bytes. `signer` is a fingerprint."""

    schema_: Annotated[Literal["millwright.parcel/1"], Field(alias="schema")] = (
        "millwright.parcel/1"
    )
    kind: Kind
    name: ShortText
    made: Instant | None = None
    by: ShortText
    simulated: bool
    signer: str | None = None
    missing: tuple[str, ...] = ()
    """What belongs into such a parcel and was not there."""
    files: tuple[Entry, ...]


Signature = Literal["trusted", "unknown signer", "not signed", "wrong"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What holding a parcel against its manifest found; `wrong` names every fault."""

    manifest: Manifest | None = None
    signature: Signature = "not signed"
    signer: str = ""
    wrong: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every byte is as it was packed."""
        return self.manifest is not None and not self.wrong
