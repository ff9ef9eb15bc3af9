"""Packs a parcel: files, their digests, a manifest, its signature, and how anybody checks them."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from millwright.adapters.casefiles import sums
from millwright.adapters.evidencekeys import Signer
from millwright.adapters.sshsignature import sign
from millwright.adapters.storedzip import write_zip
from millwright.adapters.workspace import Writer
from millwright.model.parcel import Entry, Kind, Manifest

MANIFEST = "MANIFEST.json"
SIGNATURE = "MANIFEST.json.sig"
SUMS = "SHA256SUMS"
PUBLIC = "SIGNER.pub"
HOW = "VERIFY.txt"
NAMESPACE = "millwright-parcel"

UNSIGNED = """\
This parcel is NOT SIGNED. Its digests show what was damaged on the way, and nothing of who made it:

    sha256sum -c {sums}
"""
SIGNED = """\
With millwright, on any machine and without a workspace:

    millwright {command} ARCHIVE --signers YOUR-COPY-OF-evidence.pub

Without it, with what most systems have, in this folder:

    ssh-keygen -lf {public}
        must print {fingerprint}; compare it with what you were told by
        another way than this archive
    echo "millwright $(cat {public})" > /tmp/signers
    ssh-keygen -Y verify -f /tmp/signers -I millwright -n {namespace} -s {signature} < {manifest}
        must print: Good "{namespace}" signature
    grep -c "$(sha256sum {sums} | cut -c1-64)" {manifest}
        must print 1
    sha256sum -c {sums}
        must print OK behind every file; what is not listed there does not belong here
"""
COMMANDS: Mapping[Kind, str] = {
    "handoff": "handoff verify", "evidence-export": "evidence check"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """What a parcel is; `name` is the folder that its files unpack to."""

    kind: Kind
    name: str
    made: str | None
    by: str
    simulated: bool
    missing: tuple[str, ...] = ()


def parcel(label: Label, files: Mapping[str, bytes], signer: Signer | None) -> dict[str, bytes]:
    """Return all members of a parcel by their names in the archive.

    The same label, files and signer give the same bytes.
    """
    held = {path: files[path] for path in sorted(files)}
    if signer is not None:
        held[PUBLIC] = public_line(signer)
    held[HOW] = _how(label, signer).encode()
    held[SUMS] = sums(held)
    entries = tuple(
        Entry(path=path, size=len(raw), sha256=hashlib.sha256(raw).hexdigest())
        for path, raw in held.items()
    )
    manifest = Manifest(
        kind=label.kind, name=label.name, made=label.made, by=label.by, simulated=label.simulated,
        signer=signer.fingerprint if signer else None, missing=label.missing, files=entries,
    )  # fmt: skip
    raw = manifest.model_dump_json(by_alias=True, exclude_none=True, indent=1).encode() + b"\n"
    first = {MANIFEST: raw}
    if signer is not None:
        first[SIGNATURE] = sign(signer, raw, NAMESPACE)
    return {f"{label.name}/{path}": content for path, content in (first | held).items()}


def archive(members: Mapping[str, bytes]) -> Writer:
    """Return the writer of an archive that its owner alone may read."""

    def write(file: IO[bytes]) -> None:
        os.fchmod(file.fileno(), 0o600)
        write_zip(file, members)

    return write


def public_line(signer: Signer) -> bytes:
    """Return the public half as OpenSSH writes it."""
    public = signer.private.public_key()
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + b"\n"


def _how(label: Label, signer: Signer | None) -> str:
    if signer is None:
        return UNSIGNED.format(sums=SUMS)
    return SIGNED.format(
        command=COMMANDS[label.kind], public=PUBLIC, fingerprint=signer.fingerprint,
        namespace=NAMESPACE, signature=SIGNATURE, manifest=MANIFEST, sums=SUMS,
    )  # fmt: skip


def content_of(writer: Writer) -> bytes:
    """Return what a writer writes, as a file of a parcel."""
    into = io.BytesIO()
    writer(into)
    return into.getvalue()
