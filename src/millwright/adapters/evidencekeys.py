"""Who signs evidence: a private key outside of every workspace, and the signers that one trusts.

The public halves lie in `.millwright/evidence.pub`, one a line as OpenSSH writes them; an auditor
keeps a copy of that file, since whoever can bend a workspace can bend its list of signers too.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)

from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.model.evidence import Signed

S = TypeVar("S", bound=Signed)
Signers = Mapping[str, Ed25519PublicKey]
"""Public keys by their fingerprints."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its fingerprint."""

    fingerprint: str
    private: Ed25519PrivateKey

    def signed(self, statement: S) -> S:
        """Return the statement with this signer's name and signature."""
        named = statement.model_copy(update={"key": self.fingerprint, "signature": None})
        signature = base64.b64encode(self.private.sign(named.message())).decode()
        return named.model_copy(update={"signature": signature})


def holds(statement: Signed, signers: Signers) -> bool:
    """Return whether one of these signers said exactly this."""
    public = signers.get(statement.key or "")
    if public is None or statement.signature is None:
        return False
    try:
        public.verify(base64.b64decode(statement.signature, validate=True), statement.message())
    except (InvalidSignature, ValueError):
        return False
    return True


def private_key_file() -> Path:
    """Return where this user's key lies: `MILLWRIGHT_EVIDENCE_KEY`, or among their settings."""
    named = os.environ.get("MILLWRIGHT_EVIDENCE_KEY")
    if named:
        return Path(named)
    settings = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(settings) / "millwright" / "evidence_ed25519"


def signers_file(workspace: Workspace) -> Path:
    """Return the list of those whose signatures a workspace trusts."""
    return workspace.root / ".millwright" / "evidence.pub"


def signers_in(path: Path) -> Signers:
    """Return the signers of a list; none where there is no list.

    Raises MillwrightError, naming the line, where one is no Ed25519 public key.
    """
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None
    found: dict[str, Ed25519PublicKey] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            public = _public(line, f"{path}:{number}")
            found[fingerprint_of(public)] = public
    return found


def _public(line: bytes, place: str) -> Ed25519PublicKey:
    try:
        key = load_ssh_public_key(line)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise MillwrightError(f"{place} is no Ed25519 public key", hint="it begins: ssh-ed25519")
    return key


def fingerprint_of(public: Ed25519PublicKey) -> str:
    """Return the fingerprint as `ssh-keygen -l` prints it."""
    body = base64.b64decode(_line(public).split()[1])
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


def _line(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)


def signer_of(workspace: Workspace) -> Signer | None:
    """Return who signs here: this user, if the workspace trusts their key; else nobody."""
    trusted = signers_in(signers_file(workspace))
    path = private_key_file()
    if not trusted or not os.access(path, os.R_OK):
        return None
    signer = _read(path)
    return signer if signer.fingerprint in trusted else None


def _read(path: Path) -> Signer:
    try:
        if path.stat().st_mode & 0o077:
            raise MillwrightError(f"{path} may be read by others", hint=f"chmod 600 {path}")
        key = load_ssh_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, TypeError):
        raise MillwrightError(f"{path} is no private key without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise MillwrightError(f"{path} is no Ed25519 key")
    return Signer(fingerprint_of(key.public_key()), key)


def enrol(workspace: Workspace) -> Signer:
    """Make this user's key where there is none, and let the workspace trust it.

    Raises MillwrightError where the key would lie inside the workspace.
    """
    path = private_key_file()
    if path.resolve().is_relative_to(workspace.root.resolve()):
        raise MillwrightError(
            f"{path} lies in the workspace", hint="a key that signs evidence is kept apart from it"
        )
    signer = _read(path) if path.exists() else _made(path)
    listed = signers_file(workspace)
    if signer.fingerprint not in signers_in(listed):
        before = listed.read_bytes() if listed.exists() else b""
        line = _line(signer.private.public_key())
        workspace.replace_files({listed: writing(before + line + b"\n")})
    return signer


def _made(path: Path) -> Signer:
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise MillwrightError(f"cannot write {path}: {error.strerror}") from None
    return Signer(fingerprint_of(key.public_key()), key)
