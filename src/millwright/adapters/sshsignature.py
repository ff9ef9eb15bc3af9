"""Signatures in OpenSSH's own form, so that `ssh-keygen -Y verify` checks them without this tool.

The form is that of PROTOCOL.sshsig: an armoured blob of key, namespace, digest and signature.
"""

from __future__ import annotations

import base64
import hashlib
import struct

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_public_key,
)

from millwright.adapters.evidencekeys import Signer

MAGIC = b"SSHSIG"
VERSION = 1
DIGEST = b"sha512"
KIND = b"ssh-ed25519"
BEGIN = b"-----BEGIN SSH SIGNATURE-----\n"
END = b"-----END SSH SIGNATURE-----\n"
WIDTH = 70
LARGEST = 4096


def sign(signer: Signer, message: bytes, namespace: str) -> bytes:
    """Return the armoured signature of a message, good for one namespace alone."""
    public = signer.private.public_key()
    signature = _string(KIND) + _string(signer.private.sign(_signed(message, namespace.encode())))
    body = MAGIC + struct.pack(">I", VERSION) + _string(_blob(public))
    body += _string(namespace.encode()) + _string(b"") + _string(DIGEST) + _string(signature)
    return _armoured(body)


def signed_by(armoured: bytes, message: bytes, namespace: str) -> Ed25519PublicKey | None:
    """Return whose signature it is, if it is one of exactly this message; nobody otherwise.

    One that is written in another way than `sign` does is none: no byte of it may change.
    """
    if len(armoured) > LARGEST or not (armoured.startswith(BEGIN) and armoured.endswith(END)):
        return None
    try:
        body = base64.b64decode(armoured[len(BEGIN) : -len(END)])
        public, signature = _parts(body, namespace.encode())
        public.verify(signature, _signed(message, namespace.encode()))
    except (ValueError, struct.error, InvalidSignature, UnsupportedAlgorithm):
        return None
    return public if _armoured(body) == armoured else None


def _parts(body: bytes, namespace: bytes) -> tuple[Ed25519PublicKey, bytes]:
    """Return key and signature. Raises ValueError where the blob is none of ours."""
    if body[:6] != MAGIC or struct.unpack(">I", body[6:10])[0] != VERSION:
        raise ValueError("no signature of OpenSSH")
    blob, named, reserved, digest, signature = _strings(body[10:], 5)
    kind, raw = _strings(signature, 2)
    if (named, reserved, digest, kind) != (namespace, b"", DIGEST, KIND):
        raise ValueError("made for something else")
    public = load_ssh_public_key(KIND + b" " + base64.b64encode(blob))
    if not isinstance(public, Ed25519PublicKey):
        raise ValueError("no Ed25519 key")
    return public, raw


def _signed(message: bytes, namespace: bytes) -> bytes:
    digest = hashlib.sha512(message).digest()
    return MAGIC + _string(namespace) + _string(b"") + _string(DIGEST) + _string(digest)


def _blob(public: Ed25519PublicKey) -> bytes:
    line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return base64.b64decode(line.split()[1])


def _string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _strings(raw: bytes, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        size = struct.unpack(">I", raw[:4])[0]
        if size > len(raw) - 4:
            raise ValueError("it is cut off")
        found.append(raw[4 : 4 + size])
        raw = raw[4 + size :]
    if raw:
        raise ValueError("something follows")
    return found


def _armoured(body: bytes) -> bytes:
    text = base64.b64encode(body)
    lines = [text[at : at + WIDTH] + b"\n" for at in range(0, len(text), WIDTH)]
    return BEGIN + b"".join(lines) + END
