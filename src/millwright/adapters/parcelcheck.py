"""Holds a parcel against its manifest on any machine: nothing is believed, nothing is unpacked
that has not been looked at.

Every fault is named. A file of the archive is written nowhere, unless a folder is named for it.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from millwright.adapters.evidencekeys import Signers, fingerprint_of
from millwright.adapters.parcelfile import MANIFEST, NAMESPACE, PUBLIC, SIGNATURE, SUMS
from millwright.adapters.sshsignature import signed_by
from millwright.adapters.storedzip import StoredZip, StrangeArchive
from millwright.errors import MillwrightError
from millwright.model.parcel import Checked, Kind, Manifest, Signature, fault_of_path

LARGEST_KEPT = 64 << 20
MOST_NAMED = 50
"""Faults that are told one by one."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a reader trusts: a list of signers, or a fingerprint that they were told."""

    signers: Signers = field(default_factory=dict)
    fingerprints: frozenset[str] = frozenset()

    def knows(self, fingerprint: str) -> bool:
        """Return whether a signer is one of them."""
        return fingerprint in self.signers or fingerprint in self.fingerprints


@dataclass(slots=True)
class _Found:
    """What came out of an archive on the way through."""

    digests: dict[str, tuple[int, str]] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    folder: str = ""
    wrong: list[str] = field(default_factory=list)
    folded: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)


def check(path: Path, kind: Kind, trust: Trust, into: Path | None = None) -> Checked:
    """Return what is wrong with a parcel; with `into`, its files lie in that folder afterwards.

    Raises MillwrightError where the file cannot be read.
    """
    found = _Found()
    try:
        with open(path, "rb") as file:
            for name, blocks in StoredZip(file).members():
                _take(found, name, blocks, into)
    except StrangeArchive as strange:
        found.wrong.append(strange.message)
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None
    manifest = _manifest(found, kind)
    if manifest is None:
        return Checked(wrong=_told(found.wrong))
    _hold(found, manifest)
    signature, signer = _signature(found, manifest, trust)
    return Checked(manifest, signature, signer, _told(found.wrong))


def _told(wrong: list[str]) -> tuple[str, ...]:
    more = len(wrong) - MOST_NAMED
    return (*wrong[:MOST_NAMED], *([f"and {more} more"] if more > 0 else []))


def _take(found: _Found, name: str, blocks: Iterator[bytes], into: Path | None) -> None:
    """Take one file in. Raises StrangeArchive, before a byte of it is used, for a name that leads
    elsewhere or is there twice."""
    folder, _, path = name.partition("/")
    fault = fault_of_path(folder) or fault_of_path(path)
    if fault:
        raise StrangeArchive(f"{name[:120]!r} is no name for a file of a parcel: {fault}")
    found.folder = found.folder or folder
    if folder != found.folder:
        raise StrangeArchive(f"{name} lies beside the parcel's folder {found.folder}")
    if path.casefold() in found.folded:
        raise StrangeArchive(f"{path} is there twice")
    _place(found, path)
    keep, size, made = path in (MANIFEST, SIGNATURE, PUBLIC, SUMS), 0, hashlib.sha256()
    content = bytearray()
    with contextlib.ExitStack() as stack:
        target = stack.enter_context(_opened(into, path)) if into is not None else None
        for block in blocks:
            made.update(block)
            size += len(block)
            if keep and size <= LARGEST_KEPT:
                content += block
            if target is not None:
                target.write(block)
    found.digests[path] = (size, made.hexdigest())
    if keep:
        found.kept[path] = bytes(content)


def _place(found: _Found, path: str) -> None:
    """Take a place for a file. Raises StrangeArchive where a file and a folder want the same."""
    parts = path.casefold().split("/")
    above = {"/".join(parts[:count]) for count in range(1, len(parts))}
    if above & found.folded or path.casefold() in found.folders:
        raise StrangeArchive(f"{path} would be a file and a folder")
    found.folded.add(path.casefold())
    found.folders |= above


def _opened(into: Path, path: str) -> IO[bytes]:
    """Open a new file below a folder that is ours alone."""
    place = into / path
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open(place, "xb")


def _manifest(found: _Found, kind: Kind) -> Manifest | None:
    raw = found.kept.get(MANIFEST)
    if raw is None:
        found.wrong.append(f"there is no {MANIFEST}: it is no parcel of millwright")
        return None
    try:
        manifest = Manifest.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        found.wrong.append(f"{MANIFEST} is none: {where}: {first['msg']}")
        return None
    if manifest.kind != kind:
        found.wrong.append(f"it is a parcel of the kind {manifest.kind}, not {kind}")
    if manifest.name != found.folder:
        found.wrong.append(f"its folder is {found.folder}, and its manifest says {manifest.name}")
    return manifest


def _hold(found: _Found, manifest: Manifest) -> None:
    """Hold every file against the list: nothing else, nothing more, nothing less."""
    listed = {entry.path: (entry.size, entry.sha256) for entry in manifest.files}
    if len(listed) != len(manifest.files):
        found.wrong.append(f"{MANIFEST} lists a file twice")
    for path, told in listed.items():
        if path not in found.digests:
            found.wrong.append(f"{path} is missing")
        elif found.digests[path] != told:
            found.wrong.append(f"{path} was changed")
    for path in found.digests:
        if path not in listed and path not in (MANIFEST, SIGNATURE):
            found.wrong.append(f"{path} does not belong to it")


def _signature(found: _Found, manifest: Manifest, trust: Trust) -> tuple[Signature, str]:
    armoured = found.kept.get(SIGNATURE)
    if armoured is None:
        if manifest.signer is not None:
            found.wrong.append(f"its signature by {manifest.signer} was taken away")
            return "wrong", ""
        return "not signed", ""
    public = signed_by(armoured, found.kept[MANIFEST], NAMESPACE)
    if public is None:
        found.wrong.append(f"{SIGNATURE} is no signature of this {MANIFEST}: it was changed")
        return "wrong", ""
    return _known(found, manifest, trust, public)


def _known(
    found: _Found, manifest: Manifest, trust: Trust, public: Ed25519PublicKey
) -> tuple[Signature, str]:
    signer = fingerprint_of(public)
    if manifest.signer != signer:
        found.wrong.append(f"{MANIFEST} names {manifest.signer or 'nobody'}, and {signer} signed")
        return "wrong", signer
    return ("trusted" if trust.knows(signer) else "unknown signer"), signer
