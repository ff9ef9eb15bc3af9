"""Host keys vouched for by an SSH certificate authority: its word replaces reading fingerprints."""

from __future__ import annotations

import base64
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import paramiko
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificate,
    SSHCertificateType,
    load_ssh_public_identity,
    load_ssh_public_key,
)

from millwright.errors import MillwrightError
from millwright.model.reach import Route


class Uncertified(Exception):
    """A host shows no certificate of the authority that covers it now; the message says why."""


def certified_by(authority: Path, timeout_s: float) -> Callable[[Route], paramiko.PKey]:
    """Return how a host shows its key with the word of an authority, whose public key is a file.

    Raises MillwrightError where the file holds no public key.
    """
    try:
        wanted = _line(load_ssh_public_key(authority.read_bytes()))
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        told = error.strerror if isinstance(error, OSError) else "it begins: ssh-ed25519 ..."
        raise MillwrightError(
            f"{authority} holds no public key of an authority", hint=str(told)
        ) from None

    def show(route: Route) -> paramiko.PKey:
        if route.jump:
            raise Uncertified("certificates are not read through jump hosts")
        return _checked(_shown(route, timeout_s), wanted, route)

    return show


def _line(key: object) -> bytes:
    public: bytes = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)  # type: ignore[attr-defined]
    return public


def _shown(route: Route, timeout_s: float) -> SSHCertificate:
    words = ["ssh-keyscan", "-c", "-T", str(max(1, round(timeout_s))), "-p", str(route.port)]
    done = subprocess.run(
        [*words, "--", route.address],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=timeout_s * 4,
        check=False,
    )
    for line in done.stdout.splitlines():
        # Some versions of ssh-keyscan leave out the host's name before a certificate.
        kind = re.search(rb"\S+-cert-v01@openssh\.com \S+", line)
        if kind and not line.startswith(b"#"):
            return _parsed(kind[0])
    if not done.stdout.strip() and not done.stderr.strip():
        raise OSError("no answer")
    raise Uncertified("it shows no certificate")


def _parsed(line: bytes) -> SSHCertificate:
    try:
        identity = load_ssh_public_identity(line)
    except ValueError:
        raise Uncertified("its certificate cannot be read") from None
    if not isinstance(identity, SSHCertificate):
        raise Uncertified("it shows no certificate")
    return identity


def _checked(shown: SSHCertificate, wanted: bytes, route: Route) -> paramiko.PKey:
    """Return the key of a certificate. Raises Uncertified with the first thing wrong in it."""
    if _line(shown.signature_key()) != wanted:
        raise Uncertified("its certificate is of another authority")
    try:
        shown.verify_cert_signature()
    except InvalidSignature:
        raise Uncertified("the signature of its certificate is wrong") from None
    if shown.type is not SSHCertificateType.HOST:
        raise Uncertified("its certificate is for users and not for hosts")
    if not shown.valid_after <= time.time() < shown.valid_before:
        raise Uncertified("its certificate is not valid today")
    names = {name.decode("utf-8", "replace") for name in shown.valid_principals}
    if names.isdisjoint({route.node, route.address}):
        raise Uncertified(f"its certificate is for {', '.join(sorted(names)) or 'nobody'}")
    kind, body = _line(shown.public_key()).split(b" ")[:2]
    return paramiko.PKey.from_type_string(kind.decode(), base64.b64decode(body))
