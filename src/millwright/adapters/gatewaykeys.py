"""What gateways of a fan-out tree are lent for one run: pinned host keys, and a key of their own.

The key is drawn for the run and signed for as long as it may last, for use from the gateways'
addresses only; afterwards the gateways forget it, and nodes stop letting it in by themselves.
"""

from __future__ import annotations

import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    SSHCertificateBuilder,
    SSHCertificateType,
    load_ssh_private_key,
)

from millwright.errors import MillwrightError
from millwright.model.reach import Tree

SLACK_S = 120
"""How far clocks of gateway and nodes may be apart."""


def lend(tree: Tree, root: Path, user: str, run_s: float) -> dict[str, bytes]:
    """Return the files that a gateway gets for a run of at most `run_s` seconds as `user`.

    Raises MillwrightError where the authority or the key cannot be read.
    """
    if tree.key is not None:
        return {"key": _read(root / tree.key)}
    authority = _authority(root / str(tree.user_ca))
    key = Ed25519PrivateKey.generate()
    now = int(time.time())
    builder = (
        SSHCertificateBuilder()
        .public_key(key.public_key())
        .type(SSHCertificateType.USER)
        .key_id(b"millwright fan-out")
        .valid_principals([user.encode()])
        .valid_after(now - SLACK_S)
        .valid_before(now + int(run_s) + SLACK_S)
    )
    if tree.sources:
        sources = ",".join(str(network) for network in tree.sources)
        builder = builder.add_critical_option(b"source-address", sources.encode())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return {
        "key": key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
        "key.pub": public + b"\n",
        "key-cert.pub": builder.sign(authority).public_bytes() + b"\n",
    }


def _authority(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_ssh_private_key(_read(path), password=None)
    except (ValueError, TypeError):
        raise MillwrightError(f"{path} is no private key without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise MillwrightError(f"{path} is no Ed25519 key")
    return key


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            raise MillwrightError(f"{path} may be read by others", hint=f"chmod 600 {path}")
        return path.read_bytes()
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None
