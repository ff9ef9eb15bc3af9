"""A certificate of an authority as a spec says it: read whole, or refused."""

from __future__ import annotations

import re
from base64 import b64decode
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, Field

LEAST_RSA_BITS = 2048
_BLOCK = re.compile(
    r"\s*-----BEGIN CERTIFICATE-----\s+[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*"
)


def _authority(text: str) -> str:
    """Return a certificate written anew, so that nothing but the certificate goes on.

    Raises ValueError where it is none, is several, is a private key, or is nobody's authority.
    Whether it has expired is left to those who have a clock.
    """
    # Only who says certificates pays for reading them.
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding

    if "PRIVATE KEY" in text:
        raise ValueError("a private key is no certificate: take it out of this file at once")
    if not _BLOCK.fullmatch(text):
        raise ValueError("exactly one certificate in PEM, from its BEGIN line to its END line")
    try:
        read = x509.load_pem_x509_certificate(text.encode())
        basic = read.extensions.get_extension_for_class(x509.BasicConstraints).value
        key = read.public_key()
    except x509.ExtensionNotFound:
        raise ValueError("it is nobody's authority: its basic constraints are missing") from None
    except (ValueError, x509.DuplicateExtension, x509.InvalidVersion, UnsupportedAlgorithm):
        raise ValueError("what stands between its lines is no certificate") from None
    if not basic.ca:
        raise ValueError("it is nobody's authority: it may not sign certificates")
    if isinstance(key, RSAPublicKey) and key.key_size < LEAST_RSA_BITS:
        raise ValueError(f"its key has {key.key_size} bits, and fewer than {LEAST_RSA_BITS}")
    return read.public_bytes(Encoding.PEM).decode()


Authority = Annotated[str, Field(max_length=16_384), AfterValidator(_authority)]
"""One certificate in PEM that signs others."""


def fingerprint(pem: str) -> str:
    """Return the SHA-256 of a certificate that was read here, as 64 hexadecimal digits."""
    return sha256(b64decode("".join(pem.splitlines()[1:-1]))).hexdigest()
